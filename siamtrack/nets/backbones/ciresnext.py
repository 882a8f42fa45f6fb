"""CIResNeXt-22: ResNeXt units that cut off what padding has touched (SiamDW, Zhang & Peng 2019, section 4.1)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.blocks import conv_bn
from siamtrack.nets.types import Features

_GROUPS = 32  # SiamDW's `cardinality`, with a `bottleneck_width` of 4 and 8 in the two stages


class CroppingResNeXt(nn.Module):
    """1x1, grouped 3x3, 1x1, added to the input, and another batch norm over the sum; the output, twice `width` wide,
    loses one cell on each side: those that the 3x3 convolution computed with padding.

    Args:
        relu: whether one ends the block.
    """

    def __init__(self, inputs: int, width: int, relu: bool = True) -> None:
        super().__init__()
        self.conv1 = conv_bn(inputs, width, 1, act=None)
        self.conv2 = conv_bn(width, width, 3, groups=_GROUPS, act=None)
        self.conv3 = conv_bn(width, 2 * width, 1, act=None)
        self.shortcut = nn.Identity() if inputs == 2 * width else nn.Conv2d(inputs, 2 * width, 1, bias=False)
        self.sum_norm = nn.BatchNorm2d(2 * width)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv3(self.conv2(self.conv1(x).relu()).relu()) + self.shortcut(x)
        y = self.sum_norm(y)[..., 1:-1, 1:-1]
        return y.relu() if self.relu else y


class CIResNeXt22(Backbone):
    """(N, 3, H, W) -> one level of 512 channels at stride 8; 127 -> 5x5, 255 -> 21x21 (SiamDW's `ResNeXt22`)."""

    channels = 512

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2), nn.BatchNorm2d(64))
        self.layer1 = nn.Sequential(
            CroppingResNeXt(64, 128),
            CroppingResNeXt(256, 128),
            CroppingResNeXt(256, 128),
        )
        self.layer2 = nn.Sequential(
            CroppingResNeXt(256, 256),
            nn.MaxPool2d(2),
            CroppingResNeXt(512, 256),
            CroppingResNeXt(512, 256),
            CroppingResNeXt(512, 256, relu=False),
        )

    def forward(self, x_N3HW: Tensor) -> Features:
        return (self.layer2(self.layer1(functional.max_pool2d(self.stem(x_N3HW).relu(), 3, 2))),)
