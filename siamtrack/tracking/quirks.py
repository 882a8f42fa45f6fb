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

Not reproduced: siamfc-pytorch lets boxes leave the frame and vanish; here every centre stays in the frame and every
side above `TrackConfig.min_size_px`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from siamtrack.geometry.boxes import cxcywh_to_xywh
from siamtrack.geometry.regions import Convention

_SHIFTING_BOXES: tuple[Convention, ...] = ("pysot", "dasiamrpn", "lighttrack")
_PIXEL_CENTRES: tuple[Convention, ...] = (*_SHIFTING_BOXES, "siamfcpp")

_PIXEL_SHIFT = 0.5  # from continuous coordinates to those that name pixel centres


def pad_color(mean_B3: Tensor, convention: Convention) -> Tensor:
    """(B, 3) what is seen beyond a frame of that mean colour; `crop` rounds it to whole grey levels."""
    return mean_B3.floor() if convention in _PIXEL_CENTRES else mean_B3


def reported_box(center_N2: Tensor, size_N2: Tensor, convention: Convention) -> Tensor:
    """(N, 4) xywh as the tracker reports it, of a state that is kept in the frame."""
    shift = _PIXEL_SHIFT if convention in _SHIFTING_BOXES else 0.0
    return cxcywh_to_xywh(torch.cat((center_N2 - shift, size_N2), -1))


def clip_center(center_N2: Tensor, frame_size_N2: Tensor, convention: Convention) -> Tensor:
    """Keep centres inside the frame, as the tracker counts it."""
    shift = _PIXEL_SHIFT if convention in _PIXEL_CENTRES else 0.0
    return torch.minimum((center_N2 - shift).clamp_min(0), frame_size_N2) + shift


def size_rate(rate_N: Tensor, convention: Convention) -> Tensor:
    """(N,) share of the new size that enters the state, 0-1, where one mixing lets `rate_N` enter."""
    return rate_N.square() if convention == "lighttrack" else rate_N
