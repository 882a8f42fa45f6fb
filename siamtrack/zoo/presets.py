"""Every tracker of the library: a network, the numbers of its tracker, and where its checkpoint comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from siamtrack.naming import known_names
from siamtrack.nets.siamese import SiameseNet
from siamtrack.tracking.config import PenaltySelect, PyramidSelect, TrackConfig
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
_RPN_LOST = {"lost_below": 0.8, "found_above": 0.95}


def _siamdw_fc(scale_step: float, scale_penalty: float, size_lr: float, window_influence: float) -> TrackConfig:
    select = PyramidSelect(
        scale_step,
        scale_penalty=scale_penalty,
        size_lr=size_lr,
        window_influence=window_influence,
        matconvnet=True,
    )
    return TrackConfig(select, "siamdw")


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
        config=_siamdw_fc(scale_step=1.1466, scale_penalty=0.9994, size_lr=0.2061, window_influence=0.3242),
        checkpoint="SiamDW: CIResNet22.pth (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.234, trained on GOT-10k 0.266",
    ),
    "siamdw_fc_res22w": Preset(
        summary="the same with 3x3 convolutions twice as wide",
        source="Zhang & Peng 2019; SiamDW SiamFCRes22W; its authors give no values, these are SiamFCRes22's",
        build=builders.siamdw_fc_res22w,
        config=_siamdw_fc(scale_step=1.1466, scale_penalty=0.9994, size_lr=0.2061, window_influence=0.3242),
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
            PenaltySelect(penalty_k=0.038, window_influence=0.347, size_lr=0.388), "siamdw", **_RPN_LOST
        ),
        checkpoint="SiamDW: CIResNet22_RPN.pth (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.294 with 287 pixels for small targets",
    ),
    "siamrpn": Preset(
        summary="anchor proposals by up-channel correlation",
        source="Li et al. 2018; values of DaSiamRPN's SiamRPNvot",
        build=builders.siamrpn,
        config=TrackConfig(PenaltySelect(penalty_k=0.04, window_influence=0.44, size_lr=0.45), "pysot", **_RPN_LOST),
        checkpoint="DaSiamRPN: SiamRPNVOT.model (linked from its README)",
        published="VOT2018 EAO 0.326",
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
    "siamrpn_mobilev2_l234_dwxcorr": Preset(
        summary="SiamRPN++ on three levels of MobileNetV2",
        source="Li et al. 2019; pysot siamrpn_mobilev2_l234_dwxcorr",
        build=builders.siamrpn_mobilev2,
        config=TrackConfig(PenaltySelect(penalty_k=0.04, window_influence=0.40, size_lr=0.50), "pysot", **_RPN_LOST),
        checkpoint="pysot model zoo: siamrpn_mobilev2_l234_dwxcorr/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.410",
    ),
    "siammask_r50_l3": Preset(
        summary="SiamMask's boxes: anchor proposals on one level of ResNet-50",
        source="Wang et al. 2019; pysot siammask_r50_l3",
        build=builders.siammask,
        config=TrackConfig(PenaltySelect(penalty_k=0.10, window_influence=0.41, size_lr=0.32), "pysot", **_RPN_LOST),
        checkpoint="pysot model zoo: siammask_r50_l3/model.pth (linked from its MODEL_ZOO.md)",
        published="VOT2018 EAO 0.423 with the rotated boxes of its masks",
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


# What can be trained: SiamCAR's tracker chooses its box in a way of its own, which is not here yet.
NETWORKS: dict[str, Callable[[], SiameseNet]] = {
    **{name: preset.build for name, preset in PRESETS.items()},
    "siamcar": builders.siamcar,
}

Known = TypeVar("Known")


def get_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        ValueError: there is none; names the nearest.
    """
    return _get(name, PRESETS)


def build_network(name: str) -> SiameseNet:
    """The network of that name, weights random.

    Raises:
        ValueError: there is none; names the nearest.
    """
    return _get(name, NETWORKS)()


def _get(name: str, known: Mapping[str, Known]) -> Known:
    if name not in known:
        raise ValueError(f"no model is called {name!r}; {known_names(name, known)}")
    return known[name]
