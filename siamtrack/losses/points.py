"""Labels and losses of point heads (one score and four distances a cell).

Shape legend: N pairs, H W map. Boxes are cxcywh, crop pixels relative to the crop's centre.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from siamtrack.geometry.boxes import cxcywh_to_xyxy, giou_xyxy, iou_xyxy
from siamtrack.geometry.grids import point_grid
from siamtrack.losses.selection import where_positive

_BOX_WEIGHT = 1.5
_NEGATIVE_WEIGHT = 0.7
# A positive cell whose box is still poor is taught this much: the score must rise before the boxes are good.
_LEAST_POSITIVE_SCORE = 0.3


class PointLosses(NamedTuple):
    """Scalars: the sum that is minimised, its parts, and the mean IoU of the positive cells' boxes."""

    total: Tensor
    positive: Tensor
    negative: Tensor
    box: Tensor
    mean_iou: Tensor


def ellipse_labels(box_N4: Tensor, present_N: Tensor, cells: int, stride: int) -> tuple[Tensor, Tensor]:
    """Which cells should fire and which should not (SiamBAN, section 3.3).

    Positive: inside the ellipse of semi-axes w/4, h/4, and always the nearest cell. Negative: outside the ellipse of
    semi-axes w/2, h/2. Cells between are ignored. Where the object is not present every cell is negative.

    Args:
        present_N: bool.

    Returns:
        positive_NHW, negative_NHW: bool.
    """
    offset_NHW2 = point_grid(cells, stride, box_N4.device)[None] - box_N4[:, None, None, :2]
    half_N112 = box_N4[:, None, None, 2:].clamp_min(1) / 2
    radius_NHW = (offset_NHW2 / half_N112).square().sum(-1)
    distance_NHW = offset_NHW2.square().sum(-1)
    nearest_NHW = distance_NHW == distance_NHW.amin((1, 2), keepdim=True)
    present_N11 = present_N[:, None, None]
    positive_NHW = ((radius_NHW <= 0.25) | nearest_NHW) & present_N11
    return positive_NHW, (radius_NHW > 1) & ~positive_NHW | ~present_N11


def point_losses(
    score_logit_NHW: Tensor, pred_NHW4: Tensor, box_N4: Tensor, present_N: Tensor, stride: int
) -> PointLosses:
    """Quality-aware score and GIoU box losses, each divided by the batch's number of positive cells.

    The score of a positive cell is taught the IoU that its box has (as in generalised focal loss, Li et al. 2020); a
    negative cell's loss is weighted with its squared probability, so that the many easy ones do not drown the rest.

    Args:
        score_logit_NHW: before the sigmoid.
        pred_NHW4: decoded boxes, cxcywh.
        box_N4: the object's box.
        present_N: bool, false where the template's object is not in the search crop.
    """
    positive_NHW, negative_NHW = ellipse_labels(box_N4, present_N, score_logit_NHW.shape[-1], stride)
    count = positive_NHW.sum().clamp_min(1)
    corners_NHW4, truth_NHW4 = map(cxcywh_to_xyxy, where_positive(pred_NHW4, box_N4, positive_NHW))
    iou_NHW = iou_xyxy(corners_NHW4, truth_NHW4).detach() * positive_NHW
    box = ((1 - giou_xyxy(corners_NHW4, truth_NHW4)) * positive_NHW).sum() / count
    taught_NHW = iou_NHW.clamp_min(_LEAST_POSITIVE_SCORE)
    cost_NHW = functional.binary_cross_entropy_with_logits(score_logit_NHW, taught_NHW, reduction="none")
    weight_NHW = score_logit_NHW.detach().sigmoid().square() * negative_NHW
    positive = (cost_NHW * positive_NHW).sum() / count
    negative = (weight_NHW * functional.softplus(score_logit_NHW)).sum() / count
    total = positive + _NEGATIVE_WEIGHT * negative + _BOX_WEIGHT * box
    return PointLosses(total, positive, negative, box, iou_NHW.sum() / count)
