"""SiamFC, and SiamDW's networks under SiamFC's tracker."""

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


# Serves two presets.
_SIAMDW_FC_RES22 = _siamdw_fc(scale_step=1.1466, scale_penalty=0.9994, size_lr=0.2061, window_influence=0.3242)

SIAMFC: dict[str, Preset] = {
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
}
