"""Other people's trackers, as small as they can be."""

from __future__ import annotations

import numpy as np


class StillTracker:
    """Says that the target stands still."""

    def init(self, image, box):
        assert image.mode == "RGB" and box.shape == (4,) and box.dtype == np.float64
        self.box = box

    def update(self, image):
        return self.box


class FaintingTracker(StillTracker):
    """Gives up in images of one size."""

    def update(self, image):
        if image.size == (270, 180):
            raise ZeroDivisionError("fainted")
        return self.box


class Answering(StillTracker):
    """Answers its own way."""

    def __init__(self, answer):
        self.answer = answer

    def update(self, image):
        return self.answer() if callable(self.answer) else self.answer


def broken():
    """A factory that cannot make anything."""
    raise RuntimeError("no weights")


class Speechless:
    """Is no tracker."""
