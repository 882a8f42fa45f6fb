"""The object moves, its box with it, by no more than is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.data.wander import wander

from .drawn import SIDE, square

TRACK = square("track", 12, step=(0, 0))


def bright_box(image):
    """The box round what is brighter or darker than the ground can be."""
    rows, columns = np.nonzero(((image > 162) | (image < 25)).all(2))
    return np.array([columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1])


def test_boxes_stay_on_the_object():
    moved = wander(TRACK, 0)
    assert moved.images.read(0).shape == (7 * SIDE, 7 * SIDE, 3) and moved.size == (7 * SIDE, 7 * SIDE)
    for frame in range(12):
        np.testing.assert_allclose(bright_box(moved.images.read(frame)), moved.boxes_T4[frame], atol=1.01)


@given(st.integers(0, 10_000))
def test_the_walk_is_bounded(seed):
    boxes_T4 = wander(TRACK, seed).boxes_T4
    place_T2 = (boxes_T4[:, :2] + boxes_T4[:, 2:] / 2 - 7 * SIDE / 2) / SIDE
    assert np.abs(place_T2[0]).max() < 1e-9 and np.abs(place_T2).max() <= 1 + 1e-9
    assert np.abs(np.diff(place_T2, axis=0)).max() <= 0.5 + 1e-9
    factor = boxes_T4[:, 2] / SIDE
    assert factor.max() <= 1.3 + 1e-9 and factor.min() >= 1 / 1.3 - 1e-9
    assert np.abs(np.diff(np.log(factor))).max() <= np.log(1.2) + 1e-9


def test_seeds_and_names_give_other_walks_and_the_same_ones_the_same():
    one, same, seed, name = (
        wander(replace(TRACK, name=n), s).boxes_T4 for n, s in (("a", 0), ("a", 0), ("a", 1), ("b", 0))
    )
    assert (one == same).all() and (one != seed).any() and (one != name).any()


def test_sizes_that_the_cutting_changed_do_not_matter():
    """The same object in another scale: as large as in the first frame but for the walk."""
    boxes_T4 = TRACK.boxes_T4.copy()
    boxes_T4[1:] *= 2
    np.testing.assert_allclose(wander(replace(TRACK, boxes_T4=boxes_T4), 0).boxes_T4, wander(TRACK, 0).boxes_T4)


def test_a_missing_box_is_named():
    boxes_T4 = TRACK.boxes_T4.copy()
    boxes_T4[3] = np.nan
    with pytest.raises(ValueError, match="track: frame 3 has no box"):
        wander(replace(TRACK, boxes_T4=boxes_T4), 0)
