"""Several targets at once equal each alone, whatever the order in which they came."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

_BOXES = np.array([[312.6, 146.9, 106.1, 96.4], [20.5, 30.25, 60, 80], [400, 250, 90, 120]], np.float32)
_ALL = list(permutations(range(3)))


@pytest.mark.parametrize(
    ("name", "orders", "steps"),
    [
        ("siamtrack-s", _ALL, 5),
        ("siamfc", [(2, 0, 1)], 3),
        ("siamrpn", [(1, 2, 0)], 3),
        ("siamrpn_alex_dwxcorr", [(2, 1, 0)], 3),
    ],
)
def test_three_together_equal_three_alone(random_tracker, bag_frames, name: str, orders, steps: int) -> None:  # type: ignore[no-untyped-def]
    alone = []
    for box in _BOXES:
        tracker = random_tracker(name)
        tracker.start(bag_frames[0], box)
        alone.append([tracker.track(frame) for frame in bag_frames[1 : steps + 1]])
    for order in orders:
        tracker = random_tracker(name)
        tracker.start(bag_frames[0], _BOXES[order[0]])
        tracker.add(bag_frames[0], _BOXES[list(order[1:])])
        for step, frame in enumerate(bag_frames[1 : steps + 1]):
            together = tracker.track(frame)
            np.testing.assert_allclose(together.boxes, [alone[n][step].boxes[0] for n in order], atol=1e-3)
            np.testing.assert_allclose(together.scores, [alone[n][step].scores[0] for n in order], atol=1e-4)


def test_dropping_and_adding_do_not_disturb_the_others(random_tracker, bag_frames) -> None:  # type: ignore[no-untyped-def]
    quiet, busy = random_tracker("siamtrack-s"), random_tracker("siamtrack-s")
    quiet.start(bag_frames[0], _BOXES[1])
    first, kept = busy.start(bag_frames[0], _BOXES[:2])
    for number in range(1, 6):
        if number == 2:
            busy.drop(first)
        if number == 4:
            busy.add(bag_frames[3], _BOXES[2])
        expected, result = quiet.track(bag_frames[number]), busy.track(bag_frames[number])
        np.testing.assert_allclose(result.boxes[result.ids.index(kept)], expected.boxes[0], atol=1e-3)
