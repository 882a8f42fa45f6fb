"""Networks: each function puts parts together and holds the published sizes. No weights, no tracking."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from siamtrack.nets.backbones.alexnet import AlexNet
from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.backbones.ciinception import CIInception22
from siamtrack.nets.backbones.ciresnet import CIResNet22
from siamtrack.nets.backbones.ciresnext import CIResNeXt22
from siamtrack.nets.backbones.efficientnet_lite import EfficientNetLite
from siamtrack.nets.backbones.inception import InceptionV3
from siamtrack.nets.backbones.lighttrack import LightTrackMobile
from siamtrack.nets.backbones.mobilenet import MobileNetV2
from siamtrack.nets.backbones.mobilenet_v3 import MobileNetV3Small
from siamtrack.nets.backbones.resnet import ResNet50
from siamtrack.nets.heads.ban import MultiLevelBAN
from siamtrack.nets.heads.car import CARHead
from siamtrack.nets.heads.fc import AdjustedFullyConvolutional, FullyConvolutional
from siamtrack.nets.heads.fcpp import FCPPHead
from siamtrack.nets.heads.light import LightHead
from siamtrack.nets.heads.lighttrack import LightTrackHead
from siamtrack.nets.heads.mask import MaskRPN
from siamtrack.nets.heads.nano import nano_head_v1, nano_head_v2, nano_head_v3
from siamtrack.nets.heads.rpn import DepthwiseRPN, MultiLevelRPN, UpChannelRPN
from siamtrack.nets.neck import Neck
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import NetSpec
from siamtrack.nets.updatenet import UpdateNet
from siamtrack.nets.verifier import VerifierNet

# Channels of the levels after the neck, in the published configurations of pysot, SiamBAN and SiamCAR but one.
_NECK = (256, 256, 256)

# Of the batch norms in siamfc-pytorch.
SIAMFC_EPS = 1e-6
_siamfc_alexnet = partial(AlexNet, eps=SIAMFC_EPS, momentum=0.05)


# Colours as EfficientNet-Lite's authors have them.
_LITE = NetSpec(128, 256, 16, channels="rgb", mean=(127.0, 127.0, 127.0), std=(128.0, 128.0, 128.0))


def siamtrack_s() -> SiameseNet:
    """EfficientNet-Lite2 to stride 16 and the light head."""
    backbone = EfficientNetLite(width=1.1, depth=1.2)
    return SiameseNet(backbone, LightHead(backbone.channels, width=128, stride=16), _LITE)


def verifier_s() -> VerifierNet:
    """EfficientNet-Lite0 to stride 16 and 128 dimensions, as FaceNet has (its section 3)."""
    backbone = EfficientNetLite()
    return VerifierNet(backbone, backbone.channels, 128, replace(_LITE, search_px=_LITE.template_px))


def siamfc() -> SiameseNet:
    """SiamFC as in siamfc-pytorch (`AlexNetV1`): grouped AlexNet, RGB 0-255, crops of 127 and 255 pixels."""
    backbone = _siamfc_alexnet(grouped=True, last_norm=False)
    return SiameseNet(backbone, FullyConvolutional(), NetSpec(127, 255, 8, channels="rgb"))


def siamfc_matconvnet() -> SiameseNet:
    """SiamFC as its authors released it, siamese-fc: the same, the response adjusted by a scale and a bias."""
    backbone = _siamfc_alexnet(grouped=True, last_norm=False)
    return SiameseNet(backbone, AdjustedFullyConvolutional(), NetSpec(127, 255, 8, channels="rgb"))


def siamfc_v2() -> SiameseNet:
    """CFNet's `baseline-conv5` (siamfc-pytorch's `AlexNetV2`): stride 4, 32 channels, response adjusted likewise."""
    backbone = _siamfc_alexnet(grouped=True, last_norm=False, dense=True)
    return SiameseNet(backbone, AdjustedFullyConvolutional(), NetSpec(127, 255, 4, channels="rgb"))


def siamfc_v3() -> SiameseNet:
    """siamfc-pytorch's `AlexNetV3`: twice as wide, without groups, batch norm at the end as well."""
    return SiameseNet(_siamfc_alexnet(wide=2), FullyConvolutional(), NetSpec(127, 255, 8, channels="rgb"))


def siamdw_fc_res22() -> SiameseNet:
    """SiamDW's `SiamFCRes22`: CIResNet-22 and plain correlation, 127 and 255 pixels."""
    return _siamdw_fc(CIResNet22())


def siamdw_fc_res22w() -> SiameseNet:
    """SiamDW's `SiamFCRes22W`: the same with 3x3 convolutions twice as wide."""
    return _siamdw_fc(CIResNet22(widening=2))


def siamdw_fc_incep22() -> SiameseNet:
    """SiamDW's `SiamFCIncep22`: CIResIncep-22 and plain correlation, 127 and 255 pixels."""
    return _siamdw_fc(CIInception22())


def siamdw_fc_next22() -> SiameseNet:
    """SiamDW's `SiamFCNext22`: CIResNeXt-22 and plain correlation, 127 and 255 pixels."""
    return _siamdw_fc(CIResNeXt22())


def _siamdw_fc(backbone: Backbone) -> SiameseNet:
    return SiameseNet(backbone, FullyConvolutional(scale=0.1), NetSpec(127, 255, 8))


def siamdw_rpn_res22() -> SiameseNet:
    """SiamDW's `SiamRPNRes22`, its "thicker" kind: CIResNet-22 and up-channel correlation, 127 and 271 pixels."""
    return SiameseNet(CIResNet22(), UpChannelRPN(CIResNet22.channels), NetSpec(127, 271, 8))


