"""EfficientNet-Lite up to stride 16 (Tan & Le 2019, the Lite variants: ReLU6, no squeeze-and-excite).

Stages follow the published table; the classifier's stages at stride 32 are left out. The ImageNet initialisation is
read by `training.pretrained` at training time only.
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.blocks import InvertedResidual, conv_bn, whole_eights
from siamtrack.nets.types import Features

# outputs, kernel, stride, expansion, repeats; of Lite0
_FIRST = (16, 3, 1, 1, 1)
_STAGES_TO_STRIDE_8 = ((24, 3, 2, 6, 2), (40, 5, 2, 6, 2))
_STAGES_AT_STRIDE_16 = ((80, 3, 2, 6, 3), (112, 5, 1, 6, 3))
_STEM_CHANNELS = 32
_EPS = 1e-3  # of the published TensorFlow network

_Row = tuple[int, int, int, int, int]


class EfficientNetLite(Backbone):
    """(N, 3, H, W) -> one level at stride 16. `stem` ends at stride 8, `top` holds the stages at stride 16.

    Args:
        width, depth: factors of channels and repeats: 1 and 1 for Lite0, 1.1 and 1.2 for Lite2 (the published code's
            `efficientnet_lite_params`; the first convolution and the first stage keep their sizes).

    Attributes:
        channels: of the level; 112 in Lite0, 120 in Lite2.
    """

    def __init__(self, width: float = 1.0, depth: float = 1.0) -> None:
        super().__init__()
        fine = [_FIRST, *(_scaled(row, width, depth) for row in _STAGES_TO_STRIDE_8)]
        coarse = [_scaled(row, width, depth) for row in _STAGES_AT_STRIDE_16]
        self.stem = nn.Sequential(conv_bn(3, _STEM_CHANNELS, 3, 2, eps=_EPS), *_stages(_STEM_CHANNELS, fine))
        self.top = nn.Sequential(*_stages(fine[-1][0], coarse))
        self.channels = coarse[-1][0]

    def forward(self, x: Tensor) -> Features:
        return (self.top(self.stem(x)),)


def _scaled(row: _Row, width: float, depth: float) -> _Row:
    outputs, kernel, stride, expansion, repeats = row
    return whole_eights(outputs * width), kernel, stride, expansion, math.ceil(repeats * depth)


def _stages(inputs: int, table: list[_Row]) -> list[InvertedResidual]:
    blocks: list[InvertedResidual] = []
    for outputs, kernel, stride, expansion, repeats in table:
        for repeat in range(repeats):
            blocks.append(
                InvertedResidual(inputs, outputs, inputs * expansion, kernel, 1 if repeat else stride, eps=_EPS)
            )
            inputs = outputs
    return blocks
