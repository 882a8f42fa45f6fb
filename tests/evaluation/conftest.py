"""Small real sequences with an OTB layout, cut from the bundled clip."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

import siamtrack
from siamtrack.data.datasets import otb
from siamtrack.data.sequence import Sequence
from siamtrack.tracking.tracker import Tracker

_CLIP = Path(__file__).parents[2] / "examples/market_street_1906.mp4"
# Name -> frames, box in the first, scale of the images.
_CUTS = {"Car1": (range(0, 14), (305, 140, 235, 186), 1.0), "Man": (range(20, 30), (10, 100, 40, 60), 1.0)}
_CUTS |= {"Jump": (range(5, 13), (150, 70, 115, 90), 0.5), "Walking": (range(40, 46), (305, 140, 200, 160), 1.0)}


@pytest.fixture(scope="session")
def otb_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four sequences of 14, 10, 8 and 6 frames; treat as read-only. Their ground truth stands still."""
    root = tmp_path_factory.mktemp("otb")
    with siamtrack.frames(_CLIP, end=46) as source:
        images = [frame.image for frame in source]
    for name, (frames, (x, y, w, h), scale) in _CUTS.items():
        (root / name / "img").mkdir(parents=True)
        for number, index in enumerate(frames, 1):
            image = cv2.resize(images[index], None, fx=scale, fy=scale)
            cv2.imwrite(str(root / name / "img" / f"{number:04d}.jpg"), image)
        (root / name / "groundtruth_rect.txt").write_text(f"{x + 1},{y + 1},{w},{h}\n" * len(frames))
    return root


@pytest.fixture(scope="session")
def sequences(otb_root: Path) -> list[Sequence]:
    return otb.load(otb_root)


@pytest.fixture(scope="session")
def tracker() -> Tracker:
    return siamtrack.load("siamtrack-s", device="cpu")
