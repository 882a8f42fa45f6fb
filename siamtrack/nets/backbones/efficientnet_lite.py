"""EfficientNet-Lite0 up to stride 16 (Tan & Le 2019, the Lite variant: ReLU6, no squeeze-and-excite).

Stages follow the published table; the classifier's stages at stride 32 are left out. The ImageNet initialisation is
read by `training.pretrained` at training time only.
"""

from __future__ import annotations

from torch import Tensor, nn

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.blocks import InvertedResidual, conv_bn
from siamtrack.nets.types import Features

# inputs, outputs, kernel, stride, expansion, repeats
_STAGES_TO_STRIDE_8 = ((32, 16, 3, 1, 1, 1), (16, 24, 3, 2, 6, 2), (24, 40, 5, 2, 6, 2))
_STAGES_AT_STRIDE_16 = ((40, 80, 3, 2, 6, 3), (80, 112, 5, 1, 6, 3))
_EPS = 1e-3  # of the published TensorFlow network


class EfficientNetLite0(Backbone):
    """(N, 3, H, W) -> one level, (N, 112, H/16, W/16). `stem` ends at stride 8, `top` holds the stages at stride 16."""

    channels = 112

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn(3, 32, 3, 2, eps=_EPS), *_stages(_STAGES_TO_STRIDE_8))
        self.top = nn.Sequential(*_stages(_STAGES_AT_STRIDE_16))

    def forward(self, x: Tensor) -> Features:
        return (self.top(self.stem(x)),)


def _stages(table: tuple[tuple[int, ...], ...]) -> list[InvertedResidual]:
    blocks: list[InvertedResidual] = []
    for inputs, outputs, kernel, stride, expansion, repeats in table:
        blocks.append(InvertedResidual(inputs, outputs, inputs * expansion, kernel, stride, eps=_EPS))
        others = (InvertedResidual(outputs, outputs, outputs * expansion, kernel, eps=_EPS) for _ in range(1, repeats))
        blocks.extend(others)
    return blocks
