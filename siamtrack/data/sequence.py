"""A sequence with ground truth: the one type that evaluation works on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Sequence:
    """One target in one video.

    Attributes:
        name: unique in its data set.
        frames: image files, in order.
        boxes_T4: (T, 4) float64 xywh, pixels, 0-based whatever the files say; NaN or empty where there is none.
    """

    name: str
    frames: tuple[Path, ...]
    boxes_T4: np.ndarray
