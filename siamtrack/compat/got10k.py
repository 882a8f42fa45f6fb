"""A tracker for the got10k toolkit (Huang et al. 2019), checked with got10k 0.1.3.

The toolkit looks at `name` and `is_deterministic` and calls `track`; no base class is needed, so neither is the toolkit
to import this module. (`init` and `update` are what its own base class would build `track` from.)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from siamtrack.data.images import read_image
from siamtrack.zoo.load import load


class Got10kTracker:
    """One of our models, as `got10k.experiments` run it. Shape legend: T frames.

    Args:
        name: what the toolkit calls the tracker, and its folder of results; by default the model's name.
        model, device, weights: see `siamtrack.load`.
        origin: what the data set's files call the first pixel: 0 for GOT-10k, 1 for OTB and the sets that follow it
            (the toolkit hands on boxes as the files have them, and writes results the same way).

    Raises:
        ValueError, WeightsError: see `siamtrack.load`.
    """

    is_deterministic = True  # one run a sequence, where the toolkit would make three

    def __init__(
        self,
        name: str | None = None,
        model: str = "siamtrack-s",
        device: str = "auto",
        weights: str | Path | None = None,
        origin: float = 0.0,
    ) -> None:
        self.name = name or model
        self._tracker = load(model, device, weights)
        self._shift_4 = np.array([origin, origin, 0.0, 0.0])

    def init(self, image: Any, box: Any) -> None:
        """Look at the target.

        Args:
            image: a PIL image, or what else `Tracker.start` takes.
            box: (4,) x, y, width, height in the data set's own coordinates.

        Raises:
            TypeError, ValueError: see `Tracker.start`.
        """
        self._tracker.start(image, np.asarray(box, np.float64) - self._shift_4)

    def update(self, image: Any) -> np.ndarray:
        """(4,) float64 box in the next frame, in the data set's own coordinates.

        Raises:
            RuntimeError, TypeError, ValueError: see `Tracker.track`.
        """
        return self._tracker.track(image).boxes[0].astype(np.float64) + self._shift_4

    def track(
        self, img_files: Sequence[str | Path], box: Any, visualize: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Follow one target through a sequence.

        Args:
            img_files: T files.
            box: (4,) in the first, in the data set's own coordinates.
            visualize: show every frame in the toolkit's window.

        Returns:
            (T, 4) float64 boxes, the first as given, and (T,) float64 seconds a frame without reading the image.

        Raises:
            ValueError: an unreadable image, named, or a box that none can start from; see `Tracker.start`.
        """
        boxes_T4, seconds_T = np.empty((len(img_files), 4)), np.empty(len(img_files))
        boxes_T4[0] = box
        for index, path in enumerate(img_files):
            image = read_image(Path(path))
            begun = time.perf_counter()
            if index == 0:
                self.init(image, box)
            else:
                boxes_T4[index] = self.update(image)
            seconds_T[index] = time.perf_counter() - begun
            if visualize:
                _show(path, boxes_T4[index])
        return boxes_T4, seconds_T


def _show(path: str | Path, box_4: np.ndarray) -> None:
    from got10k.utils.viz import show_frame
    from PIL import Image

    show_frame(Image.open(path).convert("RGB"), box_4)
