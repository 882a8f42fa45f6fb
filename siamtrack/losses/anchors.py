"""Labels and losses of anchor heads (SiamRPN, DaSiamRPN, SiamRPN++), as pysot trains them.

Shape legend: N pairs, A anchors of a cell, H W map. Boxes and anchors are cxcywh, crop pixels relative to the crop's
centre.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from siamtrack.geometry.boxes import cxcywh_to_xyxy, iou_xyxy
from siamtrack.losses.selection import draw_samples, select_cross_entropy

# SiamRPN, section 3.3; pysot TRAIN.THR_HIGH and THR_LOW.
_POSITIVE_IOU = 0.6
_NEGATIVE_IOU = 0.3
# pysot `AnchorTarget`: an absent object's negatives are drawn from 7 x 7 cells.
_NEAR_CELLS = 7


class AnchorLabels(NamedTuple):
    """positive_NAHW, negative_NAHW: bool, the anchors drawn; the others are ignored. delta_NAHW4: the box, encoded."""

    positive_NAHW: Tensor
    negative_NAHW: Tensor
    delta_NAHW4: Tensor


class AnchorLosses(NamedTuple):
    """Scalars: the sum that is minimised, and its parts before weighting."""

    total: Tensor
    cls: Tensor
    box: Tensor


def encode_anchors(box_N4: Tensor, anchor_AHW4: Tensor) -> Tensor:
    """(N, A, H, W, 4) dx, dy, dw, dh of a box from every anchor (SiamRPN, section 3.2; Faster R-CNN)."""
    box_N1114 = box_N4[:, None, None, None]
    center = (box_N1114[..., :2] - anchor_AHW4[..., :2]) / anchor_AHW4[..., 2:]
    size = (box_N1114[..., 2:].clamp_min(1) / anchor_AHW4[..., 2:]).log()
    return torch.cat((center, size), -1)


def anchor_labels(
    box_N4: Tensor,
    present_N: Tensor,
    anchor_AHW4: Tensor,
    stride: int,
    generator: torch.Generator | None = None,
) -> AnchorLabels:
    """Draw the anchors that are taught (pysot `AnchorTarget`).

    Of a pair whose object is present: at most 16 positives among the anchors with an IoU above 0.6, at most 48
    negatives among those below 0.3. Of a pair whose object is absent: at most 16 negatives in the 7 x 7 cells about the
    object that is there instead, counted from the cell nearest to it (pysot's own rounding is one cell off to the lower
    right).

    Args:
        box_N4: the object's box; of the other object where the pair is negative.
        present_N: bool, the template's object is in the search crop.
        anchor_AHW4: cells lie at whole strides from the crop's centre.
        stride: of the map, crop pixels.
        generator: of the boxes' device, of the draws; None is torch's own.
    """
    box_N1114 = box_N4[:, None, None, None]
    iou_NAHW = iou_xyxy(cxcywh_to_xyxy(box_N1114), cxcywh_to_xyxy(anchor_AHW4))
    cell_N1112 = (box_N1114[..., :2] / stride).round() * stride
    away_NAHW = (anchor_AHW4[..., :2] - cell_N1112).abs().amax(-1)
    positive_NAHW, negative_NAHW = draw_samples(
        iou_NAHW > _POSITIVE_IOU,
        iou_NAHW < _NEGATIVE_IOU,
        away_NAHW < stride * _NEAR_CELLS / 2,
        present_N,
        generator,
    )
    return AnchorLabels(positive_NAHW, negative_NAHW, encode_anchors(box_N4, anchor_AHW4))


def anchor_losses(
    cls_NCHW: Tensor, loc_NCHW: Tensor, labels: AnchorLabels, *, box_weight: float, smooth: float
) -> AnchorLosses:
    """Cross-entropy and (smooth) L1 losses.

    The box loss of a pair is the mean over its positive anchors of the sum over the four offsets; the batch's is the
    mean over all its pairs, also those without positives (pysot `weight_l1_loss`).

    Args:
        cls_NCHW: C = 2A, class-major, class 1 is the target; before the softmax.
        loc_NCHW: C = 4A, dx, dy, dw, dh major.
        box_weight: of the box loss against the classification loss.
        smooth: errors below it cost quadratically; 0 is plain L1, as in pysot. SiamRPN, section 3.2, has
            smooth L1 with a sigma: 1 / sigma^2 here.
    """
    anchors = labels.positive_NAHW.shape[1]
    cls = select_cross_entropy(cls_NCHW.unflatten(1, (2, anchors)), labels.positive_NAHW, labels.negative_NAHW)
    loc_NAHW4 = loc_NCHW.unflatten(1, (4, anchors)).movedim(1, -1)
    error_NAHW = functional.smooth_l1_loss(loc_NAHW4, labels.delta_NAHW4, reduction="none", beta=smooth).sum(-1)
    count_N = labels.positive_NAHW.sum((1, 2, 3)).clamp_min(1)
    box_N = torch.where(labels.positive_NAHW, error_NAHW, 0).sum((1, 2, 3)) / count_N
    box = box_N.mean()
    return AnchorLosses(cls + box_weight * box, cls, box)
