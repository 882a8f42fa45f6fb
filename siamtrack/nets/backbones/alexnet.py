"""AlexNet without padding, as SiamFC (Bertinetto et al. 2016, table 1) and SiamRPN use it; stride 8, or 4.

The published variants place ReLU before or after max-pooling; the two commute, so one order serves all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.types import Features


class AlexNet(Backbone):
    """(N, 3, H, W) -> one level at stride 8; 127 -> 6x6, 255 -> 22x22, 287 -> 26x26.

    Args:
        grouped: convolutions 2, 4 and 5 in two groups (SiamFC) or not (SiamRPN, pysot's "alexnetlegacy").
        last_norm: batch norm after the last convolution (SiamRPN) or not (SiamFC).
        eps, momentum: of the batch norms; 1e-6 and 0.05 in siamfc-pytorch, 1e-5 and 0.1 in pysot.
        wide: how many times as many channels (2 in DaSiamRPN's `SiamRPNBIG`).
        dense: stride 4 and 32 channels (CFNet's baseline, siamfc-pytorch's `AlexNetV2`): 127 -> 17x17, 255 -> 49x49.
    """

    def __init__(
        self,
        grouped: bool = False,
        last_norm: bool = True,
        eps: float = 1e-5,
        momentum: float = 0.1,
        wide: int = 1,
        dense: bool = False,
    ) -> None:
        super().__init__()
        groups, norm = 2 if grouped else 1, partial(nn.BatchNorm2d, eps=eps, momentum=momentum)
        self.channels = 32 if dense else 256 * wide
        self.second_pool = 1 if dense else 2
        self.conv1 = _conv(3, 96 * wide, 11, norm, stride=2)
        self.conv2 = _conv(96 * wide, 256 * wide, 5, norm, groups=groups)
        self.conv3 = _conv(256 * wide, 384 * wide, 3, norm)
        self.conv4 = _conv(384 * wide, 384 * wide, 3, norm, groups=groups)
        self.conv5 = _conv(384 * wide, self.channels, 3, norm if last_norm else None, groups=groups)

    def forward(self, x: Tensor) -> Features:
        x = functional.max_pool2d(self.conv1(x), 3, 2).relu()
        x = functional.max_pool2d(self.conv2(x), 3, self.second_pool).relu()
        x = self.conv4(self.conv3(x).relu()).relu()
        return (self.conv5(x),)


def _conv(
    inputs: int,
    outputs: int,
    kernel: int,
    norm: Callable[[int], nn.Module] | None,
    stride: int = 1,
    groups: int = 1,
) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups)
    return nn.Sequential(conv) if norm is None else nn.Sequential(conv, norm(outputs))
