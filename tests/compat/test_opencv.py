"""OpenCV's trackers behind got10k's contract."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from siamtrack.compat import opencv


def scene(x):
    """A textured patch on a textured ground, its left edge at x."""
    random = np.random.default_rng(1)
    image = random.integers(0, 90, (120, 160, 3), np.uint8)
    image[40:70, x : x + 30] = random.integers(150, 255, (30, 30, 3), np.uint8)
    return Image.fromarray(image)


@pytest.mark.parametrize("name", ["mil", "csrt", "kcf"])
def test_a_patch_is_followed(name):
    if name != "mil" and not hasattr(cv2, f"Tracker{name.upper()}"):
        with pytest.raises(ImportError, match=f"no Tracker{name.upper()}: install opencv-contrib-python"):
            getattr(opencv, name)()
        return
    tracker = getattr(opencv, name)()
    tracker.init(scene(50), np.array([50.0, 40, 30, 30]))
    for x in range(52, 70, 2):
        box = tracker.update(scene(x))
    assert box.shape == (4,) and box.dtype == np.float64
    assert box == pytest.approx([68, 40, 30, 30], abs=12)


class _Gone:
    """As an OpenCV tracker that has lost its target."""

    def init(self, image, box):
        assert all(isinstance(value, int) for value in box)

    def update(self, image):
        return False, (0, 0, 0, 0)


def test_the_last_box_stands_where_opencv_has_none():
    tracker = opencv.OpenCVTracker(_Gone)
    tracker.init(scene(50), np.array([50.4, 40.2, 30.0, 0.3]))
    assert tracker.update(scene(60)).tolist() == [50.4, 40.2, 30.0, 0.3]
