"""Who is best, by how much, and how a number is shown: what Markdown, plots and page have in common.

Shape legend: R rows of a table (sequences or attributes), N trackers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from siamtrack.evaluation.report import Measure, Report, TrackerReport

MISSING = "\N{EN DASH}"  # stands where a number does not exist

Place = Literal["best", "second", ""]


def shown(value: float, measure: Measure) -> str:
    """The number as people read it."""
    return MISSING if math.isnan(value) else f"{value:.{measure.digits}f}"


def heading(measure: Measure) -> str:
    """Its title over a column; an arrow says that less is better."""
    return measure.title if measure.higher_is_better else f"{measure.title} \N{DOWNWARDS ARROW}"


def legend(report: Report, marks: str) -> list[str]:
    """Sentences under the ranking, as far as they have something to explain.

    Args:
        marks: how best and second are marked.
    """
    compared, arrows = len(report.trackers) > 1, not all(measure.higher_is_better for measure in report.measures)
    return [marks] * compared + ["\N{DOWNWARDS ARROW} less is better."] * arrows


def number(tracker: TrackerReport, measure: Measure) -> float:
    """A tracker's number on the whole data set, NaN where it has none."""
    return tracker.measures.get(measure.key, math.nan)


def order(values_N: np.ndarray, measure: Measure) -> list[int]:
    """Indices of the trackers, best first, those without a number last, equals as they stand."""
    costs_N = -values_N if measure.higher_is_better else values_N
    return [int(i) for i in np.argsort(costs_N, kind="stable")]  # NaN sorts last


def places(values_N: np.ndarray, measure: Measure) -> list[Place]:
    """Which numbers are marked as best and second; none where there is nothing to compare.

    Numbers that read alike are marked alike, so that a reader never sees one 0.696 marked above another.
    """
    rounded_N = np.round(values_N, measure.digits)
    levels = np.unique(rounded_N[~np.isnan(rounded_N)])
    if np.count_nonzero(~np.isnan(values_N)) < 2 or len(levels) < 2:
        return [""] * len(values_N)
    best, second = levels[[-1, -2]] if measure.higher_is_better else levels[[0, 1]]
    return ["best" if value == best else "second" if value == second else "" for value in rounded_N]


@dataclass(frozen=True)
class Breakdown:
    """One measure of every tracker, a row a sequence or an attribute.

    Attributes:
        values_RN: NaN where a tracker has no such number.
    """

    measure: Measure
    rows: list[str]
    values_RN: np.ndarray

    def goodness_RN(self) -> np.ndarray:
        """0 (worst number of the table) to 1 (best); NaN stays NaN, and is all where there is but one number."""
        worst, best = self.worst_and_best()
        return (self.values_RN - worst) / (best - worst if best != worst else math.nan)

    def worst_and_best(self) -> tuple[float, float]:
        """The two ends of the table's numbers."""
        low, high = float(np.nanmin(self.values_RN)), float(np.nanmax(self.values_RN))
        return (low, high) if self.measure.higher_is_better else (high, low)


def breakdowns(report: Report, by: Literal["sequences", "attributes"]) -> list[Breakdown]:
    """A table for each measure that has numbers by sequence or by attribute, in the report's order."""
    parts: list[dict[str, dict[str, float]]] = [getattr(tracker, by) for tracker in report.trackers]
    rows = _union(parts)
    tables = [
        Breakdown(
            measure,
            rows,
            np.array([[part.get(row, {}).get(measure.key, math.nan) for part in parts] for row in rows], float),
        )
        for measure in report.measures
    ]
    return [table for table in tables if not np.isnan(table.values_RN).all()]


def sequence_names(report: Report) -> list[str]:
    """Every sequence that any tracker has numbers for, in order."""
    return _union(tracker.sequences for tracker in report.trackers)


def _union(parts: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part))
