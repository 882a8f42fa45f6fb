"""Square regions round a target, the mapping between frame and crop, and how a region is snapped to whole pixels.

Shape legend: N regions, 2 = (x, y).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Convention = Literal["exact", "pysot", "dasiamrpn", "siamfc", "siamfcpp", "lighttrack"]
"""Whose habits a tracker follows; here, how a region becomes a window of whole pixels, and which of the two maps
coordinates back to the frame. `tracking.quirks` lists what else goes with it.

exact       nearest whole pixels; coordinates map back through the window that was really cut, so nothing is lost
siamfc      siamfc-pytorch: nearest whole pixels; coordinates map back through the region as it was before rounding
pysot       pysot and its descendants: corner floor(centre - side/2 - 0.5), up to one pixel left of and above the
            nearest; coordinates map back through the region as it was before rounding
dasiamrpn   DaSiamRPN and SiamDW: as pysot, but halves of corners are rounded to the even number, as Python 3 does: at
            targets whose centre was clipped to the frame's border. SiamDW's RPN rounds halves of sides upwards, here
            they too go to the even number
lighttrack  as dasiamrpn, but halves of sides are rounded upwards, as Python 2 did (`python2round`)
siamfcpp    video_analyst: the side is rounded, the corner stays where it is, and the crop's corner pixels are centred
            on those of the window, see `geometry.crop.crop`; coordinates map back through the region before rounding
"""


@dataclass(frozen=True)
class Region:
    """N squares in a frame.

    Attributes:
        center_N2: centres, frame pixels.
        side_N: side lengths, frame pixels.
    """

    center_N2: Tensor
    side_N: Tensor

    def to_frame(self, point: Tensor, out_px: int) -> Tensor:
        """Crop coordinates relative to the crop's centre, (N, ..., 2) crop pixels -> frame pixels."""
        shape = (-1,) + (1,) * (point.ndim - 2)
        return self.center_N2.view(*shape, 2) + point * (self.side_N / out_px).view(*shape, 1)

    def to_crop(self, point: Tensor, out_px: int) -> Tensor:
        """Frame coordinates (N, ..., 2) -> crop pixels relative to the crop's centre; inverse of `to_frame`."""
        shape = (-1,) + (1,) * (point.ndim - 2)
        return (point - self.center_N2.view(*shape, 2)) * (out_px / self.side_N).view(*shape, 1)


def context_side(size: Tensor, context: float = 0.5) -> Tensor:
    """Side of the template square: sqrt((w + p)(h + p)), p = context * (w + h).

    SiamFC section 4.1 with context 0.5 (p is a quarter of the perimeter on each side); every later member of the family
    keeps it. Also the size measure of the scale penalty (SiamRPN, eq. 13).

    Args:
        size: (..., 2) width and height, any unit.

    Returns:
        (...,) in the same unit.
    """
    padding = context * size.sum(-1, keepdim=True)
    return (size + padding).prod(-1).sqrt()


def snap(region: Region, rule: Convention) -> tuple[Region, Region]:
    """The whole-pixel window to cut for a region, and the region through which coordinates map back.

    Returns:
        (window, mapping): the window has a whole-pixel side (at least 2 px) and, but for "siamfcpp", corner; see
        `Convention`.
    """
    side_N = (region.side_N + 0.5).floor() if rule == "lighttrack" else region.side_N.round()
    side_N = side_N.clamp_min(2.0)
    if rule == "siamfcpp":
        return Region(region.center_N2, side_N), region
    half_N1 = side_N[:, None] / 2
    if rule == "pysot":
        corner_N2 = torch.floor(region.center_N2 - half_N1 - 0.5)
    elif rule in ("dasiamrpn", "lighttrack"):
        corner_N2 = torch.round(region.center_N2 - half_N1 - 1)
    else:
        corner_N2 = torch.round(region.center_N2 - half_N1)
    window = Region(corner_N2 + half_N1, side_N)
    return window, window if rule == "exact" else region


def aligns_corners(rule: Convention) -> bool:
    """Whether `geometry.crop.crop` is to align corners in windows that were snapped by this rule."""
    return rule == "siamfcpp"
