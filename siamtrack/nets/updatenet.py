"""UpdateNet (Zhang et al. 2019): a template that is learnt to be kept up to date.

Shape legend: N rows, C H W of one level of template features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

# C (512) and the channels between (192) of its code's `UpdateResNet`, and 256 and 96 of `UpdateResNet256`.
_SQUEEZE = 8 / 3


class UpdateNet(nn.Module):
    """First, accumulated and present template -> the template for the next frame (section 4.1, eq. 5).

    What it learns is added to the first template.

    Args:
        channels: of the features.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        middle = round(channels / _SQUEEZE)
        self.layers = nn.Sequential(nn.Conv2d(3 * channels, middle, 1), nn.ReLU(), nn.Conv2d(middle, channels, 1))

    def forward(self, first_NCHW: Tensor, accumulated_NCHW: Tensor, present_NCHW: Tensor) -> Tensor:
        """(N, C, H, W), as each of the arguments."""
        learnt_NCHW: Tensor = self.layers(torch.cat((first_NCHW, accumulated_NCHW, present_NCHW), 1))
        return first_NCHW + learnt_NCHW
