"""What passes between the parts of a network, and what a network says about its input.

Shape legend: N targets (rows), A anchors or score planes of a cell, C H W as usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

Features = tuple[Tensor, ...]
"""Backbone features, (N, C, H, W), one tensor a level; most light networks have one level."""

Kernels = tuple[Tensor, ...]
"""The head's half of the work that depends on the template alone. First dimension N in every tensor."""


class HeadOutput(NamedTuple):
    """Raw maps of a head.

    Attributes:
        cls_NCHW: classification maps before any sigmoid or softmax.
        loc_NCHW: box regression maps in the head's own parametrisation, None for heads that give no boxes.
        center_N1HW: centre-ness logits, None for heads that judge a cell by its class alone.
        mask_NCHW: logits of one mask a cell, its pixels along C, row by row; None where nobody asked for masks.
        mask_features: what `SiameseNet.refine` makes sharp masks of chosen cells from; None from heads without masks.
    """

    cls_NCHW: Tensor
    loc_NCHW: Tensor | None
    center_N1HW: Tensor | None = None
    mask_NCHW: Tensor | None = None
    mask_features: Features | None = None


class Candidates(NamedTuple):
    """Decoded candidates; the map layout is kept, because some selectors interpolate it.

    Attributes:
        score_NAHW: score in [0, 1], or an unbounded response for heads that give no boxes.
        box_NAHW4: cxcywh, crop pixels relative to the crop's centre; None for heads that give no boxes.
        class_NAHW: the part of the score that says what a cell shows, in [0, 1], from heads whose score also says how
            central the cell is, None from others.
    """

    score_NAHW: Tensor
    box_NAHW4: Tensor | None
    class_NAHW: Tensor | None = None


@dataclass(frozen=True)
class NetSpec:
    """What a network expects to see; part of a checkpoint's meaning.

    Attributes:
        template_px: side of the template crop, pixels.
        search_px: side of the search crop, pixels.
        stride: of the response map, crop pixels.
        channels: channel order of the input.
        mean: subtracted from each channel, 0-255 scale, in the network's channel order.
        std: each channel is divided by it.
    """

    template_px: int
    search_px: int
    stride: int
    channels: str = "bgr"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
