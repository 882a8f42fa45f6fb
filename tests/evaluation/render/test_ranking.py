"""Order, marks and shades, for measures of either direction and where numbers are missing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from siamtrack.evaluation.render.ranking import Breakdown, breakdowns, order, places, shown

from .reports import FAILURES, SUCCESS, empty_report, small_report


def test_more_success_is_better_and_fewer_failures_are() -> None:
    values_N = np.array([3.0, math.nan, 1.0, 2.0])
    assert order(values_N, SUCCESS) == [0, 3, 2, 1]
    assert order(values_N, FAILURES) == [2, 3, 0, 1]
    assert places(values_N, SUCCESS) == ["best", "", "", "second"]
    assert places(values_N, FAILURES) == ["", "", "best", "second"]


def test_numbers_that_read_alike_are_marked_alike() -> None:
    values_N = np.array([0.6962, 0.6956, 0.6843])
    assert [shown(value, SUCCESS) for value in values_N[:2]] == ["0.696", "0.696"]
    assert places(values_N, SUCCESS) == ["best", "best", "second"]


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5], [0.5, math.nan], [math.nan, math.nan]])
def test_nothing_is_marked_where_nothing_differs(values: list[float]) -> None:
    assert places(np.array(values), SUCCESS) == [""] * len(values)


def test_shades_run_from_worst_to_best() -> None:
    values_RN = np.array([[1.0, 3.0], [math.nan, 5.0]])
    np.testing.assert_array_equal(Breakdown(SUCCESS, ["a", "b"], values_RN).goodness_RN(), [[0, 0.5], [math.nan, 1]])
    np.testing.assert_array_equal(Breakdown(FAILURES, ["a", "b"], values_RN).goodness_RN(), [[1, 0.5], [math.nan, 0]])


def test_breakdowns_have_a_row_a_sequence_and_a_column_a_tracker() -> None:
    success, failures = breakdowns(small_report(), "sequences")
    assert success.rows == ["bag", "<i>book</i>", "Jogging.1"]
    np.testing.assert_allclose(success.values_RN, [[0.7, 0.65, math.nan], [0.4, 0.35, 0.3], [0.8, 0.75, 0.7]])
    assert failures.measure == FAILURES
    assert breakdowns(empty_report(), "sequences") == []
