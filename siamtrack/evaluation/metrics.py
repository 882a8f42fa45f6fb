"""Scores as pure functions of arrays. Shape legend: T frames. Boxes are xywh, pixels."""

from __future__ import annotations

import numpy as np

_SUCCESS_THRESHOLDS = np.linspace(0, 1, 21)  # OTB toolkit: 0:0.05:1
_PRECISION_PX = 20.0  # OTB toolkit


def iou(a_T4: np.ndarray, b_T4: np.ndarray) -> np.ndarray:
    """(T,) intersection over union; 0 where either box is empty or not finite."""
    left_top = np.maximum(a_T4[:, :2], b_T4[:, :2])
    right_bottom = np.minimum(a_T4[:, :2] + a_T4[:, 2:], b_T4[:, :2] + b_T4[:, 2:])
    intersection_T = np.clip(right_bottom - left_top, 0, None).prod(1)
    union_T = a_T4[:, 2:].prod(1) + b_T4[:, 2:].prod(1) - intersection_T
    valid_T = (a_T4[:, 2:] > 0).all(1) & (b_T4[:, 2:] > 0).all(1) & np.isfinite(union_T)
    return np.where(valid_T, intersection_T / np.where(valid_T, union_T, 1), 0.0)


def success_auc(iou_T: np.ndarray) -> float:
    """Mean over 21 thresholds of the share of frames whose IoU is strictly greater (OTB; a perfect run has 20/21)."""
    return float((iou_T[:, None] > _SUCCESS_THRESHOLDS).mean())


def precision(pred_T4: np.ndarray, truth_T4: np.ndarray) -> float:
    """Share of frames whose centres lie at most 20 pixels apart; frames without ground truth count as failures."""
    distance_T = np.linalg.norm(pred_T4[:, :2] + pred_T4[:, 2:] / 2 - truth_T4[:, :2] - truth_T4[:, 2:] / 2, axis=1)
    return float(((distance_T <= _PRECISION_PX) & (truth_T4[:, 2:] > 0).all(1)).mean())
