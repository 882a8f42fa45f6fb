"""A report as Markdown (GitHub's dialect): tables that also read well as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from siamtrack.evaluation.render.ranking import (
    Breakdown,
    Place,
    breakdowns,
    heading,
    legend,
    number,
    places,
    shown,
)
from siamtrack.evaluation.report import Measure, Report

_MARKS = {"best": "**", "second": "*", "": ""}


def markdown(report: Report) -> str:
    """The headline table, what a reader must know, the rules, then the first measure by attribute and by sequence."""
    counts = report.extent
    parts = [
        f"# {escape(report.dataset)}",
        f"Protocol {escape(report.protocol)}, convention {escape(report.convention)}; {counts}.",
        _headline(report),
    ]
    if explained := legend(report, "Best in bold, second in italics."):
        parts.append(" ".join(explained))
    parts += _section("Notes", [f"- {escape(note)}" for note in report.remarks])
    parts += _section("Rules", [f"- {escape(rule)}" for rule in report.rules])
    for by in ("attributes", "sequences"):
        for table in breakdowns(report, by)[:1]:
            parts += [f"## {escape(table.measure.title)} by {by.removesuffix('s')}", _breakdown(table, report)]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    text = re.sub(r"([\\`*<|\[\]~$]|&(?=#?\w+;))", r"\\\1", " ".join(text.split()))
    return re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)  # inside a word an underscore means nothing


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}", "\n".join(lines)] if lines else []


def _headline(report: Report) -> str:
    columns = [
        _marked(np.array([number(tracker, measure) for tracker in report.trackers]), measure)
        for measure in report.measures
    ]
    names = [escape(tracker.name) for tracker in report.trackers]
    return _table(["Tracker", *(escape(heading(measure)) for measure in report.measures)], [names, *columns])


def _breakdown(table: Breakdown, report: Report) -> str:
    rows = [_marked(values_N, table.measure) for values_N in table.values_RN]
    columns = [[row[n] for row in rows] for n in range(len(report.trackers))]
    return _table(
        ["", *(escape(tracker.name) for tracker in report.trackers)], [[escape(r) for r in table.rows], *columns]
    )


def _marked(values_N: np.ndarray, measure: Measure) -> list[str]:
    return [
        _mark(shown(value, measure), place) for value, place in zip(values_N, places(values_N, measure), strict=True)
    ]


def _mark(text: str, place: Place) -> str:
    return f"{_MARKS[place]}{text}{_MARKS[place]}"


def _table(header: Sequence[str], columns: Sequence[Sequence[str]]) -> str:
    """Names to the left, numbers to the right, padded to the widest."""
    widths = [max(3, *map(len, (head, *column))) for head, column in zip(header, columns, strict=True)]
    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(cells, widths) for cells in [header, rule, *zip(*columns, strict=True)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cells[0].ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)),
    ]
    return f"| {' | '.join(padded)} |"
