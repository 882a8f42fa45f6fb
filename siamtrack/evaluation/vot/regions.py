"""Where a target is: an upright box, a polygon of four corners, or nowhere.

Shape legend: N regions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siamtrack.data.sequence import Sequence
from siamtrack.geometry.polygons import corners


@dataclass(frozen=True)
class Regions:
    """N regions, in the pixels of their file (0-based).

    Attributes:
        boxes_N4: float64 xywh; NaN where there is no region. Round the polygon where there is one.
        polygons_N8: float64 corners x1,y1..x4,y4; NaN where the region is a box. None where all are.
    """

    boxes_N4: np.ndarray
    polygons_N8: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.boxes_N4)

    def __getitem__(self, rows: np.ndarray | slice) -> Regions:
        """Some of them."""
        return Regions(self.boxes_N4[rows], None if self.polygons_N8 is None else self.polygons_N8[rows])

    @property
    def present_N(self) -> np.ndarray:
        """(N,) bool: there is a region."""
        return np.isfinite(self.boxes_N4).all(1)

    @property
    def rotated_N(self) -> np.ndarray:
        """(N,) bool: the region is a polygon, upright or not."""
        if self.polygons_N8 is None:
            return np.zeros(len(self), bool)
        return np.isfinite(self.polygons_N8).all(1)

    def corners_N42(self) -> np.ndarray:
        """(N, 4, 2) x, y of the corners, of boxes too, in order round the region."""
        corners_N8 = corners(self.boxes_N4)
        if self.polygons_N8 is not None:
            corners_N8 = np.where(self.rotated_N[:, None], self.polygons_N8, corners_N8)
        return corners_N8.reshape(-1, 4, 2)


def annotated_regions(sequence: Sequence) -> Regions:
    """The ground truth: polygons where the data set has them, else boxes."""
    return Regions(sequence.boxes_T4, sequence.polygons_T8)
