"""SiamMask."""

from __future__ import annotations

from siamtrack.tracking.config import PenaltySelect, TrackConfig
from siamtrack.zoo import builders
from siamtrack.zoo.presets.preset import RPN_LOST, Preset

SIAMMASK: dict[str, Preset] = {
    "siammask_r50_l3": Preset(
        summary="SiamMask: anchor proposals on one level of ResNet-50, with masks and rotated boxes",
        source="Wang et al. 2019; pysot siammask_r50_l3",
        build=builders.siammask,
        config=TrackConfig(
            PenaltySelect(penalty_k=0.10, window_influence=0.41, size_lr=0.32),
            "pysot",
            mask_threshold=0.15,  # MASK_THERSHOLD
            **RPN_LOST,
        ),
        checkpoint="pysot model zoo: siammask_r50_l3/model.pth (linked from its MODEL_ZOO.md); "
        "SiamMask: SiamMask_VOT.pth, SiamMask_VOT_LD.pth (linked from its README)",
        published="VOT2018 EAO 0.423 with the rotated boxes of its masks (SiamMask, README.md)",
    ),
    "siammask_r50_l3_davis": Preset(
        summary="SiamMask with values for video segmentation",
        source="Wang et al. 2019; SiamMask config_davis.json",
        build=builders.siammask,
        config=TrackConfig(
            PenaltySelect(penalty_k=0.04, window_influence=0.40, size_lr=1.0),
            "dasiamrpn",
            mask_threshold=0.35,  # seg_thr
            **RPN_LOST,
        ),
        checkpoint="SiamMask: SiamMask_DAVIS.pth (linked from its README)",
        published="DAVIS-2016 J 0.717, DAVIS-2017 J 0.543 (Wang et al. 2019)",
    ),
}
