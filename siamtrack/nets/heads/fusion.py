"""Maps of several levels -> one map."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Fusion(nn.Module):
    """Weighted mean of the levels' maps, the weights learned through a softmax (SiamRPN++, eq. 3 and 4); or the mean.

    Args:
        levels: their number.
        weighted: whether the weights are learned.
    """

    weight: Tensor | None

    def __init__(self, levels: int, weighted: bool) -> None:
        super().__init__()
        self.register_parameter("weight", nn.Parameter(torch.ones(levels)) if weighted else None)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        stacked = torch.stack(tuple(maps), -1)
        return stacked.mean(-1) if self.weight is None else stacked @ self.weight.softmax(0)
