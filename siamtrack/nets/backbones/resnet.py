"""ResNet-50 with stride 8 and dilation (SiamRPN++, Li et al. 2019, section 3.2; pysot's `resnet_atrous`).

Stages 3 and 4 keep the resolution of stage 2 and are dilated instead. The stem and stage 2, which halve the
resolution, have no padding; every other convolution keeps the size.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.types import Features

# Width, blocks, stride, dilation of each stage (He et al. 2016, table 1; strides and dilations of pysot).
_STAGES = ((64, 3, 1, 1), (128, 4, 2, 1), (256, 6, 1, 2), (512, 3, 1, 4))


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 (He et al. 2016, figure 5), added to its input; the output is four times `width` wide.

    Args:
        stride: of the 3x3; without padding where it is 2.
        dilation: of the 3x3.
        shortcut: kernel of the convolution on the input's own way, 1 or 3 (like the block's 3x3); 0 for none.
        relu: whether one ends the block.
        widening: factor by which the 3x3 makes its input wider.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        stride: int = 1,
        dilation: int = 1,
        shortcut: int = 0,
        relu: bool = True,
        widening: int = 1,
    ) -> None:
        super().__init__()
        self.conv1 = _conv_bn(inputs, width, 1)
        self.conv2 = _conv_bn(width, widening * width, 3, stride, dilation)
        self.conv3 = _conv_bn(widening * width, 4 * width, 1)
        self.shortcut = _conv_bn(inputs, 4 * width, shortcut, stride, dilation) if shortcut else nn.Identity()
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv3(self.conv2(self.conv1(x).relu()).relu()) + self.shortcut(x)
        return y.relu() if self.relu else y


class ResNet50(Backbone):
    """(N, 3, H, W) -> the maps of the named levels, in order.

    Level 0 is the stem's (64 channels, stride 2, before its max-pooling), levels 1 to 4 are the stages' (256 channels
    at stride 4; 512, 1024, 2048 at stride 8). Maps are 61, 31, 15, 15, 15 cells wide for 127 pixels and 125, 63, 31,
    31, 31 for 255. Stages behind the last level that is wanted are not built.
    """

    channels = (64, 256, 512, 1024, 2048)

    def __init__(self, levels: Sequence[int] = (2, 3, 4)) -> None:
        super().__init__()
        self.levels = tuple(levels)
        self.stem = _conv_bn(3, 64, 7, stride=2)
        for number in range(1, max(levels) + 1):
            self.add_module(f"layer{number}", _stage(self.channels[number - 1], *_STAGES[number - 1]))

    def forward(self, x_N3HW: Tensor) -> Features:
        stem, *stages = self.stages().values()
        maps = [stem(x_N3HW).relu()]
        x = functional.max_pool2d(maps[0], 3, 2, padding=1)
        for stage in stages:
            x = stage(x)
            maps.append(x)
        return tuple(maps[level] for level in self.levels)


def _stage(inputs: int, width: int, blocks: int, stride: int, dilation: int) -> nn.Sequential:
    """The first block changes the shape; it has half the dilation of the others."""
    shortcut = 1 if stride == 1 and dilation == 1 else 3
    first = Bottleneck(inputs, width, stride, max(dilation // 2, 1), shortcut)
    return nn.Sequential(first, *(Bottleneck(4 * width, width, dilation=dilation) for _ in range(1, blocks)))


def _conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    padding = dilation * (kernel // 2) if stride == 1 else 0
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs))
