"""Networks by name: each function puts parts together and holds the published sizes. No weights, no tracking."""

from __future__ import annotations

from siamtrack.nets.backbones.efficientnet_lite import EfficientNetLite0
from siamtrack.nets.heads.light import LightHead
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import NetSpec


def siamtrack_s() -> SiameseNet:
    """EfficientNet-Lite0 to stride 16 and the light head: 0.9 M parameters, 0.37 GMAC a search frame."""
    rgb_to_unit = NetSpec(128, 256, 16, channels="rgb", mean=(127.0, 127.0, 127.0), std=(128.0, 128.0, 128.0))
    head = LightHead(EfficientNetLite0.channels, width=128, template_cells=8, stride=16)
    return SiameseNet(EfficientNetLite0(), head, rgb_to_unit)
