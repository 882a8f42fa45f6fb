"""The bundled weights on a real sequence whose target is absent for a while and comes back elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from siamtrack.data.datasets.registry import get_dataset
from siamtrack.data.elsewhere import return_elsewhere
from siamtrack.evaluation.metrics import iou
from siamtrack.zoo.load import load

_ABSENT, _FRAMES = range(8, 16), 26


@pytest.mark.parametrize("redetect", [False, True])
def test_a_cyclist_is_found_again_by_looking_everywhere_alone(redetect: bool, shared: Path) -> None:
    """And nothing else is taken for the cyclist meanwhile."""
    root = shared / "data/eval/OTB"
    if not (root / "Biker").is_dir():
        pytest.skip(f"no sequence Biker in {root}")
    biker, crossing = (get_dataset("otb100").load_sound(root)[0][number] for number in (0, 1))
    video = return_elsewhere(biker.part(slice(_FRAMES)), _ABSENT, crossing)
    tracker = load("siamtrack-s", "cpu", redetect=redetect)
    tracker.start(video.images.read(0), video.boxes_T4[0])
    results = [tracker.track(video.images.read(frame)) for frame in range(1, _FRAMES)]
    overlap_T = iou(np.array([result.boxes[0] for result in results]), video.boxes_T4[1:])
    assert overlap_T[: _ABSENT.start - 1].min() > 0.5
    assert all(result.states == ("lost",) for result in results[_ABSENT.start : _ABSENT.stop - 1])
    assert (overlap_T[-3:] > 0.5).all() if redetect else (overlap_T[_ABSENT.stop - 1 :] < 0.1).all()
