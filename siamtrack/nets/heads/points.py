"""Heads whose cells say how far the four sides of the box are away (FCOS, Tian et al. 2019, section 3.1).

Shape legend: N rows, H W cells.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from siamtrack.geometry.boxes import xyxy_to_cxcywh
from siamtrack.geometry.grids import point_grid

# Far beyond any crop and far below any target: boxes are finite and never empty whatever the network says.
_LEAST_PX, _MOST_PX = 1e-2, 1e3


def exp_distance(raw_N4HW: Tensor) -> Tensor:
    """Raw maps -> positive distances, crop pixels, as SiamBAN and SiamCAR have them; bounded above."""
    return raw_N4HW.clamp_max(math.log(_MOST_PX)).exp()


def distance_boxes(distance_N4HW: Tensor, stride: int, on_cell: bool = False) -> Tensor:
    """(N, 1, H, W, 4) cxcywh, crop pixels relative to the crop's centre.

    Args:
        distance_N4HW: from the centre of each cell to the left, top, right and bottom side, crop pixels.
        stride: of the map, crop pixels.
        on_cell: see `point_grid`.
    """
    points_HW2 = point_grid(distance_N4HW.shape[-1], stride, distance_N4HW.device, on_cell)
    distance_NHW4 = distance_N4HW.float().clamp(_LEAST_PX, _MOST_PX).permute(0, 2, 3, 1)
    left_top, right_bottom = distance_NHW4.split(2, -1)
    return xyxy_to_cxcywh(torch.cat((points_HW2 - left_top, points_HW2 + right_bottom), -1))[:, None]


def target_score(cls_N2HW: Tensor) -> Tensor:
    """(N, 1, H, W) in [0, 1]: the softmax share of channel 1, the target."""
    return cls_N2HW.float().softmax(1)[:, 1:]
