"""MobileNetV2, 1.4 times as wide, with stride 8 and dilation (Sandler et al. 2018, table 2; pysot's `mobile_v2`)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.types import Features

_WIDTH = 1.4
# Expansion, channels (before the factor), blocks, stride, dilation of each stage: the published table, where pysot
# trades the strides of stages 4 and 6 for dilation.
_STAGES = (
    (1, 16, 1, 1, 1),
    (6, 24, 2, 2, 1),
    (6, 32, 3, 2, 1),
    (6, 64, 4, 1, 2),
    (6, 96, 3, 1, 2),
    (6, 160, 3, 1, 4),
    (6, 320, 1, 1, 4),
)


class InvertedResidual(nn.Module):
    """Expand 1x1, depth-wise 3x3, project 1x1; added to the input where shapes agree (MobileNetV2, figure 3).

    The depth-wise convolution has no padding where its stride is 2. pysot expands even where the factor is 1.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int, dilation: int) -> None:
        super().__init__()
        width = inputs * expansion
        padding = dilation if stride == 1 else 0
        self.conv = nn.Sequential(
            nn.Conv2d(inputs, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU6(inplace=True),
            nn.Conv2d(width, width, 3, stride, padding, dilation, groups=width, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU6(inplace=True),
            nn.Conv2d(width, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.residual else y


class MobileNetV2(Backbone):
    """(N, 3, H, W) -> the maps of the named stages, in order.

    Stage 0 is the stem; 3 and all later ones have stride 8: 15 cells for 127 pixels, 31 for 255.
    """

    channels = (int(32 * _WIDTH), *(int(stage[1] * _WIDTH) for stage in _STAGES))

    def __init__(self, levels: Sequence[int] = (3, 5, 7)) -> None:
        super().__init__()
        self.levels = tuple(levels)
        stem = nn.Conv2d(3, self.channels[0], 3, 2, bias=False)
        self.layer0 = nn.Sequential(stem, nn.BatchNorm2d(self.channels[0]), nn.ReLU6(inplace=True))
        previous = 1
        for number, (expansion, _, blocks, stride, dilation) in enumerate(_STAGES, 1):
            inputs, outputs = self.channels[number - 1 : number + 1]
            # Where the dilation grows, the first block has half of it.
            first = dilation if dilation == previous else max(dilation // 2, 1)
            others = [InvertedResidual(outputs, outputs, 1, expansion, dilation) for _ in range(1, blocks)]
            stage = nn.Sequential(InvertedResidual(inputs, outputs, stride, expansion, first), *others)
            self.add_module(f"layer{number}", stage)
            previous = dilation

    def forward(self, x_N3HW: Tensor) -> Features:
        maps = [x_N3HW]
        for stage in self.stages().values():
            maps.append(stage(maps[-1]))
        return tuple(maps[level + 1] for level in self.levels)
