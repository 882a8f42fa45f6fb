"""What counts as present, and calibration, by hand and by its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.data.sequence import NO_IMAGES, Sequence
from siamtrack.evaluation.presence import (
    Sightings,
    join,
    presence,
    reliability,
    sightings,
)


def test_present_and_absent_are_what_the_annotators_say():
    nan = [np.nan] * 4
    truth = np.array([[0, 0, 10, 10], [0, 0, 10, 10], nan, [0, 0, 10, 10], nan, [0, 0, 10, 10]], np.float64)
    absent = np.array([False, False, True, False, False, True])
    video = Sequence("a", NO_IMAGES, truth, absent_T=absent)
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 5, 5], [5, 0, 10, 10], [0, 0, 1, 1], [0, 0, 10, 10]])
    seen = sightings(video, boxes.astype(float), np.array([1.0, 0.9, 0.2, 0.4, np.nan, 0.3]))
    # The first frame was given; frame 4 has neither box nor mark, so that its missing score does not matter either.
    assert seen.score_F.tolist() == [0.9, 0.2, 0.4, 0.3]
    assert seen.present_F.tolist() == [True, False, True, False]
    assert seen.overlap_F.tolist() == [1.0, 0.0, pytest.approx(1 / 3), 0.0]
    assert seen.followed_F.tolist() == [True, False, False, False]
    with pytest.raises(ValueError, match="a: frame 1 has score nan, expected 0 to 1"):
        sightings(video, boxes.astype(float), np.full(6, np.nan))


def test_a_tracker_that_sits_elsewhere_is_told_apart():
    """It says so with a low score: right about itself, wrong about the target."""
    seen = Sightings(np.array([0.9, 0.1, 0.3]), np.array([0.8, 0.0, 0.0]), np.array([True, True, False]))
    found = presence(seen)
    assert (found.auc, found.followed_auc, found.followed) == (0.5, 1.0, 0.5)
    assert (found.present, found.absent) == (2, 1)
    twice = presence(join([seen, seen]))
    assert (twice.auc, twice.present) == (0.5, 4)
    assert np.isnan(presence(seen.of(np.array([False, False, True]))).followed)


def test_reliability_by_hand():
    seen = Sightings(
        np.array([0.05, 0.15, 0.95, 1.0]), np.array([0.0, 0.5, 0.6, 0.8]), np.array([False, True, True, True])
    )
    found = reliability(seen)
    assert found.count_B.tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert found.score_B[9] == pytest.approx(0.975) and found.overlap_B[9] == pytest.approx(0.7)
    assert found.good_B[[0, 1, 9]].tolist() == [0, 1, 1] and np.isnan(found.score_B[5])
    assert found.error == pytest.approx((0.05 + 0.35 + 2 * 0.275) / 4)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_score_that_is_the_overlap_is_calibrated(values):
    score = np.array(values)
    assert reliability(Sightings(score, score, np.ones(len(score), bool))).error == pytest.approx(0, abs=1e-12)
