"""Every tracker of the library: a network, the numbers of its tracker, and where its checkpoint comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from siamtrack.naming import known_names
from siamtrack.nets.siamese import SiameseNet
from siamtrack.tracking.config import CenterSelect, LostSearch, PenaltySelect, PyramidSelect, SmallSearch, TrackConfig
from siamtrack.zoo import builders


@dataclass(frozen=True)
class Preset:
    """A named tracker.

    Attributes:
        summary: one line for people.
        source: paper, and the implementation whose numbers these are.
        build: makes the network, weights random.
        config: numbers of the tracker.
        checkpoint: where the published weights are found; "" where ours are bundled.
        published: scores that its authors give, "" if none.
    """

    summary: str
    source: str
    build: Callable[[], SiameseNet]
    config: TrackConfig
    checkpoint: str = ""
    published: str = ""


# DaSiamRPN enters its long-term mode below a score of 0.8 and leaves it above 0.95 (Zhu et al. 2018, section 3.4).
_RPN_LOST: dict[str, Any] = {"lost_below": 0.8, "found_above": 0.95}


def _siamdw_fc(scale_step: float, scale_penalty: float, size_lr: float, window_influence: float) -> TrackConfig:
    select = PyramidSelect(
        scale_step,
        scale_penalty=scale_penalty,
        size_lr=size_lr,
        window_influence=window_influence,
        matconvnet=True,
    )
    return TrackConfig(select, "dasiamrpn")


# Each serves two presets.
_SIAMDW_FC_RES22 = _siamdw_fc(scale_step=1.1466, scale_penalty=0.9994, size_lr=0.2061, window_influence=0.3242)
_SIAMRPN_VOT = TrackConfig(PenaltySelect(penalty_k=0.04, window_influence=0.44, size_lr=0.45), "dasiamrpn", **_RPN_LOST)


PRESETS: dict[str, Preset] = {
    "siamtrack-s": Preset(
        summary="light default: EfficientNet-Lite0, pixel-wise and depth-wise correlation",
        source="this project",
        build=builders.siamtrack_s,
        # Chosen on the eight OTB sequences of docs/siamtrack-s.md among a dozen settings.
        config=TrackConfig(PenaltySelect(penalty_k=0.15, window_influence=0.25, size_lr=0.4)),
    ),
    "siamfc": Preset(
        summary="fully-convolutional Siamese network, three scales",
        source="Bertinetto et al. 2016; siamfc-pytorch",
        build=builders.siamfc,
        config=TrackConfig(PyramidSelect(), convention="siamfc"),
        checkpoint="siamfc-pytorch: siamfc_alexnet_e50.pth (linked from its README)",
        published="OTB-2015 success 0.578",
    ),
    "siamdw_fc_res22": Preset(
        summary="SiamFC's tracker with a residual network that cuts off what padding touched",
        source="Zhang & Peng 2019; SiamDW SiamFCRes22, values for VOT2017",
        build=builders.siamdw_fc_res22,
        config=_SIAMDW_FC_RES22,
        checkpoint="SiamDW: CIResNet22.pth (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.234, trained on GOT-10k 0.266",
    ),
    "siamdw_fc_res22w": Preset(
        summary="the same with 3x3 convolutions twice as wide",
        source="Zhang & Peng 2019; SiamDW SiamFCRes22W; its authors give no values, these are SiamFCRes22's",
        build=builders.siamdw_fc_res22w,
        config=_SIAMDW_FC_RES22,
        checkpoint="SiamDW: the model CIResNet22W-FC (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.269, trained on GOT-10k, values unknown",
    ),
    "siamdw_fc_incep22": Preset(
        summary="SiamFC's tracker with an inception network that cuts off what padding touched",
        source="Zhang & Peng 2019; SiamDW SiamFCIncep22, values for VOT2017",
        build=builders.siamdw_fc_incep22,
        config=_siamdw_fc(scale_step=1.1679, scale_penalty=0.9285, size_lr=0.6782, window_influence=0.2566),
        checkpoint="SiamDW: the model CIResIncep22-FC (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.236, trained on GOT-10k 0.251",
    ),
    "siamdw_fc_next22": Preset(
        summary="SiamFC's tracker with a ResNeXt that cuts off what padding touched",
        source="Zhang & Peng 2019; SiamDW SiamFCNext22, values for VOT2017",
        build=builders.siamdw_fc_next22,
        config=_siamdw_fc(scale_step=1.1531, scale_penalty=0.9489, size_lr=0.5706, window_influence=0.2581),
        checkpoint="SiamDW: the model CIResNext22-FC (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.229, trained on GOT-10k 0.246",
    ),
    "siamdw_rpn_res22": Preset(
        summary="anchor proposals by up-channel correlation on a residual network that cuts off what padding touched",
        source="Zhang & Peng 2019; SiamDW SiamRPNRes22, values for VOT2017",
        build=builders.siamdw_rpn_res22,
        config=TrackConfig(
            PenaltySelect(penalty_k=0.038, window_influence=0.347, size_lr=0.388),
            "dasiamrpn",
            small=SmallSearch(),
            **_RPN_LOST,
        ),
        checkpoint="SiamDW: CIResNet22_RPN.pth (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.294",
    ),
    "siamrpn": Preset(
        summary="anchor proposals by up-channel correlation",
        source="Li et al. 2018; values of DaSiamRPN's SiamRPNvot",
        build=builders.siamrpn,
        config=_SIAMRPN_VOT,
        checkpoint="DaSiamRPN: SiamRPNVOT.model (linked from its README)",
        published="VOT2018 EAO 0.326",
    ),
    "dasiamrpn_vot": Preset(
        summary="SiamRPN trained with distractors",
        source="Zhu et al. 2018; DaSiamRPN's SiamRPNvot",
        build=builders.siamrpn,
        config=_SIAMRPN_VOT,
        checkpoint="DaSiamRPN: SiamRPNVOT.model (linked from its README)",
        published="VOT2018 EAO 0.326",
    ),
    "dasiamrpn_otb": Preset(
        summary="SiamRPN trained with distractors, values for OTB",
        source="Zhu et al. 2018; DaSiamRPN's SiamRPNotb",
        build=builders.siamrpn,
        config=TrackConfig(
            PenaltySelect(penalty_k=0.22, window_influence=0.40, size_lr=0.30), "dasiamrpn", **_RPN_LOST
        ),
        checkpoint="DaSiamRPN: SiamRPNOTB.model (linked from its README)",
        published="OTB-2015 success 0.655",
    ),
    "dasiamrpn_big": Preset(
        summary="SiamRPN trained with distractors, twice as wide, small targets looked for farther away",
        source="Zhu et al. 2018; DaSiamRPN's SiamRPNBIG",
        build=partial(builders.siamrpn, wide=2),
        config=TrackConfig(
            PenaltySelect(penalty_k=0.055, window_influence=0.42, size_lr=0.295),
            "dasiamrpn",
            small=SmallSearch(),
            **_RPN_LOST,
        ),
        checkpoint="DaSiamRPN: SiamRPNBIG.model (linked from its README)",
        published="VOT2018 EAO 0.383",
    ),
    "siamrpn_alex_dwxcorr": Preset(
        summary="anchor proposals by depth-wise correlation",
        source="Li et al. 2019; pysot siamrpn_alex_dwxcorr",
        build=builders.siamrpn_alex_dwxcorr,
        config=TrackConfig(PenaltySelect(penalty_k=0.16, window_influence=0.40, size_lr=0.30), "pysot", **_RPN_LOST),
        checkpoint="pysot model zoo: siamrpn_alex_dwxcorr/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.352",
    ),
    "siamrpn_r50_l234_dwxcorr": Preset(
        summary="SiamRPN++: anchor proposals on three levels of ResNet-50",
        source="Li et al. 2019; pysot siamrpn_r50_l234_dwxcorr",
        build=builders.siamrpn_r50,
        config=TrackConfig(PenaltySelect(penalty_k=0.05, window_influence=0.42, size_lr=0.38), "pysot", **_RPN_LOST),
        checkpoint="pysot model zoo: siamrpn_r50_l234_dwxcorr/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.415",
    ),
    "siamrpn_r50_l234_dwxcorr_otb": Preset(
        summary="SiamRPN++ with its levels averaged, values for OTB",
        source="Li et al. 2019; pysot siamrpn_r50_l234_dwxcorr_otb",
        build=partial(builders.siamrpn_r50, weighted=False),
        config=TrackConfig(PenaltySelect(penalty_k=0.24, window_influence=0.50, size_lr=0.25), "pysot", **_RPN_LOST),
        checkpoint="pysot model zoo: siamrpn_r50_l234_dwxcorr_otb/model.pth (linked from its MODEL_ZOO.md)",
        published="OTB-2015 success 0.696",
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
        published="VOT2018-LT F 0.629",
    ),
    "siamrpn_mobilev2_l234_dwxcorr": Preset(
        summary="SiamRPN++ on three levels of MobileNetV2",
        source="Li et al. 2019; pysot siamrpn_mobilev2_l234_dwxcorr",
        build=builders.siamrpn_mobilev2,
        config=TrackConfig(PenaltySelect(penalty_k=0.04, window_influence=0.40, size_lr=0.50), "pysot", **_RPN_LOST),
        checkpoint="pysot model zoo: siamrpn_mobilev2_l234_dwxcorr/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.410",
    ),
    "siammask_r50_l3": Preset(
        summary="SiamMask: anchor proposals on one level of ResNet-50, with masks and rotated boxes",
        source="Wang et al. 2019; pysot siammask_r50_l3",
        build=builders.siammask,
        config=TrackConfig(
            PenaltySelect(penalty_k=0.10, window_influence=0.41, size_lr=0.32),
            "pysot",
            mask_threshold=0.15,  # MASK_THERSHOLD
            **_RPN_LOST,
        ),
        checkpoint="pysot model zoo: siammask_r50_l3/model.pth (linked from its MODEL_ZOO.md); "
        "SiamMask: SiamMask_VOT.pth, SiamMask_VOT_LD.pth (linked from its README)",
        published="VOT2018 EAO 0.423 with the rotated boxes of its masks",
    ),
    "siammask_r50_l3_davis": Preset(
        summary="SiamMask with values for video segmentation",
        source="Wang et al. 2019; SiamMask config_davis.json",
        build=builders.siammask,
        config=TrackConfig(
            PenaltySelect(penalty_k=0.04, window_influence=0.40, size_lr=1.0),
            "dasiamrpn",
            mask_threshold=0.35,  # seg_thr
            **_RPN_LOST,
        ),
        checkpoint="SiamMask: SiamMask_DAVIS.pth (linked from its README)",
        published="DAVIS-2016 J 0.717, DAVIS-2017 J 0.543",
    ),
    "siamban": Preset(
        summary="boxes from the cells of three levels of ResNet-50, without anchors",
        source="Chen et al. 2020; siamban_r50_l234, values for VOT2018",
        build=builders.siamban,
        config=TrackConfig(
            PenaltySelect(
                penalty_k=0.08513642556896711, window_influence=0.4632532824922313, size_lr=0.44418184746462425
            ),
            "pysot",
            **_RPN_LOST,
        ),
        checkpoint="SiamBAN model zoo: the VOT model (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.452",
    ),
    "siamcar": Preset(
        summary="boxes and centre-ness from one map of three levels of ResNet-50",
        source="Guo et al. 2020; SiamCAR, values for OTB",
        build=builders.siamcar,
        config=TrackConfig(
            CenterSelect(penalty_k=0.2, window_influence=0.45, size_lr=0.35), "pysot", min_size_px=1.0, **_RPN_LOST
        ),
        checkpoint="SiamCAR: general_model.pth (linked from its README)",
        published="LaSOT success 0.507, with values of its own",
    ),
    "nanotrack_v1": Preset(
        summary="smallest: MobileNetV3-Small, one pixel-wise correlation",
        source="NanoTrack (Chu 2022, no paper); its configv1.yaml",
        build=builders.nanotrack_v1,
        config=TrackConfig(PenaltySelect(penalty_k=0.148, window_influence=0.462, size_lr=0.390), "pysot", **_RPN_LOST),
        checkpoint="SiamTrackers: NanoTrack/models/pretrained/nanotrackv1.pth",
        published="VOT2018 EAO 0.311, GOT-10k val AO 0.604",
    ),
    "nanotrack_v2": Preset(
        summary="MobileNetV3-Small, a pixel-wise correlation for class and box each",
        source="NanoTrack (Chu 2022, no paper); its configv2.yaml",
        build=builders.nanotrack_v2,
        config=TrackConfig(PenaltySelect(penalty_k=0.150, window_influence=0.490, size_lr=0.385), "pysot", **_RPN_LOST),
        checkpoint="SiamTrackers: NanoTrack/models/pretrained/nanotrackv2.pth",
        published="VOT2018 EAO 0.352, GOT-10k val AO 0.680",
    ),
    "nanotrack_v3": Preset(
        summary="MobileNetV3-Small, pixel-wise and depth-wise correlation for class and box each",
        source="NanoTrack (Chu 2023, no paper); its configv3.yaml",
        build=builders.nanotrack_v3,
        config=TrackConfig(PenaltySelect(penalty_k=0.138, window_influence=0.455, size_lr=0.348), "pysot", **_RPN_LOST),
        checkpoint="SiamTrackers: NanoTrack/models/pretrained/nanotrackv3.pth",
        published="VOT2018 EAO 0.449, GOT-10k val AO 0.719",
    ),
    "lighttrack_m": Preset(
        summary="layers found by architecture search for mobile devices, pixel-wise correlation",
        source="Yan et al. 2021; LightTrack-M, values for VOT2019",
        build=builders.lighttrack_m,
        config=TrackConfig(
            PenaltySelect(penalty_k=0.007, window_influence=0.225, size_lr=0.616),
            "lighttrack",
            small=SmallSearch(search_px=288),
            **_RPN_LOST,
        ),
        checkpoint="LightTrack: LightTrackM.pth (its repository's snapshot)",
        published="VOT2019 EAO 0.333",
    ),
    "siamfcpp_alexnet": Preset(
        summary="boxes from the cells of AlexNet, ranked by class and centre-ness",
        source="Xu et al. 2020; video_analyst siamfcpp_alexnet, values for VOT",
        build=builders.siamfcpp_alexnet,
        config=TrackConfig(PenaltySelect(penalty_k=0.08, window_influence=0.21, size_lr=0.58), "siamfcpp"),
        checkpoint="video_analyst: siamfcpp-alexnet-vot-md5_88e4e9ee476545b952b04ae80c480f08.pkl "
        "(linked from its SOT_MODEL_ZOO.md)",
        published="VOT2018 EAO 0.393",
    ),
    "siamfcpp_googlenet": Preset(
        summary="boxes from the cells of Inception-v3, ranked by class and centre-ness",
        source="Xu et al. 2020; video_analyst siamfcpp_googlenet, values for VOT to four digits",
        build=builders.siamfcpp_googlenet,
        config=TrackConfig(PenaltySelect(penalty_k=0.0672, window_influence=0.2445, size_lr=0.5094), "siamfcpp"),
        checkpoint="video_analyst: siamfcpp-googlenet-vot-md5_f2680ba074213ee39d82fcb84533a1a6.pkl "
        "(linked from its SOT_MODEL_ZOO.md)",
        published="VOT2018 EAO 0.426",
    ),
}


def get_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        ValueError: there is none; names the nearest.
    """
    if name not in PRESETS:
        raise ValueError(f"no model is called {name!r}; {known_names(name, PRESETS)}")
    return PRESETS[name]
