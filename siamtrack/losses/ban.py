"""Labels and losses of SiamBAN (Chen et al., CVPR 2020); NanoTrack is trained with the same.

Shape legend: N pairs, H W map. Boxes are cxcywh and points x, y, crop pixels relative to the crop's centre.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from siamtrack.geometry.boxes import cxcywh_to_xyxy, giou_xyxy, smoothed_iou_xyxy
from siamtrack.losses.selection import draw_samples, masked_mean, select_cross_entropy, where_positive

Overlap = Literal["iou", "giou"]
_OVERLAP = {"iou": smoothed_iou_xyxy, "giou": giou_xyxy}


class BanLabels(NamedTuple):
    """The cells drawn, bool; the others are ignored."""

    positive_NHW: Tensor
    negative_NHW: Tensor


class BanLosses(NamedTuple):
    """Scalars: the sum that is minimised, and its parts before weighting."""

    total: Tensor
    cls: Tensor
    box: Tensor


def ban_labels(
    box_N4: Tensor, present_N: Tensor, point_HW2: Tensor, generator: torch.Generator | None = None
) -> BanLabels:
    """Draw the cells that are taught (SiamBAN, "Ground-truth and Loss").

    Of a pair whose object is present: at most 16 positives inside the ellipse of semi-axes w/4, h/4, at most 48
    negatives outside that of w/2, h/2. Of a pair whose object is absent: at most 16 negatives inside the inner ellipse
    of the object that is there instead (the released `PointTarget`).

    Args:
        box_N4: the object's box; of the other object where the pair is negative.
        present_N: bool, the template's object is in the search crop.
        point_HW2: the places of the cells.
        generator: of the boxes' device, of the draws; None is torch's own.
    """
    half_N112 = box_N4[:, None, None, 2:].clamp_min(1) / 2
    radius_NHW = ((point_HW2 - box_N4[:, None, None, :2]) / half_N112).square().sum(-1)
    inside_NHW, outside_NHW = radius_NHW < 0.25, radius_NHW > 1
    return BanLabels(*draw_samples(inside_NHW, outside_NHW, inside_NHW, present_N, generator))


def ban_losses(
    cls_NCHW: Tensor, pred_NHW4: Tensor, box_N4: Tensor, labels: BanLabels, *, box_weight: float, overlap: Overlap
) -> BanLosses:
    """Cross-entropy, and 1 - IoU as the mean over the batch's positive cells (SiamBAN, "Ground-truth and Loss").

    Args:
        cls_NCHW: C = 2, class 1 is the target; before the softmax.
        pred_NHW4: decoded boxes.
        box_weight: of the box loss against the classification loss.
        overlap: "iou" is (intersection + 1) / (union + 1), as released; "giou" generalised IoU.
    """
    cls = select_cross_entropy(cls_NCHW, labels.positive_NHW, labels.negative_NHW)
    pred_NHW4, target_NHW4 = where_positive(pred_NHW4, box_N4, labels.positive_NHW)
    overlap_NHW = _OVERLAP[overlap](cxcywh_to_xyxy(pred_NHW4), cxcywh_to_xyxy(target_NHW4))
    box = masked_mean(1 - overlap_NHW, labels.positive_NHW)
    return BanLosses(cls + box_weight * box, cls, box)
