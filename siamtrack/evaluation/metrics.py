"""Scores as pure functions of arrays; boxes are xywh, pixels.

Shape legend: F frames, K points of a curve, S sequences.
"""

from __future__ import annotations

import numpy as np


def iou(a_F4: np.ndarray, b_F4: np.ndarray) -> np.ndarray:
    """(F,) intersection over union; 0 where either box is empty or not finite."""
    left_top = np.maximum(a_F4[:, :2], b_F4[:, :2])
    right_bottom = np.minimum(a_F4[:, :2] + a_F4[:, 2:], b_F4[:, :2] + b_F4[:, 2:])
    intersection_F = np.clip(right_bottom - left_top, 0, None).prod(1)
    union_F = a_F4[:, 2:].prod(1) + b_F4[:, 2:].prod(1) - intersection_F
    valid_F = (a_F4[:, 2:] > 0).all(1) & (b_F4[:, 2:] > 0).all(1) & np.isfinite(union_F)
    return np.where(valid_F, intersection_F / np.where(valid_F, union_F, 1), 0.0)


def center_offset(a_F4: np.ndarray, b_F4: np.ndarray) -> np.ndarray:
    """(F, 2) from the centres of b to those of a."""
    return a_F4[:, :2] + a_F4[:, 2:] / 2 - b_F4[:, :2] - b_F4[:, 2:] / 2


def frames_per_second(seconds_F: np.ndarray) -> float:
    """From the seconds that frames took; those that are not finite and positive are left out, NaN if none is left."""
    taken_F = seconds_F[np.isfinite(seconds_F) & (seconds_F > 0)]
    return float(1 / taken_F.mean()) if len(taken_F) else float("nan")


def clip_to_image(boxes_F4: np.ndarray, size_F2: np.ndarray) -> np.ndarray:
    """Boxes cut at the image border: corner into the image first, then the size (as got10k does)."""
    corner_F2 = np.clip(boxes_F4[:, :2], 0, size_F2)
    return np.hstack((corner_F2, np.clip(boxes_F4[:, 2:], 0, size_F2 - corner_F2)))


def count_above(values_F: np.ndarray, thresholds_K: np.ndarray, starts_S: np.ndarray, strict: bool) -> np.ndarray:
    """(S, K) number of frames of each sequence above (or, not strict, at) each threshold.

    Args:
        starts_S: index of each sequence's first frame in `values_F`; every sequence has a frame.
    """
    compare = np.greater if strict else np.greater_equal
    return np.add.reduceat(compare(values_F[:, None], thresholds_K), starts_S, axis=0, dtype=np.int64)


def count_within(values_F: np.ndarray, thresholds_K: np.ndarray, starts_S: np.ndarray) -> np.ndarray:
    """(S, K) number of frames of each sequence at or below each threshold; NaN is nowhere."""
    return np.add.reduceat(values_F[:, None] <= thresholds_K, starts_S, axis=0, dtype=np.int64)
