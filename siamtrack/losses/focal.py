"""Focal loss, and the losses of SiamFC++ (Xu et al., AAAI 2020).

Shape legend: N pairs, H W map. Boxes are cxcywh, crop pixels relative to the crop's centre.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from siamtrack.geometry.boxes import cxcywh_to_xyxy, iou_xyxy
from siamtrack.losses.centerness import CenternessLabels
from siamtrack.losses.selection import masked_mean, where_positive

_LEAST_IOU = 1e-6  # a positive cell's box always overlaps, if only by a sliver; the logarithm must stay finite


class FocalLosses(NamedTuple):
    """Scalars: the sum that is minimised, and its parts before weighting."""

    total: Tensor
    cls: Tensor
    box: Tensor
    center: Tensor


def sigmoid_focal(logit: Tensor, positive: Tensor, *, alpha: float, gamma: float) -> Tensor:
    """-alpha_t (1 - p_t)^gamma log(p_t) of every cell (Lin et al. 2017, eq. 5).

    Args:
        logit: before the sigmoid, any shape.
        positive: bool, of the same shape.
        alpha: weight of positives; negatives have 1 - alpha.
        gamma: how much well classified cells are discounted.
    """
    # p_t is the sigmoid of the logit, or of its negative where the cell is negative.
    logit_t = torch.where(positive, logit, -logit)
    alpha_t = torch.where(positive, alpha, 1 - alpha)
    return -alpha_t * torch.sigmoid(-logit_t).pow(gamma) * functional.logsigmoid(logit_t)


def focal_losses(
    cls_logit_NHW: Tensor,
    pred_NHW4: Tensor,
    center_logit_NHW: Tensor,
    box_N4: Tensor,
    labels: CenternessLabels,
    *,
    alpha: float,
    gamma: float,
    box_weight: float,
    center_weight: float,
) -> FocalLosses:
    """Focal loss, -log IoU and centre-ness, each divided by the batch's number of positive cells (SiamFC++).

    The entropy of the true centre-ness is taken off its cross-entropy, so that a perfect guess costs nothing; the
    gradient is the same (video_analyst `SigmoidCrossEntropyCenterness`).

    Args:
        cls_logit_NHW, center_logit_NHW: before the sigmoid.
        pred_NHW4: decoded boxes.
        labels: `centerness_labels` with core 0: every cell inside the box is positive.
        alpha, gamma: see `sigmoid_focal`.
        box_weight, center_weight: against the classification loss.
    """
    positive_NHW, center_NHW = labels
    focal_NHW = sigmoid_focal(cls_logit_NHW, positive_NHW, alpha=alpha, gamma=gamma)
    cls = focal_NHW.sum() / positive_NHW.sum().clamp_min(1)
    pred_NHW4, target_NHW4 = where_positive(pred_NHW4, box_N4, positive_NHW)
    iou_NHW = iou_xyxy(cxcywh_to_xyxy(pred_NHW4), cxcywh_to_xyxy(target_NHW4))
    box = masked_mean(-iou_NHW.clamp_min(_LEAST_IOU).log(), positive_NHW)
    cost_NHW = functional.binary_cross_entropy_with_logits(center_logit_NHW, center_NHW, reduction="none")
    least_NHW = torch.special.entr(center_NHW) + torch.special.entr(1 - center_NHW)
    center = masked_mean(cost_NHW - least_NHW, positive_NHW)
    return FocalLosses(cls + box_weight * box + center_weight * center, cls, box, center)
