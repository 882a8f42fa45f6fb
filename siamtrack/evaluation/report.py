"""What a report holds: numbers and curves, in one shape for every protocol; `render/` turns it into pages."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siamtrack.data.wording import amount


@dataclass(frozen=True)
class Measure:
    """A number that a protocol yields.

    Attributes:
        key: its name in JSON, e.g. "success_auc".
        title: its name for people, e.g. "Success (AUC)".
        higher_is_better: False for failures.
        digits: decimals shown.
    """

    key: str
    title: str
    higher_is_better: bool = True
    digits: int = 3


FPS = Measure("fps", "Frames/s", digits=1)


@dataclass(frozen=True)
class Plot:
    """How the curves of one key are drawn: one plot, a line a tracker.

    Attributes:
        key: of `TrackerReport.curves`, e.g. "success".
        title, x_label, y_label: for people.
        measure: key of the measure that orders the legend and stands in it.
    """

    key: str
    title: str
    x_label: str
    y_label: str
    measure: str


@dataclass(frozen=True)
class Curve:
    """(K,) points of a curve."""

    x_K: np.ndarray
    y_K: np.ndarray


@dataclass(frozen=True)
class TrackerReport:
    """One tracker's numbers. A number that does not exist (no frame to count) is NaN.

    Attributes:
        measures: measure key -> number.
        curves: plot key -> curve.
        sequences: sequence -> measure key -> number; the same keys for all sequences, not always all of `measures`.
        attributes: attribute -> measure key -> number.
    """

    name: str
    measures: dict[str, float]
    curves: dict[str, Curve]
    sequences: dict[str, dict[str, float]]
    attributes: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Report:
    """Trackers on one data set.

    Attributes:
        dataset: as it was asked for, e.g. "otb100".
        protocol: a key of `store.RUNS`.
        convention: whose rules, e.g. "siamtrack".
        rules: those rules in words, a line each.
        sequences: those that are scored.
        expected: how many the data set has; 0 if that is open.
        frames: their number in all sequences.
        measures: in the order of the table; the first is what trackers are ranked by.
        plots: in order.
        trackers: best first.
        notes: what a reader must know, e.g. that the first rows of one tracker are no boxes.
        refused: trackers that were not scored, and why.
    """

    dataset: str
    protocol: str
    convention: str
    rules: list[str]
    sequences: int
    expected: int
    frames: int
    measures: list[Measure]
    plots: list[Plot]
    trackers: list[TrackerReport]
    notes: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def extent(self) -> str:
        """How much of the data set this is about."""
        if self.expected in (0, self.sequences):
            return f"{amount(self.sequences, 'sequence')}, {amount(self.frames, 'frame')}"
        return f"{self.sequences} of {amount(self.expected, 'sequence')}, {amount(self.frames, 'frame')}"

    @property
    def remarks(self) -> list[str]:
        """The notes, and what was refused."""
        return self.notes + [f"{name} is not scored: {why}" for name, why in self.refused.items()]
