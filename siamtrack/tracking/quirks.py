"""Deviations of published trackers that presets with a published name reproduce; each has a test of its name.

Window: see `geometry.regions.Convention`.

Scales: see `tracking.pyramid`.

Pad colour: the pysot family, SiamDW and video_analyst truncate the frame's mean to whole grey levels, others round.

Box: pysot, its descendants and SiamDW read a box as centre = x + (w - 1) / 2 in coordinates that name pixel centres
(so far exact), but write x = centre - w / 2: the reported box lies half a pixel left of and above the state.

Clipping: they and video_analyst clip centres to [0, W] in those coordinates.

Long-term: pysot's long-term tracker keeps its state where the network saw it, outside the frame as well, and clips what
it reports alone.

Size: LightTrack mixes the new size into the state, and the mixture once more (`Lighttrack.update`).

Mask: SiamMask's trackers take the search region's side as it was rounded, put the mask's square half a pixel left of
and above its place, and fit it into a frame that they count from the centre of its first pixel to that of its last.
The original repository lets the mask's border fade towards -1, pysot towards 0.

Not reproduced: siamfc-pytorch lets boxes leave the frame and vanish; here every centre stays in the frame and every
side above `TrackConfig.min_size_px`. Where a mask is too small for a rotated box, the original repository of SiamMask
reports the box before it is kept in the frame, here it is the box that is reported.
"""

from __future__ import annotations

import torch
from torch import Tensor

from siamtrack.geometry.boxes import cxcywh_to_xywh
from siamtrack.geometry.regions import Convention, Region

_SHIFTING_BOXES: tuple[Convention, ...] = ("pysot", "dasiamrpn", "lighttrack")
_PIXEL_CENTRES: tuple[Convention, ...] = (*_SHIFTING_BOXES, "siamfcpp")

_PIXEL_SHIFT = 0.5  # from continuous coordinates to those that name pixel centres


def pad_color(mean_B3: Tensor, convention: Convention) -> Tensor:
    """(B, 3) what is seen beyond a frame of that mean colour; `crop` rounds it to whole grey levels."""
    return mean_B3.floor() if convention in _PIXEL_CENTRES else mean_B3


def reported_shift(convention: Convention) -> float:
    """How far left of and above its place the tracker reports everything, pixels."""
    return _PIXEL_SHIFT if convention in _SHIFTING_BOXES else 0.0


def reported_box(center_N2: Tensor, size_N2: Tensor, convention: Convention) -> Tensor:
    """(N, 4) xywh as the tracker reports it, of a state that is kept in the frame."""
    return cxcywh_to_xywh(torch.cat((center_N2 - reported_shift(convention), size_N2), -1))


def clip_center(center_N2: Tensor, frame_size_N2: Tensor, convention: Convention) -> Tensor:
    """Keep centres inside the frame, as the tracker counts it."""
    shift = _PIXEL_SHIFT if convention in _PIXEL_CENTRES else 0.0
    return torch.minimum((center_N2 - shift).clamp_min(0), frame_size_N2) + shift


def size_rate(rate_N: Tensor, convention: Convention) -> Tensor:
    """(N,) share of the new size that enters the state, 0-1, where one mixing lets `rate_N` enter."""
    return rate_N.square() if convention == "lighttrack" else rate_N


def mask_region(region: Region, convention: Convention) -> Region:
    """The search region as masks see it."""
    return Region(region.center_N2, region.side_N.round()) if convention in _SHIFTING_BOXES else region


def pasted_box(box_N4: Tensor, mask_px: int, frame_size_N2: Tensor, convention: Convention) -> Tensor:
    """(N, 4) xywh where masks are pasted whose place is `box_N4`, xywh, frame pixels."""
    if convention not in _SHIFTING_BOXES:
        return box_N4
    shrink_N2 = (frame_size_N2 - 1) / frame_size_N2
    corner_N2, size_N2 = (box_N4[:, :2] - _PIXEL_SHIFT) * shrink_N2, box_N4[:, 2:] * shrink_N2
    # The corner is that of the first mask pixel's centre, in coordinates that name pixel centres.
    return torch.cat((corner_N2 + _PIXEL_SHIFT - size_N2 / (2 * mask_px), size_N2), 1)


def mask_outside(convention: Convention) -> float:
    """See `geometry.masks.PlacedMask.outside`."""
    return -1.0 if convention == "dasiamrpn" else 0.0
