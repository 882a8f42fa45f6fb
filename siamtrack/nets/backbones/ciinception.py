"""CIResIncep-22: inception units that cut off what padding has touched (SiamDW, Zhang & Peng 2019, section 4.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.blocks import conv_bn
from siamtrack.nets.types import Features

_EPS_1X1 = 1e-3  # of the batch norms of the plain branch; Inception's, where the deep branch has PyTorch's


class CroppingInception(nn.Module):
    """A bottleneck without its sum and a 1x1 convolution side by side; the output, five times `width` wide, loses one
    cell on each side: those that the 3x3 convolution computed with padding.

    Args:
        relu: whether one ends the block.
    """

    def __init__(self, inputs: int, width: int, relu: bool = True) -> None:
        super().__init__()
        self.conv1 = conv_bn(inputs, width, 1, act=None)
        self.conv2 = conv_bn(width, width, 3, act=None)
        self.conv3 = conv_bn(width, 4 * width, 1, act=None)
        self.plain = conv_bn(inputs, width, 1, eps=_EPS_1X1, act=None)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        deep = self.conv3(self.conv2(self.conv1(x).relu()).relu())
        y = torch.cat((deep, self.plain(x)), 1)[..., 1:-1, 1:-1]
        return y.relu() if self.relu else y


class CIInception22(Backbone):
    """(N, 3, H, W) -> one level of 640 channels at stride 8; 127 -> 5x5, 255 -> 21x21 (SiamDW's `Incep22`)."""

    channels = 640

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, bias=False), nn.BatchNorm2d(64))
        self.layer1 = nn.Sequential(
            CroppingInception(64, 64),
            CroppingInception(320, 64),
            CroppingInception(320, 64),
        )
        self.layer2 = nn.Sequential(
            CroppingInception(320, 128),
            nn.MaxPool2d(2),
            CroppingInception(640, 128),
            CroppingInception(640, 128),
            CroppingInception(640, 128, relu=False),
        )

    def forward(self, x_N3HW: Tensor) -> Features:
        return (self.layer2(self.layer1(functional.max_pool2d(self.stem(x_N3HW).relu(), 3, 2))),)
