"""Adjusting the levels of a deep backbone before the head (SiamRPN++, Li et al. 2019, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from siamtrack.nets.types import Features

# Template maps, 15 cells, are narrower and lose the ring that saw padding: 7 cells of 8 pixels remain, about the
# target. Search maps are wider and stay whole. pysot cuts out the centre 7, SiamMask cuts 4 off each side; the two
# differ for its second training stage alone, whose search maps of 17 cells keep 9.
_WIDEST_TEMPLATE = 19
_RING = 4


class Neck(nn.Module):
    """Each level to fewer channels by 1x1 convolution and batch norm; template maps to their centre.

    Args:
        inputs: channels of each level.
        outputs: channels of each level afterwards.
    """

    def __init__(self, inputs: Sequence[int], outputs: Sequence[int]) -> None:
        super().__init__()
        self.outputs = tuple(outputs)
        self.levels = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))
            for before, after in zip(inputs, outputs, strict=True)
        )

    def forward(self, features: Features) -> Features:
        return tuple(_center(level(x)) for level, x in zip(self.levels, features, strict=True))


def _center(x_NCHW: Tensor) -> Tensor:
    inner = slice(_RING, -_RING) if x_NCHW.shape[-1] <= _WIDEST_TEMPLATE else slice(None)
    return x_NCHW[..., inner, inner]
