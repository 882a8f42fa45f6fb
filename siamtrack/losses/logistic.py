"""Labels and logistic loss of a response map (SiamFC).

Shape legend: N pairs, H W map. Boxes are cxcywh, crop pixels relative to the crop's centre.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from siamtrack.geometry.grids import point_grid

Distance = Literal["block", "euclidean"]
_ORDER: dict[Distance, float] = {"block": 1.0, "euclidean": 2.0}


class LogisticLosses(NamedTuple):
    """Scalars: the sum that is minimised, and what positive and negative cells contribute to it."""

    total: Tensor
    positive: Tensor
    negative: Tensor


def radius_labels(
    box_N4: Tensor, present_N: Tensor, cells: int, stride: int, radius_px: float, distance: Distance
) -> Tensor:
    """The cells at most a radius from the object's centre (SiamFC, section 2.2); the others are negative.

    The published crops hold the object in the middle; here it may lie anywhere, and the labels follow it.

    Args:
        present_N: bool, false where the template's object is not in the search crop: no cell is positive.
        radius_px: crop pixels.
        distance: "block", |dx| + |dy|, as siamfc-pytorch and SiamDW measure, or "euclidean", as MatConvNet's SiamFC.

    Returns:
        positive_NHW: bool.
    """
    offset_NHW2 = point_grid(cells, stride, box_N4.device)[None] - box_N4[:, None, None, :2]
    distance_NHW = torch.linalg.vector_norm(offset_NHW2, _ORDER[distance], -1)
    return (distance_NHW <= radius_px) & present_N[:, None, None]


def logistic_losses(response_NHW: Tensor, positive_NHW: Tensor) -> LogisticLosses:
    """Logistic loss in which the positive and the negative cells of each map weigh one half (SiamFC, section 2.2).

    A map without positive cells is the mean of its negative ones, as siamfc-pytorch's weights, which add up to one.

    Args:
        response_NHW: before the sigmoid.
        positive_NHW: bool; every other cell is negative.
    """
    count_N11 = positive_NHW.sum((1, 2), keepdim=True)
    rest_N11 = positive_NHW[0].numel() - count_N11
    half_N11 = (count_N11 > 0) / 2
    weight_NHW = torch.where(
        positive_NHW, half_N11 / count_N11.clamp_min(1), (1 - half_N11) / rest_N11.clamp_min(1)
    ) / len(positive_NHW)
    cost_NHW = functional.softplus(torch.where(positive_NHW, -response_NHW, response_NHW)) * weight_NHW
    positive, negative = (cost_NHW * positive_NHW).sum(), (cost_NHW * ~positive_NHW).sum()
    return LogisticLosses(positive + negative, positive, negative)
