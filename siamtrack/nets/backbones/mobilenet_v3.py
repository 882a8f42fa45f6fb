"""MobileNetV3-Small up to stride 16 (Howard et al. 2019, table 2), as NanoTrack uses it."""

from __future__ import annotations

from torch import Tensor, nn

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.blocks import GatePlace, InvertedResidual, conv_bn
from siamtrack.nets.types import Features

# Outputs, channels inside, kernel, stride, hard swish (else ReLU), gated (squeeze-and-excite) of each block: the
# published table; NanoTrack leaves out the stride of the ninth.
_STEM = 16
_BLOCKS = (
    (16, 16, 3, 2, False, True),
    (24, 72, 3, 2, False, False),
    (24, 88, 3, 1, False, False),
    (40, 96, 5, 2, True, True),
    (40, 240, 5, 1, True, True),
    (40, 240, 5, 1, True, True),
    (48, 120, 5, 1, True, True),
    (48, 144, 5, 1, True, True),
    (96, 288, 5, 1, True, True),
)


class MobileNetV3Small(Backbone):
    """(N, 3, H, W) -> one level at stride 16; 127 -> 8x8, 255 -> 16x16.

    Args:
        blocks: how many of the table's blocks: 8 give 48 channels (NanoTrack v1, v2), 9 give 96 (v3).
    """

    def __init__(self, blocks: int = 9) -> None:
        super().__init__()
        self.channels = _BLOCKS[blocks - 1][0]
        self.layer0 = conv_bn(3, _STEM, 3, 2, act=nn.Hardswish)
        inputs = _STEM
        for number, (outputs, width, kernel, stride, swish, gated) in enumerate(_BLOCKS[:blocks], 1):
            act = nn.Hardswish if swish else nn.ReLU
            # The published code gates ahead of the activation, except where nothing is expanded.
            gate: GatePlace | None = None if not gated else "after" if width == inputs else "before"
            self.add_module(f"layer{number}", InvertedResidual(inputs, outputs, width, kernel, stride, act, gate))
            inputs = outputs

    def forward(self, x: Tensor) -> Features:
        for layer in self.stages().values():
            x = layer(x)
        return (x,)
