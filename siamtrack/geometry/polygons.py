"""Upright boxes from polygons, and polygons from boxes.

Shape legend: N regions, K corners.
"""

from __future__ import annotations

import numpy as np


def around(polygons: np.ndarray) -> np.ndarray:
    """(N, 4) xywh of the smallest upright boxes round polygons.

    Args:
        polygons: (N, 2 K) x1,y1,x2,y2...; boxes of those with NaN are NaN.
    """
    x_NK, y_NK = polygons[:, 0::2], polygons[:, 1::2]
    return np.stack((x_NK.min(1), y_NK.min(1), np.ptp(x_NK, 1), np.ptp(y_NK, 1)), 1)


def corners(boxes_N4: np.ndarray) -> np.ndarray:
    """(N, 8) x1,y1..x4,y4 of boxes xywh: left-top, right-top, right-bottom, left-bottom."""
    x, y, w, h = boxes_N4.T
    return np.stack((x, y, x + w, y, x + w, y + h, x, y + h), 1)
