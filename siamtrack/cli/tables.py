"""Tables and complaints on the terminal."""

from __future__ import annotations

import math

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from siamtrack.evaluation.report import Report

_FILE_WIDTH = 160  # of tables that go into a file or a pipe


def wide_console(stderr: bool = False, quiet: bool = False) -> Console:
    """As wide as the terminal; where there is none, as wide as the tables need."""
    console = Console(stderr=stderr, quiet=quiet, highlight=False)
    if not console.is_terminal:
        console.width = _FILE_WIDTH
    return console


def headline(report: Report) -> Table:
    """Trackers and their numbers, best first."""
    title = f"{report.dataset}: {report.extent}; {report.protocol}, by {report.convention}'s rules"
    table = Table(box=None, title=title, title_justify="left")
    table.add_column("tracker", no_wrap=True)
    for measure in report.measures:
        table.add_column(measure.title, justify="right")
    for tracker in report.trackers:
        values = [(tracker.measures[measure.key], measure.digits) for measure in report.measures]
        table.add_row(escape(tracker.name), *(number(value, digits) for value, digits in values))
    return table


def number(value: float, digits: int) -> str:
    """A dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def complain(text: str) -> None:
    """An error, whole, on the error stream."""
    Console(stderr=True).print("error:", text, style="bold red", markup=False, highlight=False, soft_wrap=True)
