"""A network made ready for tracking on a device."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

from siamtrack.nets.blocks import fold_batchnorm
from siamtrack.runtime.winograd import use_winograd

Net = TypeVar("Net", bound=nn.Module)


def prepare(net: Net, device: torch.device) -> Net:
    """Evaluation mode, batch norms folded, channels-last, and on the CPU Winograd convolutions; changed in place.

    Outputs stay equal to float32 rounding; the keys of the state dict change, so weights must be loaded before.
    """
    net = fold_batchnorm(net.eval().requires_grad_(False))
    if device.type == "cpu":
        use_winograd(net)
    prepared: Net = net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return prepared
