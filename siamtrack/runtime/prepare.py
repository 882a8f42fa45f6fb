"""A network made ready for tracking on a device."""

from __future__ import annotations

import torch

from siamtrack.nets.blocks import fold_batchnorm
from siamtrack.nets.siamese import SiameseNet
from siamtrack.runtime.winograd import use_winograd


def prepare(net: SiameseNet, device: torch.device) -> SiameseNet:
    """Evaluation mode, batch norms folded, channels-last, and on the CPU Winograd convolutions; changed in place.

    Outputs stay equal to float32 rounding; the keys of the state dict change, so weights must be loaded before.
    """
    net = fold_batchnorm(net.eval().requires_grad_(False))
    if device.type == "cpu":
        use_winograd(net)
    prepared: SiameseNet = net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return prepared
