"""OpenCV's own trackers behind got10k's contract, to stand in one table with ours.

`siamtrack evaluate DATASET --root DIR --tracker siamtrack.compat.opencv:csrt`; CSRT and KCF need opencv-contrib-python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np


class OpenCVTracker:
    """An OpenCV tracker as got10k's toolkit calls it.

    When OpenCV says that the target is lost it gives no box; the last one is repeated.

    Args:
        create: makes the OpenCV tracker; called at every start, as these objects start once only.
    """

    def __init__(self, create: Callable[[], Any]) -> None:
        self._create = create
        self._tracker: Any = None
        self._box = np.zeros(4)

    def init(self, image: Any, box: np.ndarray) -> None:
        """Start.

        Args:
            image: RGB `PIL.Image`.
            box: (4,) xywh, pixels, 0-based; OpenCV takes whole pixels.
        """
        self._tracker, self._box = self._create(), np.asarray(box, np.float64)
        x, y, w, h = (round(value) for value in self._box.tolist())
        self._tracker.init(_as_bgr(image), (x, y, max(w, 1), max(h, 1)))

    def update(self, image: Any) -> np.ndarray:
        """(4,) xywh of the target in the next image."""
        found, box = self._tracker.update(_as_bgr(image))
        if found:
            self._box = np.asarray(box, np.float64)
        return self._box


def _as_bgr(image: Any) -> np.ndarray:
    return np.ascontiguousarray(np.asarray(image)[..., ::-1])


def _tracker(name: str) -> OpenCVTracker:
    create = getattr(cv2, f"{name}_create", None) or getattr(getattr(cv2, name, None), "create", None)
    if create is None:
        raise ImportError(f"this OpenCV has no {name}: install opencv-contrib-python in the place of opencv-python")
    return OpenCVTracker(create)


def csrt() -> OpenCVTracker:
    """Discriminative correlation filter with channel and spatial reliability (Lukežič et al. 2017)."""
    return _tracker("TrackerCSRT")


def kcf() -> OpenCVTracker:
    """Kernelised correlation filter (Henriques et al. 2015)."""
    return _tracker("TrackerKCF")


def mil() -> OpenCVTracker:
    """Multiple instance learning (Babenko et al. 2009)."""
    return _tracker("TrackerMIL")
