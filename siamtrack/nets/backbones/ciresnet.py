"""CIResNet-22: residual units that cut off what padding has touched (SiamDW, Zhang & Peng 2019, section 4.1)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.backbones.resnet import Bottleneck
from siamtrack.nets.types import Features


class CroppingBottleneck(Bottleneck):
    """A bottleneck whose output loses one cell on each side: those that its 3x3 convolution computed with padding."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[..., 1:-1, 1:-1]


class CIResNet22(Backbone):
    """(N, 3, H, W) -> one level of 512 channels at stride 8; 127 -> 5x5, 255 -> 21x21 (SiamDW, table 3).

    Args:
        widening: factor by which the 3x3 convolutions make their input wider; 2 is SiamDW's `ResNet22W`.
    """

    channels = 512

    def __init__(self, widening: int = 1) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64))
        self.layer1 = nn.Sequential(
            CroppingBottleneck(64, 64, shortcut=1, widening=widening),
            CroppingBottleneck(256, 64, widening=widening),
            CroppingBottleneck(256, 64, widening=widening),
        )
        self.layer2 = nn.Sequential(
            CroppingBottleneck(256, 128, shortcut=1, widening=widening),
            nn.MaxPool2d(2),
            CroppingBottleneck(512, 128, widening=widening),
            CroppingBottleneck(512, 128, widening=widening),
            CroppingBottleneck(512, 128, relu=False, widening=widening),
        )

    def forward(self, x_N3HW: Tensor) -> Features:
        x = self.stem(x_N3HW).relu()[..., 2:-2, 2:-2]
        return (self.layer2(self.layer1(functional.max_pool2d(x, 2))),)
