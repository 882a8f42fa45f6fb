"""Averaged weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


def ema_decay(step: int, decay: float) -> float:
    """A young average would remember the random start; it takes over as the run gets older."""
    return min(decay, (1 + step) / (10 + step))


@torch.no_grad()
def update_ema(ema: nn.Module, net: nn.Module, decay: float) -> None:
    """Move every tensor of `ema` towards `net`'s: e = decay * e + (1 - decay) * n; counters are copied."""
    ours, theirs = ema.state_dict(), net.state_dict()
    floating = [name for name, value in theirs.items() if value.dtype.is_floating_point]
    # All at once: a kernel a tensor would be a tenth of a step on a GPU.
    torch._foreach_lerp_([ours[name] for name in floating], [theirs[name] for name in floating], 1 - decay)
    for name in theirs.keys() - set(floating):
        ours[name].copy_(theirs[name])


def mean_weights(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of copies of one run or of runs that began alike, tensor by tensor; counters of the last.

    Copies that are far apart on the path of one run make a better network than the last of them (Izmailov et al. 2018,
    section 3.2); so may short runs beside one another (Wortsman et al. 2022, section 3).
    """
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if last.dtype.is_floating_point else last
        for name, last in states[-1].items()
    }
