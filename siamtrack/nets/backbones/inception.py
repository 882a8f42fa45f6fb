"""Inception-v3 up to its third stage, with stride 8 (Szegedy et al. 2016, table 1; video_analyst's `Inception3`).

The second max-pooling of the published network is left out, and four cells on each side of the map, which have seen
padding, are cut off.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.types import Features

_EPS = 1e-3  # of the published TensorFlow network
_RING = 4  # video_analyst's `crop_pad`


def _unit(
    inputs: int, outputs: int, kernel: int | tuple[int, int], stride: int = 1, same: bool = True
) -> nn.Sequential:
    """Convolution, batch norm, ReLU.

    Args:
        same: whether padding keeps the size.
    """
    height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
    padding = (height // 2, width // 2) if same else (0, 0)
    conv = nn.Conv2d(inputs, outputs, (height, width), stride, padding, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs, eps=_EPS), nn.ReLU())


class InceptionA(nn.Module):
    """Figure 5 of the paper, its first 3x3 branch a 5x5: 224 channels and those of the pooled branch."""

    def __init__(self, inputs: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = _unit(inputs, 64, 1)
        self.branch5x5_1 = _unit(inputs, 48, 1)
        self.branch5x5_2 = _unit(48, 64, 5)
        self.branch3x3dbl_1 = _unit(inputs, 64, 1)
        self.branch3x3dbl_2 = _unit(64, 96, 3)
        self.branch3x3dbl_3 = _unit(96, 96, 3)
        self.branch_pool = _unit(inputs, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        pooled = self.branch_pool(functional.avg_pool2d(x, 3, 1, 1))
        return torch.cat((self.branch1x1(x), self.branch5x5_2(self.branch5x5_1(x)), double, pooled), 1)


class InceptionB(nn.Module):
    """Figure 10: halves the resolution; 480 channels more than its input."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3 = _unit(inputs, 384, 3, stride=2, same=False)
        self.branch3x3dbl_1 = _unit(inputs, 64, 1)
        self.branch3x3dbl_2 = _unit(64, 96, 3)
        self.branch3x3dbl_3 = _unit(96, 96, 3, stride=2, same=False)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat((self.branch3x3(x), double, functional.max_pool2d(x, 3, 2)), 1)


class InceptionC(nn.Module):
    """Figure 6 with n = 7: 768 channels, `width` of them inside the long branches."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.branch1x1 = _unit(inputs, 192, 1)
        self.branch7x7_1 = _unit(inputs, width, 1)
        self.branch7x7_2 = _unit(width, width, (1, 7))
        self.branch7x7_3 = _unit(width, 192, (7, 1))
        self.branch7x7dbl_1 = _unit(inputs, width, 1)
        self.branch7x7dbl_2 = _unit(width, width, (7, 1))
        self.branch7x7dbl_3 = _unit(width, width, (1, 7))
        self.branch7x7dbl_4 = _unit(width, width, (7, 1))
        self.branch7x7dbl_5 = _unit(width, 192, (1, 7))
        self.branch_pool = _unit(inputs, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        single = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        pooled = self.branch_pool(functional.avg_pool2d(x, 3, 1, 1))
        return torch.cat((self.branch1x1(x), single, double, pooled), 1)


class InceptionV3(Backbone):
    """(N, 3, H, W) -> one level of 256 channels at stride 8; 127 -> 5x5, 303 -> 27x27.

    The branches have the names of torchvision's `Inception3`, which video_analyst's is made from.
    """

    channels = 256

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            _unit(3, 32, 3, stride=2, same=False),
            _unit(32, 32, 3, same=False),
            _unit(32, 64, 3),
            nn.MaxPool2d(3, 2),
            _unit(64, 80, 1),
            _unit(80, 192, 3, same=False),
        )
        self.mixed5 = nn.Sequential(InceptionA(192, 32), InceptionA(256, 64), InceptionA(288, 64))
        self.mixed6 = nn.Sequential(
            InceptionB(288),
            InceptionC(768, 128),
            InceptionC(768, 160),
            InceptionC(768, 160),
            InceptionC(768, 192),
        )
        self.reduce = nn.Sequential(nn.Conv2d(768, self.channels, 1), nn.BatchNorm2d(self.channels, eps=_EPS))

    def forward(self, x_N3HW: Tensor) -> Features:
        x = self.mixed6(self.mixed5(self.stem(x_N3HW)))
        return (self.reduce(x[..., _RING:-_RING, _RING:-_RING]),)
