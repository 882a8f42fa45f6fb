"""One run of a tracker on a sequence, as VOT's result files hold it.

Shape legend: T frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siamtrack.evaluation.vot.regions import Regions

# What a frame holds. The numbers but the first are those that stand in the files in place of a region.
REGION, UNKNOWN, INIT, FAILURE = -1, 0, 1, 2

SKIPPED_FRAMES = 5  # from a failure to the next start: Kristan et al., VOT2013-2019, reset-based experiment


@dataclass(frozen=True)
class Trajectory:
    """What a tracker said, frame by frame, in the order in which it saw them.

    Attributes:
        codes_T: REGION, or INIT (the tracker was started here), FAILURE (it lost the target here), UNKNOWN (it was not
            asked, or said nothing).
        boxes_T4: float64 xywh, pixels, 0-based; NaN where there is a code. The upright box round a rotated region.
        polygons_T8: float64 corners x1,y1..x4,y4; NaN where the file has a box or a code. None if it has no polygon.
        confidence_T: how sure the tracker was; NaN where it did not say. None without such a file.
        times_T: seconds for the frame; NaN where not known. None without such a file.
    """

    codes_T: np.ndarray
    boxes_T4: np.ndarray
    polygons_T8: np.ndarray | None = None
    confidence_T: np.ndarray | None = None
    times_T: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.codes_T)

    @property
    def regions(self) -> Regions:
        """The same as regions; absent where there is a code."""
        return Regions(self.boxes_T4, self.polygons_T8)

    @property
    def failures(self) -> int:
        """How often the target was lost."""
        return int((self.codes_T == FAILURE).sum())
