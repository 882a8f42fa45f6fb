"""Areas, curves and thresholds by hand and by their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.evaluation.roc import best_threshold, roc_auc, roc_curve

# Few values, so that ties are common.
scored = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: len({positive for _, positive in rows}) == 2
)


def arrays(rows):
    score, positive = zip(*rows, strict=True)
    return np.array(score) / 6, np.array(positive)


def test_area_by_hand():
    score, positive = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([True, False, True, True, False])
    assert roc_auc(score, positive) == 4 / 6  # of six pairs the negative 0.8 beats two
    assert roc_auc(np.array([0.5, 0.5]), np.array([True, False])) == 0.5
    assert roc_auc(np.array([0.5, 0.5, 0.2]), np.array([True, False, False])) == 0.75
    assert np.isnan(roc_auc(score, np.ones(5, bool))) and np.isnan(roc_auc(score, np.zeros(5, bool)))


@given(scored)
def test_the_area_is_the_share_of_pairs_in_order_and_the_area_under_the_curve(rows):
    score, positive = arrays(rows)
    pairs = [(p > a) + (p == a) / 2 for p in score[positive] for a in score[~positive]]
    assert roc_auc(score, positive) == pytest.approx(np.mean(pairs))
    _, false_K, true_K = roc_curve(score, positive)
    assert roc_auc(score, positive) == pytest.approx(((true_K[1:] + true_K[:-1]) / 2 * np.diff(false_K)).sum())
    assert roc_auc(-score, positive) == pytest.approx(1 - roc_auc(score, positive))
    assert roc_auc(score**3 + 5, positive) == pytest.approx(roc_auc(score, positive))


@given(scored)
def test_every_point_of_the_curve_is_a_threshold(rows):
    score, positive = arrays(rows)
    for threshold, false, true in zip(*roc_curve(score, positive), strict=True):
        assert (score >= threshold)[positive].mean() == pytest.approx(true)
        assert (score >= threshold)[~positive].mean() == pytest.approx(false)


@given(scored)
def test_no_threshold_is_better_than_the_best(rows):
    score, positive = arrays(rows)
    threshold, balanced = best_threshold(score, positive)

    def right(at):
        return ((score >= at)[positive].mean() + (score < at)[~positive].mean()) / 2

    assert balanced == pytest.approx(max(right(at) for at in np.unique(score)))
    assert right(threshold) == pytest.approx(balanced)


def test_best_threshold_by_hand():
    score, positive = np.array([0.9, 0.7, 0.3, 0.1]), np.array([True, True, False, False])
    assert best_threshold(score, positive) == (pytest.approx(0.5), 1.0)
    with pytest.raises(ValueError, match="4 of 4 are positive; a ROC needs some of both kinds"):
        best_threshold(score, np.ones(4, bool))
