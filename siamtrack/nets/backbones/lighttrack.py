"""The trunk that LightTrack's search found for mobile devices (Yan et al. 2021, section 4.2): stride 16.

LightTrack-M is the path `back_04502514044521042540...ops_32` of the published supernet: a digit names kernel and
expansion of one block, in a skeleton of MobileNetV3 with swish and a squeeze-and-excite in every block.
"""

from __future__ import annotations

from torch import Tensor, nn

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.blocks import InvertedResidual, conv_bn
from siamtrack.nets.types import Features

_STEM = 16
# Outputs and stride of each stage (published `arch_def`), then kernel and expansion of its blocks (the path's digits).
_STAGES = (
    (16, 1, ((3, 1),)),
    (24, 2, ((7, 4), (7, 6))),
    (40, 2, ((3, 4), (5, 4), (7, 6), (3, 6))),
    (80, 2, ((7, 4), (3, 4), (7, 4), (7, 4))),
    (96, 1, ((7, 6), (5, 4), (3, 6))),
)


class LightTrackMobile(Backbone):
    """(N, 3, H, W) -> one level, (N, 96, H/16, W/16); 127 -> 8x8, 256 -> 16x16."""

    channels = _STAGES[-1][0]

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_bn(3, _STEM, 3, 2, act=nn.SiLU)
        inputs = _STEM
        for number, (outputs, stride, blocks) in enumerate(_STAGES):
            layers = []
            for first, (kernel, expansion) in enumerate(blocks):
                width, step = inputs * expansion, 1 if first else stride
                layers.append(InvertedResidual(inputs, outputs, width, kernel, step, nn.SiLU, gate="after"))
                inputs = outputs
            self.add_module(f"layer{number}", nn.Sequential(*layers))

    def forward(self, x: Tensor) -> Features:
        for stage in self.stages().values():
            x = stage(x)
        return (x,)
