"""Boxes and the coordinate convention of the whole library.

**Convention.** Coordinates are continuous pixels: pixel (column i, row j) covers the square [i, i+1) x [j, j+1), so an
image of width W spans [0, W] and the centre of its first pixel is (0.5, 0.5). Formats, always in the name:

    xywh     left, top, width, height - what people pass and get back; 0-based
    cxcywh   centre and size - what the tracking state and the networks use
    xyxy     left, top, right, bottom

OTB files are 1-based (their left-top corner is one pixel larger); `data` converts at the border.
Shape legend: N boxes or targets, 4 coordinates, ``...`` any leading shape. All functions are differentiable.
"""

from __future__ import annotations

import torch
from torch import Tensor


def xywh_to_cxcywh(box: Tensor) -> Tensor:
    """(..., 4) left, top, width, height -> centre x, centre y, width, height; exact inverse of `cxcywh_to_xywh`."""
    return torch.cat((box[..., :2] + box[..., 2:] / 2, box[..., 2:]), -1)


def cxcywh_to_xywh(box: Tensor) -> Tensor:
    """(..., 4) centre x, centre y, width, height -> left, top, width, height."""
    return torch.cat((box[..., :2] - box[..., 2:] / 2, box[..., 2:]), -1)


def cxcywh_to_xyxy(box: Tensor) -> Tensor:
    """(..., 4) centre x, centre y, width, height -> left, top, right, bottom."""
    half = box[..., 2:] / 2
    return torch.cat((box[..., :2] - half, box[..., :2] + half), -1)


def xyxy_to_cxcywh(box: Tensor) -> Tensor:
    """(..., 4) left, top, right, bottom -> centre x, centre y, width, height."""
    return torch.cat(((box[..., :2] + box[..., 2:]) / 2, box[..., 2:] - box[..., :2]), -1)


def iou_xyxy(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes paired along the leading shape; 0 where both are empty.

    Args:
        a, b: (..., 4) left, top, right, bottom; shapes broadcast.
    """
    intersection, union = _intersection_union(a, b)
    return intersection / union.clamp_min(1e-9)


def smoothed_iou_xyxy(a: Tensor, b: Tensor) -> Tensor:
    """(intersection + 1) / (union + 1) of boxes in pixels, never 0: the IoU that SiamBAN and SiamCAR train with."""
    intersection, union = _intersection_union(a, b)
    return (intersection + 1) / (union + 1)


def giou_xyxy(a: Tensor, b: Tensor) -> Tensor:
    """Generalised IoU in [-1, 1] (Rezatofighi et al., CVPR 2019, eq. 1) of boxes paired along the leading shape."""
    intersection, union = _intersection_union(a, b)
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1).clamp_min(1e-9)
    return intersection / union.clamp_min(1e-9) - (hull - union) / hull


def _intersection_union(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    side = torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])
    intersection = side.clamp_min(0).prod(-1)
    area_a = (a[..., 2:] - a[..., :2]).clamp_min(0).prod(-1)
    area_b = (b[..., 2:] - b[..., :2]).clamp_min(0).prod(-1)
    return intersection, area_a + area_b - intersection
