"""SiamFC in its published versions, and SiamDW's networks under SiamFC's tracker."""

from __future__ import annotations

from siamtrack.tracking.config import PyramidSelect, TrackConfig
from siamtrack.zoo import builders
from siamtrack.zoo.presets.preset import Preset


def _siamdw_fc(scale_step: float, scale_penalty: float, size_lr: float, window_influence: float) -> TrackConfig:
    select = PyramidSelect(
        scale_step,
        scale_penalty=scale_penalty,
        size_lr=size_lr,
        window_influence=window_influence,
        matconvnet=True,
    )
    return TrackConfig(select, "dasiamrpn")


# The project page of SiamFC.
_MATCONVNET = "2016-08-17.net.mat or 2016-08-17_gray025.net.mat (www.robots.ox.ac.uk/~luca/siamese-fc.html)"


# Serves two presets.
_SIAMDW_FC_RES22 = _siamdw_fc(scale_step=1.1466, scale_penalty=0.9994, size_lr=0.2061, window_influence=0.3242)

SIAMFC: dict[str, Preset] = {
    "siamfc": Preset(
        summary="fully-convolutional Siamese network, three scales",
        source="Bertinetto et al. 2016; siamfc-pytorch",
        build=builders.siamfc,
        config=TrackConfig(PyramidSelect(), convention="siamfc"),
        checkpoint="siamfc-pytorch: siamfc_alexnet_e50.pth (linked from its README)",
        published="OTB-2015 success 0.578 (siamfc-pytorch, README.md)",
    ),
    "siamfc_3s": Preset(
        summary="SiamFC as its authors released it, three scales cut out of one crop",
        source="Bertinetto et al. 2016; siamese-fc, values of its tracker.m, the tracker as SiamDW ports it",
        build=builders.siamfc_matconvnet,
        config=TrackConfig(PyramidSelect(matconvnet=True), "dasiamrpn"),
        checkpoint=_MATCONVNET,
        published="OTB-2015 success 0.582 (SiamFC-TensorFlow, README.md)",
    ),
    "siamfc_5s": Preset(
        summary="SiamFC as its authors released it, five scales cut out of one crop",
        source="Bertinetto et al. 2016; siamese-fc, values of its params-5s.txt, the tracker as SiamDW ports it",
        build=builders.siamfc_matconvnet,
        config=TrackConfig(
            PyramidSelect(
                scale_step=1.0255,
                scale_count=5,
                scale_penalty=0.962,
                size_lr=0.34,
                window_influence=0.168,
                matconvnet=True,
            ),
            "dasiamrpn",
        ),
        checkpoint=_MATCONVNET,
    ),
    "siamfc_v2": Preset(
        summary="SiamFC with a response twice as fine, from fewer channels",
        source="Valmadre et al. 2017, Baseline-conv5; values of CFNet's run_baseline5_evaluation.m, but the first "
        "template is kept",
        build=builders.siamfc_v2,
        config=TrackConfig(
            PyramidSelect(
                scale_step=1.047,
                scale_penalty=0.9825,
                size_lr=0.68,
                window_influence=0.175,
                response_up=8,
                matconvnet=True,
            ),
            "dasiamrpn",
        ),
        checkpoint="CFNet: baseline-conv5_e55.mat or baseline-conv5_gray_e100.mat (linked from its README)",
    ),
    "siamfc_v3": Preset(
        summary="SiamFC twice as wide",
        source="Bertinetto et al. 2016; siamfc-pytorch AlexNetV3",
        build=builders.siamfc_v3,
        config=TrackConfig(PyramidSelect(), convention="siamfc"),
        checkpoint="none: siamfc-pytorch defines the network and publishes no weights",
    ),
    "siamdw_fc_res22": Preset(
        summary="SiamFC's tracker with a residual network that cuts off what padding touched",
        source="Zhang & Peng 2019; SiamDW SiamFCRes22, values for VOT2017",
        build=builders.siamdw_fc_res22,
        config=_SIAMDW_FC_RES22,
        checkpoint="SiamDW: CIResNet22.pth (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.234, trained on GOT-10k 0.266 (SiamDW, README.md)",
    ),
    "siamdw_fc_res22w": Preset(
        summary="siamdw_fc_res22 with 3x3 convolutions twice as wide",
        source="Zhang & Peng 2019; SiamDW SiamFCRes22W; its authors give no values, these are SiamFCRes22's",
        build=builders.siamdw_fc_res22w,
        config=_SIAMDW_FC_RES22,
        checkpoint="SiamDW: the model CIResNet22W-FC (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.269, trained on GOT-10k, values unknown (SiamDW, README.md)",
    ),
    "siamdw_fc_incep22": Preset(
        summary="SiamFC's tracker with an inception network that cuts off what padding touched",
        source="Zhang & Peng 2019; SiamDW SiamFCIncep22, values for VOT2017",
        build=builders.siamdw_fc_incep22,
        config=_siamdw_fc(scale_step=1.1679, scale_penalty=0.9285, size_lr=0.6782, window_influence=0.2566),
        checkpoint="SiamDW: the model CIResIncep22-FC (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.236, trained on GOT-10k 0.251 (SiamDW, README.md)",
    ),
    "siamdw_fc_next22": Preset(
        summary="SiamFC's tracker with a ResNeXt that cuts off what padding touched",
        source="Zhang & Peng 2019; SiamDW SiamFCNext22, values for VOT2017",
        build=builders.siamdw_fc_next22,
        config=_siamdw_fc(scale_step=1.1531, scale_penalty=0.9489, size_lr=0.5706, window_influence=0.2581),
        checkpoint="SiamDW: the model CIResNext22-FC (linked from its lib/tutorials/test.md)",
        published="VOT2017 EAO 0.229, trained on GOT-10k 0.246 (SiamDW, README.md)",
    ),
}
