"""Anchor proposals: SiamRPN, DaSiamRPN, SiamRPN++, and SiamDW's network under them."""

from __future__ import annotations

from functools import partial

from siamtrack.tracking.config import LostSearch, PenaltySelect, SmallSearch, TrackConfig
from siamtrack.zoo import builders
from siamtrack.zoo.presets.preset import RPN_LOST, Preset

# Serves two presets.
_SIAMRPN_VOT = TrackConfig(PenaltySelect(penalty_k=0.04, window_influence=0.44, size_lr=0.45), "dasiamrpn", **RPN_LOST)
_DASIAMRPN_BIG = TrackConfig(
    PenaltySelect(penalty_k=0.055, window_influence=0.42, size_lr=0.295), "dasiamrpn", small=SmallSearch(), **RPN_LOST
)

SIAMRPN: dict[str, Preset] = {
    "siamrpn": Preset(
        summary="anchor proposals by up-channel correlation",
        source="Li et al. 2018; values of DaSiamRPN's SiamRPNvot",
        build=builders.siamrpn,
        config=_SIAMRPN_VOT,
        checkpoint="DaSiamRPN: SiamRPNVOT.model (linked from its README)",
        published="VOT2018 EAO 0.326 (DaSiamRPN, README.md)",
    ),
    "dasiamrpn_vot": Preset(
        summary="SiamRPN trained with distractors",
        source="Zhu et al. 2018; DaSiamRPN's SiamRPNvot",
        build=builders.siamrpn,
        config=_SIAMRPN_VOT,
        checkpoint="DaSiamRPN: SiamRPNVOT.model (linked from its README)",
        published="VOT2018 EAO 0.326 (DaSiamRPN, README.md)",
    ),
    "dasiamrpn_otb": Preset(
        summary="SiamRPN trained with distractors, values for OTB",
        source="Zhu et al. 2018; DaSiamRPN's SiamRPNotb",
        build=builders.siamrpn,
        config=TrackConfig(PenaltySelect(penalty_k=0.22, window_influence=0.40, size_lr=0.30), "dasiamrpn", **RPN_LOST),
        checkpoint="DaSiamRPN: SiamRPNOTB.model (linked from its README)",
        published="OTB-2015 success 0.655 (DaSiamRPN, README.md)",
    ),
    "dasiamrpn_big": Preset(
        summary="SiamRPN trained with distractors, twice as wide, small targets looked for farther away",
        source="Zhu et al. 2018; DaSiamRPN's SiamRPNBIG",
        build=partial(builders.siamrpn, wide=2),
        config=_DASIAMRPN_BIG,
        checkpoint="DaSiamRPN: SiamRPNBIG.model (linked from its README)",
        published="VOT2018 EAO 0.383 (DaSiamRPN, README.md)",
    ),
    "updatenet": Preset(
        summary="DaSiamRPN's wide network with a template that is learnt to be kept up to date",
        source="Zhang et al. 2019; UpdateNet code, values of DaSiamRPN's SiamRPNBIG",
        build=builders.updatenet,
        config=_DASIAMRPN_BIG,
        checkpoint="DaSiamRPN: SiamRPNBIG.model (linked from its README) with updatenet: models/vot2018.pth.tar",
        published="VOT2018 EAO 0.393 (Zhang et al. 2019)",
    ),
    "siamrpn_alex_dwxcorr": Preset(
        summary="anchor proposals by depth-wise correlation",
        source="Li et al. 2019; pysot siamrpn_alex_dwxcorr",
        build=builders.siamrpn_alex_dwxcorr,
        config=TrackConfig(PenaltySelect(penalty_k=0.16, window_influence=0.40, size_lr=0.30), "pysot", **RPN_LOST),
        checkpoint="pysot model zoo: siamrpn_alex_dwxcorr/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.352 (pysot, MODEL_ZOO.md)",
    ),
    "siamrpn_r50_l234_dwxcorr": Preset(
        summary="SiamRPN++: anchor proposals on three levels of ResNet-50",
        source="Li et al. 2019; pysot siamrpn_r50_l234_dwxcorr",
        build=builders.siamrpn_r50,
        config=TrackConfig(PenaltySelect(penalty_k=0.05, window_influence=0.42, size_lr=0.38), "pysot", **RPN_LOST),
        checkpoint="pysot model zoo: siamrpn_r50_l234_dwxcorr/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.415 (pysot, MODEL_ZOO.md)",
    ),
    "siamrpn_r50_l234_dwxcorr_otb": Preset(
        summary="SiamRPN++ with its levels averaged, values for OTB",
        source="Li et al. 2019; pysot siamrpn_r50_l234_dwxcorr_otb",
        build=partial(builders.siamrpn_r50, weighted=False),
        config=TrackConfig(PenaltySelect(penalty_k=0.24, window_influence=0.50, size_lr=0.25), "pysot", **RPN_LOST),
        checkpoint="pysot model zoo: siamrpn_r50_l234_dwxcorr_otb/model.pth (linked from its MODEL_ZOO.md)",
        published="OTB-2015 success 0.696 (pysot, MODEL_ZOO.md)",
    ),
    "siamrpn_r50_l234_dwxcorr_lt": Preset(
        summary="SiamRPN++ for long videos: a lost target is looked for far and wide",
        source="Li et al. 2019; pysot siamrpn_r50_l234_dwxcorr_lt",
        build=partial(builders.siamrpn_r50, neck=(128, 256, 512)),
        config=TrackConfig(
            PenaltySelect(penalty_k=0.05, window_influence=0.28, size_lr=0.22),
            "pysot",
            lost_below=0.8,
            found_above=0.998,
            lost=LostSearch(),
        ),
        checkpoint="pysot model zoo: siamrpn_r50_l234_dwxcorr_lt/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018-LT F 0.629 (pysot, MODEL_ZOO.md)",
    ),
    "siamrpn_mobilev2_l234_dwxcorr": Preset(
        summary="SiamRPN++ on three levels of MobileNetV2",
        source="Li et al. 2019; pysot siamrpn_mobilev2_l234_dwxcorr",
        build=builders.siamrpn_mobilev2,
        config=TrackConfig(PenaltySelect(penalty_k=0.04, window_influence=0.40, size_lr=0.50), "pysot", **RPN_LOST),
        checkpoint="pysot model zoo: siamrpn_mobilev2_l234_dwxcorr/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.410 (pysot, MODEL_ZOO.md)",
    ),
    "siamdw_rpn_res22": Preset(
        summary="anchor proposals by up-channel correlation on a residual network that cuts off what padding touched",
        source="Zhang & Peng 2019; SiamDW SiamRPNRes22, values for VOT2017",
        build=builders.siamdw_rpn_res22,
        config=TrackConfig(
            PenaltySelect(penalty_k=0.038, window_influence=0.347, size_lr=0.388),
            "dasiamrpn",
            small=SmallSearch(),
            **RPN_LOST,
        ),
        checkpoint="SiamDW: CIResNet22_RPN.pth (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.294 (SiamDW, README.md)",
    ),
}
