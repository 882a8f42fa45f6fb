"""SiamMask."""

from __future__ import annotations

from siamtrack.tracking.config import PenaltySelect, TrackConfig
from siamtrack.zoo import builders
from siamtrack.zoo.presets.preset import RPN_LOST, Preset

SIAMMASK: dict[str, Preset] = {
    "siammask_r50_l3": Preset(
        summary="SiamMask's boxes: anchor proposals on one level of ResNet-50",
        source="Wang et al. 2019; pysot siammask_r50_l3",
        build=builders.siammask,
        config=TrackConfig(PenaltySelect(penalty_k=0.10, window_influence=0.41, size_lr=0.32), "pysot", **RPN_LOST),
        checkpoint="pysot model zoo: siammask_r50_l3/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.423 with the rotated boxes of its masks (SiamMask, README.md)",
    ),
}
