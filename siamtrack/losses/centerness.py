"""Labels and losses of SiamCAR (Guo et al., CVPR 2020), and the centre-ness that FCOS and SiamFC++ share with it.

Shape legend: N pairs, H W map. Boxes are cxcywh and points x, y, crop pixels relative to the crop's centre.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from siamtrack.geometry.boxes import cxcywh_to_xyxy, smoothed_iou_xyxy
from siamtrack.losses.selection import masked_mean, select_cross_entropy, where_positive


class CenternessLabels(NamedTuple):
    """positive_NHW: bool, every other cell is negative. center_NHW: centre-ness in [0, 1], 0 outside the box."""

    positive_NHW: Tensor
    center_NHW: Tensor


class CenternessLosses(NamedTuple):
    """Scalars: the sum that is minimised, and its parts before weighting."""

    total: Tensor
    cls: Tensor
    box: Tensor
    center: Tensor


def centerness_labels(box_N4: Tensor, present_N: Tensor, point_HW2: Tensor, core: float) -> CenternessLabels:
    """The cells in the middle of the box, and how central each is.

    Positive: farther than `core` half sides from all four sides. 0.6 is SiamCAR's (released
    `compute_targets_for_locations`), which leaves the middle 40 % of each side; 0 is the whole box, as SiamFC++ has it.

    Args:
        box_N4: the object's box.
        present_N: bool, false where the template's object is not in the search crop: no cell is positive.
        point_HW2: the places of the cells.
        core: share of half a side, in [0, 1).
    """
    offset_NHW2 = (point_HW2 - box_N4[:, None, None, :2]).abs()
    half_N112 = box_N4[:, None, None, 2:].clamp_min(1) / 2
    # The nearer side lies half - |offset| away, the farther one half + |offset|: the ratio of the two on each axis.
    near_NHW2, far_NHW2 = half_N112 - offset_NHW2, half_N112 + offset_NHW2
    positive_NHW = (near_NHW2 > core * half_N112).all(-1) & present_N[:, None, None]
    return CenternessLabels(positive_NHW, (near_NHW2.clamp_min(0) / far_NHW2).prod(-1).sqrt())


def centerness_losses(
    cls_NCHW: Tensor,
    pred_NHW4: Tensor,
    center_logit_NHW: Tensor,
    box_N4: Tensor,
    labels: CenternessLabels,
    *,
    box_weight: float,
    center_weight: float,
) -> CenternessLosses:
    """Cross-entropy, -log IoU weighted with the centre-ness, and the centre-ness itself (SiamCAR, section 3.2).

    Args:
        cls_NCHW: C = 2, class 1 is the target; before the softmax.
        pred_NHW4: decoded boxes. IoU is (intersection + 1) / (union + 1), as released.
        center_logit_NHW: before the sigmoid.
        box_weight, center_weight: against the classification loss.
    """
    positive_NHW, center_NHW = labels
    cls = select_cross_entropy(cls_NCHW, positive_NHW, ~positive_NHW)
    pred_NHW4, target_NHW4 = where_positive(pred_NHW4, box_N4, positive_NHW)
    cost_NHW = -smoothed_iou_xyxy(cxcywh_to_xyxy(pred_NHW4), cxcywh_to_xyxy(target_NHW4)).log()
    weight_NHW = center_NHW * positive_NHW
    # The middle 40 % of a box have a centre-ness of at least 3/7; the bound is for a batch without positives.
    box = (weight_NHW * cost_NHW).sum() / weight_NHW.sum().clamp_min(1e-6)
    cost_NHW = functional.binary_cross_entropy_with_logits(center_logit_NHW, center_NHW, reduction="none")
    center = masked_mean(cost_NHW, positive_NHW)
    return CenternessLosses(cls + box_weight * box + center_weight * center, cls, box, center)
