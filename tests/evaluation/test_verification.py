"""Verification and few-shot scores, by hand and by their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.evaluation.verification import (
    accuracy_at,
    few_shot_accuracy,
    mean_interval,
    operating_point,
    pearson_r,
    verification,
)

SCORE = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
SAME = np.array([True, False, True, True, False, False])
# Few values, so that ties are common.
pairs = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=30).filter(
    lambda rows: len({same for _, same in rows}) == 2
)


def arrays(rows):
    score, same = zip(*rows, strict=True)
    return np.array(score) / 6, np.array(same)


def test_verification_by_hand():
    found = verification(SCORE, SAME)
    assert found.auc == 7 / 9
    assert found.threshold == pytest.approx(0.55)  # all three same pairs, and one different
    assert found.accuracy == pytest.approx((1 + 2 / 3) / 2)
    assert accuracy_at(SCORE, SAME, 0.75) == pytest.approx((1 / 3 + 2 / 3) / 2)


def test_operating_points_by_hand():
    point = operating_point(SCORE, SAME, 0)
    assert (point.threshold, point.false_accepts, point.true_accepts) == (0.9, 0, pytest.approx(1 / 3))
    point = operating_point(SCORE, SAME, 0.5)  # one of three different pairs may pass, two may not
    assert (point.threshold, point.false_accepts, point.true_accepts) == (0.6, pytest.approx(1 / 3), 1)
    assert operating_point(SCORE, SAME, 1).threshold == 0.4
    nobody = operating_point(np.array([1.0, 0.0]), np.array([False, True]), 0)
    assert (nobody.threshold, nobody.true_accepts) == (math.inf, 0)


@given(pairs, st.floats(0, 1))
def test_no_lower_threshold_keeps_to_the_share(rows, wanted):
    score, same = arrays(rows)
    point = operating_point(score, same, wanted)
    assert point.false_accepts == pytest.approx((score >= point.threshold)[~same].mean())
    assert point.true_accepts == pytest.approx((score >= point.threshold)[same].mean())
    assert point.false_accepts <= wanted
    assert all((score >= lower)[~same].mean() > wanted for lower in score[score < point.threshold])


@given(pairs)
def test_the_chosen_threshold_is_the_most_accurate(rows):
    score, same = arrays(rows)
    found = verification(score, same)
    assert accuracy_at(score, same, found.threshold) == pytest.approx(found.accuracy)
    assert found.accuracy >= max(accuracy_at(score, same, threshold) for threshold in score) - 1e-12
    assert accuracy_at(score, same, math.inf) == accuracy_at(score, same, -math.inf) == 0.5


def test_bad_pairs_are_named():
    with pytest.raises(ValueError, match="pair 1 has score nan"):
        verification(np.array([1.0, np.nan]), np.array([True, False]))
    with pytest.raises(ValueError, match="2 of 2 pairs are the same"):
        operating_point(np.ones(2), np.ones(2, bool), 0.1)
    with pytest.raises(ValueError, match="int64; expected one shape and bool"):
        verification(np.ones(2), np.array([0, 1]))
    with pytest.raises(ValueError, match="false accepts of 5"):
        operating_point(SCORE, SAME, 5)


def test_few_shots_by_hand():
    """Class means at 1 and 11: 5 is nearer to the first, 7 to the second; 6 is a tie."""
    support = np.array([[[0.0], [2.0]], [[10.0], [12.0]]])
    assert few_shot_accuracy(support, np.array([[[5.0], [7.0]], [[7.0], [12.0]]])) == 0.75
    assert few_shot_accuracy(support, np.array([[[6.0]], [[6.0]]])) == 0.5


def test_cosine_and_euclidean_differ():
    support = np.array([[[1.0, 0.0]], [[0.0, 9.0]]])
    query = np.array([[[3.0, 0.0]], [[0.2, 1.0]]])
    assert few_shot_accuracy(support, query, "cosine") == 1
    assert few_shot_accuracy(support, query, "euclidean") == 0.5


@given(st.integers(0, 999), st.integers(2, 5), st.integers(1, 3), st.integers(1, 4))
def test_few_shots_in_plain_loops(seed, ways, shots, queries):
    rng = np.random.default_rng(seed)
    support, query = rng.normal(size=(ways, shots, 3)), rng.normal(size=(ways, queries, 3))
    right = [
        np.argmin([np.linalg.norm(query[c, q] - support[k].mean(0)) for k in range(ways)]) == c
        for c in range(ways)
        for q in range(queries)
    ]
    assert few_shot_accuracy(support, query) == pytest.approx(np.mean(right))
    assert few_shot_accuracy(support[::-1], query[::-1]) == pytest.approx(np.mean(right))
    assert few_shot_accuracy(np.zeros_like(support), query) == pytest.approx(1 / ways)


def test_episodes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"\(2, 1, 3\) and \(3, 1, 3\)"):
        few_shot_accuracy(np.zeros((2, 1, 3)), np.zeros((3, 1, 3)))
    with pytest.raises(ValueError, match="some of each"):
        few_shot_accuracy(np.zeros((2, 1, 3)), np.zeros((2, 0, 3)))
    with pytest.raises(ValueError, match="not finite"):
        few_shot_accuracy(np.full((2, 1, 3), np.nan), np.zeros((2, 1, 3)))
    with pytest.raises(ValueError, match="'manhattan', expected one of euclidean, cosine"):
        few_shot_accuracy(np.zeros((2, 1, 3)), np.zeros((2, 1, 3)), "manhattan")


def test_interval_by_hand():
    """Four of variance 0.02 / 3: half-width 1.96 standard deviations over two."""
    interval = mean_interval(np.array([0.5, 0.7, 0.6, 0.6]))
    assert interval.mean == pytest.approx(0.6)
    assert interval.half_width == pytest.approx(1.96 * math.sqrt(0.02 / 3) / 2)
    assert str(interval) == "0.600 +- 0.080"
    with pytest.raises(ValueError, match="1 episodes"):
        mean_interval(np.ones(1))


def test_the_interval_covers_the_truth_nineteen_times_of_twenty():
    rng = np.random.default_rng(0)
    intervals = [mean_interval(rng.binomial(25, 0.7, 200) / 25) for _ in range(400)]
    covered = np.mean([abs(interval.mean - 0.7) <= interval.half_width for interval in intervals])
    assert 0.92 < covered < 0.98


@given(st.integers(0, 999))
def test_pearson_is_numpys(seed):
    a, b = np.random.default_rng(seed).normal(size=(2, 9))
    assert pearson_r(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert pearson_r(a, -3 * a + 2) == pytest.approx(-1)
    assert math.isnan(pearson_r(a, np.ones(9)))
