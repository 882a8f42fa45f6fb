"""Areas, curves and calibration by hand and by their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.data.sequence import NO_IMAGES, Sequence
from siamtrack.evaluation.presence import (
    Sightings,
    best_threshold,
    join,
    presence,
    reliability,
    roc_auc,
    roc_curve,
    sightings,
)

# Few values, so that ties are common.
scored = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: len({positive for _, positive in rows}) == 2
)


def arrays(rows):
    score, positive = zip(*rows, strict=True)
    return np.array(score) / 6, np.array(positive)


def test_area_by_hand():
    score, present = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([True, False, True, True, False])
    assert roc_auc(score, present) == 4 / 6  # of six pairs the absent 0.8 beats two
    assert roc_auc(np.array([0.5, 0.5]), np.array([True, False])) == 0.5
    assert roc_auc(np.array([0.5, 0.5, 0.2]), np.array([True, False, False])) == 0.75
    assert np.isnan(roc_auc(score, np.ones(5, bool))) and np.isnan(roc_auc(score, np.zeros(5, bool)))


@given(scored)
def test_the_area_is_the_share_of_pairs_in_order_and_the_area_under_the_curve(rows):
    score, present = arrays(rows)
    pairs = [(p > a) + (p == a) / 2 for p in score[present] for a in score[~present]]
    assert roc_auc(score, present) == pytest.approx(np.mean(pairs))
    _, false_K, true_K = roc_curve(score, present)
    assert roc_auc(score, present) == pytest.approx(((true_K[1:] + true_K[:-1]) / 2 * np.diff(false_K)).sum())
    assert roc_auc(-score, present) == pytest.approx(1 - roc_auc(score, present))
    assert roc_auc(score**3 + 5, present) == pytest.approx(roc_auc(score, present))


@given(scored)
def test_every_point_of_the_curve_is_a_threshold(rows):
    score, present = arrays(rows)
    for threshold, false, true in zip(*roc_curve(score, present), strict=True):
        assert (score >= threshold)[present].mean() == pytest.approx(true)
        assert (score >= threshold)[~present].mean() == pytest.approx(false)


@given(scored)
def test_no_threshold_is_better_than_the_best(rows):
    score, present = arrays(rows)
    threshold, balanced = best_threshold(score, present)

    def right(at):
        return ((score >= at)[present].mean() + (score < at)[~present].mean()) / 2

    assert balanced == pytest.approx(max(right(at) for at in np.unique(score)))
    assert right(threshold) == pytest.approx(balanced)


def test_best_threshold_by_hand():
    score, present = np.array([0.9, 0.7, 0.3, 0.1]), np.array([True, True, False, False])
    assert best_threshold(score, present) == (pytest.approx(0.5), 1.0)
    with pytest.raises(ValueError, match="frames with the target and frames without"):
        best_threshold(score, np.ones(4, bool))


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