def siamrpn(wide: int = 1) -> SiameseNet:
    """SiamRPN with up-channel correlation, as DaSiamRPN released it: 127 and 271 pixels.

    Args:
        wide: how many times as many channels; 2 in `SiamRPNBIG`.
    """
    backbone = AlexNet(wide=wide)
    return SiameseNet(backbone, UpChannelRPN(backbone.channels), NetSpec(127, 271, 8))


def updatenet() -> SiameseNet:
    """`SiamRPNBIG` with UpdateNet, as its authors released it: 127 and 271 pixels."""
    backbone = AlexNet(wide=2)
    channels = backbone.channels
    return SiameseNet(backbone, UpChannelRPN(channels), NetSpec(127, 271, 8), UpdateNet(channels))


def siamrpn_alex_dwxcorr() -> SiameseNet:
    """SiamRPN with depth-wise correlation, pysot's `siamrpn_alex_dwxcorr`: 127 and 287 pixels."""
    backbone = AlexNet()
    return SiameseNet(backbone, DepthwiseRPN(backbone.channels), NetSpec(127, 287, 8))


def siamrpn_r50(weighted: bool = True, neck: tuple[int, ...] = _NECK) -> SiameseNet:
    """SiamRPN++ on stages 2, 3, 4 of ResNet-50, pysot's `siamrpn_r50_l234_dwxcorr`: 127 and 255 pixels.

    Args:
        weighted: whether the levels are fused by learned weights; not so in `siamrpn_r50_l234_dwxcorr_otb`.
        neck: channels of the levels after the neck; 128, 256, 512 in `siamrpn_r50_l234_dwxcorr_lt`.
    """
    return SiameseNet(ResNet50(), MultiLevelRPN(Neck(ResNet50.channels[2:], neck), weighted), NetSpec(127, 255, 8))


def siamrpn_mobilev2() -> SiameseNet:
    """SiamRPN++ on stages 3, 5, 7 of MobileNetV2, pysot's `siamrpn_mobilev2_l234_dwxcorr`: 127 and 255 pixels."""
    backbone = MobileNetV2()
    neck = Neck([backbone.channels[level] for level in backbone.levels], _NECK)
    return SiameseNet(backbone, MultiLevelRPN(neck, weighted=False), NetSpec(127, 255, 8))


def siammask() -> SiameseNet:
    """SiamMask on stage 3 of ResNet-50, its masks on all before; pysot's `siammask_r50_l3`: 127 and 255 pixels."""
    backbone = ResNet50(levels=(0, 1, 2, 3))
    return SiameseNet(backbone, MaskRPN(Neck(backbone.channels[3:4], _NECK[:1])), NetSpec(127, 255, 8))


def siamban() -> SiameseNet:
    """SiamBAN as published, `siamban_r50_l234`: 127 and 255 pixels."""
    return SiameseNet(ResNet50(), MultiLevelBAN(Neck(ResNet50.channels[2:], _NECK), stride=8), NetSpec(127, 255, 8))


def siamfcpp_alexnet() -> SiameseNet:
    """SiamFC++ on AlexNet, video_analyst's `siamfcpp_alexnet`: 127 and 303 pixels.

    Its pooling rounds map sizes up; at these sizes nothing is left to round.
    """
    backbone = AlexNet()
    head = FCPPHead(backbone.channels, norms=(False, False, True), stride=8)
    return SiameseNet(backbone, head, NetSpec(127, 303, 8))


def siamfcpp_googlenet() -> SiameseNet:
    """SiamFC++ on Inception-v3, video_analyst's `siamfcpp_googlenet`: RGB in [-1, 1], 127 and 303 pixels."""
    head = FCPPHead(InceptionV3.channels, norms=(False, False), stride=8)
    half = (127.5, 127.5, 127.5)
    return SiameseNet(InceptionV3(), head, NetSpec(127, 303, 8, channels="rgb", mean=half, std=half))


def siamcar() -> SiameseNet:
    """SiamCAR as published: 127 and 255 pixels."""
    return SiameseNet(ResNet50(), CARHead(Neck(ResNet50.channels[2:], _NECK), stride=8), NetSpec(127, 255, 8))


def nanotrack_v1() -> SiameseNet:
    """NanoTrack as first released, `configv1.yaml`: 127 and 255 pixels."""
    return SiameseNet(MobileNetV3Small(blocks=8), nano_head_v1(stride=16), NetSpec(127, 255, 16))


def nanotrack_v2() -> SiameseNet:
    """NanoTrack, `configv2.yaml`: a correlation for each tower; 127 and 255 pixels."""
    backbone = MobileNetV3Small(blocks=8)
    return SiameseNet(backbone, nano_head_v2(backbone.channels, stride=16), NetSpec(127, 255, 16))


def nanotrack_v3() -> SiameseNet:
    """NanoTrack, `configv3.yaml`: both kinds of correlation for each tower; 127 and 255 pixels."""
    backbone = MobileNetV3Small(blocks=9)
    return SiameseNet(backbone, nano_head_v3(backbone.channels, stride=16), NetSpec(127, 255, 16))


def lighttrack_m() -> SiameseNet:
    """LightTrack-M, 127 and 256 pixels; colours as ImageNet networks have them (published `Lighttrack.normalize`)."""
    mean, std = (0.485 * 255, 0.456 * 255, 0.406 * 255), (0.229 * 255, 0.224 * 255, 0.225 * 255)
    head = LightTrackHead(LightTrackMobile.channels, stride=16)
    return SiameseNet(LightTrackMobile(), head, NetSpec(127, 256, 16, channels="rgb", mean=mean, std=std))
