"""Boxes straight from the cells of the map, without anchors: SiamBAN, SiamCAR, SiamFC++."""

from __future__ import annotations

from siamtrack.tracking.config import CenterSelect, PenaltySelect, TrackConfig
from siamtrack.zoo import builders
from siamtrack.zoo.presets.preset import RPN_LOST, Preset

ANCHOR_FREE: dict[str, Preset] = {
    "siamban": Preset(
        summary="boxes from the cells of three levels of ResNet-50, without anchors",
        source="Chen et al. 2020; siamban_r50_l234, values for VOT2018",
        build=builders.siamban,
        config=TrackConfig(
            PenaltySelect(
                penalty_k=0.08513642556896711, window_influence=0.4632532824922313, size_lr=0.44418184746462425
            ),
            "pysot",
            **RPN_LOST,
        ),
        checkpoint="SiamBAN model zoo: the VOT model (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.452 (SiamBAN, MODEL_ZOO.md)",
    ),
    "siamcar": Preset(
        summary="boxes and centre-ness from one map of three levels of ResNet-50",
        source="Guo et al. 2020; SiamCAR, values for OTB",
        build=builders.siamcar,
        config=TrackConfig(
            CenterSelect(penalty_k=0.2, window_influence=0.45, size_lr=0.35), "pysot", min_size_px=1.0, **RPN_LOST
        ),
        checkpoint="SiamCAR: general_model.pth (linked from its README)",
        published="LaSOT success 0.507, with values of its own (Guo et al. 2020)",
    ),
    "siamfcpp_alexnet": Preset(
        summary="boxes from the cells of AlexNet, ranked by class and centre-ness",
        source="Xu et al. 2020; video_analyst siamfcpp_alexnet, values for VOT",
        build=builders.siamfcpp_alexnet,
        config=TrackConfig(PenaltySelect(penalty_k=0.08, window_influence=0.21, size_lr=0.58), "siamfcpp"),
        checkpoint="video_analyst: siamfcpp-alexnet-vot-md5_88e4e9ee476545b952b04ae80c480f08.pkl "
        "(linked from its SOT_MODEL_ZOO.md)",
        published="VOT2018 EAO 0.393 (video_analyst, SOT_MODEL_ZOO.md)",
    ),
    "siamfcpp_googlenet": Preset(
        summary="boxes from the cells of Inception-v3, ranked by class and centre-ness",
        source="Xu et al. 2020; video_analyst siamfcpp_googlenet, values for VOT to four digits",
        build=builders.siamfcpp_googlenet,
        config=TrackConfig(PenaltySelect(penalty_k=0.0672, window_influence=0.2445, size_lr=0.5094), "siamfcpp"),
        checkpoint="video_analyst: siamfcpp-googlenet-vot-md5_f2680ba074213ee39d82fcb84533a1a6.pkl "
        "(linked from its SOT_MODEL_ZOO.md)",
        published="VOT2018 EAO 0.426 (video_analyst, SOT_MODEL_ZOO.md)",
    ),
}
