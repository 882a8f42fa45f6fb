"""From the colours of frames to those that a network was trained on."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from siamtrack.nets.types import NetSpec


class Normalise(nn.Module):
    """BGR 0-255 -> a network's own channel order and range; it has no weights, and no keys in a state dict.

    Args:
        spec: of the network.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        self._flipped = spec.channels == "rgb"
        self._as_is = spec.std == (1.0, 1.0, 1.0) and spec.mean == (0.0, 0.0, 0.0)
        self.register_buffer("mean", torch.tensor(spec.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, crop_N3HW: Tensor) -> Tensor:
        """(N, 3, H, W) BGR 0-255 -> the same shape."""
        if self._flipped:
            crop_N3HW = crop_N3HW.flip(1)
        return crop_N3HW if self._as_is else (crop_N3HW - self.mean) / self.std
