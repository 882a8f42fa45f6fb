"""Averaged weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def ema_decay(step: int, decay: float) -> float:
    """A young average would remember the random start; it takes over as the run gets older."""
    return min(decay, (1 + step) / (10 + step))


@torch.no_grad()
def update_ema(ema: nn.Module, net: nn.Module, decay: float) -> None:
    """Move every tensor of `ema` towards `net`'s: e = decay * e + (1 - decay) * n; counters are copied."""
    ours: dict[str, Tensor] = ema.state_dict()
    for name, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            ours[name].lerp_(value, 1 - decay)
        else:
            ours[name].copy_(value)
