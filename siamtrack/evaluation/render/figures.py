"""The figures of a report: a plot of curves for each entry of `report.plots`, and a radar of attributes.

Curves and radar stand above the legend, so that a figure fits a phone as well as a page of a paper, and
no number of trackers hides a curve. Only matplotlib's objects are used, no pyplot: no display, no global state.
"""

from __future__ import annotations

import math
import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from siamtrack.evaluation.render.palette import RULE, line_style
from siamtrack.evaluation.render.ranking import Breakdown, breakdowns, number, order, shown
from siamtrack.evaluation.render.style import styled
from siamtrack.evaluation.report import Measure, Plot, Report

RADAR = "attributes"  # its key beside those of `report.plots`
_RADAR_LEAST = 3  # attributes; fewer span no area

# Inches.
_WIDTH = 5.2
_LEFT, _RIGHT, _TITLE, _AXIS_LABELS = 0.55, 0.15, 0.36, 0.45
_CURVES_HEIGHT, _RADAR_HEIGHT, _RADAR_LABELS = 3.1, 3.1, 0.55
_LEGEND_ROW, _LEGEND_PAD = 0.163, 0.1
_LEGEND_CHARACTERS = {1: 52, 2: 22}  # of a name, by columns
_LONG_NAMES_MOST = 12  # trackers that get one column, so that their long names fit


def plots(report: Report) -> dict[str, Figure]:
    """Key of the plot -> figure, in order; `RADAR` last, where there are three attributes or more.

    A plot that no tracker has a curve for is left out.
    """
    with styled():
        figures = {
            plot.key: _curves(report, plot)
            for plot in report.plots
            if any(plot.key in tracker.curves for tracker in report.trackers)
        }
        for table in breakdowns(report, "attributes")[:1]:
            if len(table.rows) >= _RADAR_LEAST:
                figures[RADAR] = _radar(report, table)
    return figures


def _curves(report: Report, plot: Plot) -> Figure:
    measure = next(measure for measure in report.measures if measure.key == plot.measure)
    figure, axes = _figure(report, _CURVES_HEIGHT, below=_AXIS_LABELS, title=plot.title)
    lines = {}
    for n, tracker in enumerate(report.trackers):
        if plot.key in tracker.curves:
            curve = tracker.curves[plot.key]
            lines[n] = _line(axes, n, curve.x_K, curve.y_K)
    axes.set(xlabel=plot.x_label, ylabel=plot.y_label)
    axes.grid(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0)
    highest = max(np.nanmax(line.get_ydata(), initial=0.0) for line in lines.values())
    axes.set_ylim(0, 1 if 0.5 < highest <= 1 else None)
    _legend(figure, report, measure, lines)
    return figure


def _radar(report: Report, table: Breakdown) -> Figure:
    """A corner an attribute; outwards is better."""
    sign = 1 if table.measure.higher_is_better else -1
    figure, axes = _figure(
        report, _RADAR_HEIGHT, below=_RADAR_LABELS, title=f"{table.measure.title} by attribute", projection="polar"
    )
    axes.set_theta_offset(math.pi / 2)
    axes.set_theta_direction(-1)
    angles_R = np.arange(len(table.rows)) * (2 * math.pi / len(table.rows))
    closed = [*range(len(table.rows)), 0]
    lines = {
        n: _line(axes, n, angles_R[closed], sign * table.values_RN[closed, n]) for n in range(len(report.trackers))
    }
    _rings(axes, table, sign)
    axes.set_xticks(angles_R, [textwrap.fill(row, 14) for row in table.rows])
    for label, angle in zip(axes.get_xticklabels(), angles_R, strict=True):
        label.set_horizontalalignment(_side(math.sin(angle)))
    axes.tick_params(axis="x", pad=2)
    axes.spines["polar"].set_color(RULE)
    _legend(figure, report, table.measure, lines)
    return figure


def _rings(axes: Any, table: Breakdown, sign: int) -> None:
    """Rings from below the worst number to above the best; their numbers stand over the lines, half-way to a corner."""
    worst, best = table.worst_and_best()
    spread = abs(best - worst) or 0.1
    low, high = sign * worst - 0.25 * spread, sign * best + 0.05 * spread
    axes.set_rlim(low, high)
    rings = [ring for ring in MaxNLocator(4).tick_values(low, high) if low + 0.15 * spread < ring <= high]
    axes.set_yticks(rings, [""] * len(rings))
    for ring in rings:
        axes.text(math.pi / len(table.rows), ring, f"{sign * ring:.3g}", size=7, ha="center", va="center", zorder=3)


def _side(sine: float) -> str:
    return "center" if abs(sine) < 0.1 else "left" if sine > 0 else "right"


def _figure(
    report: Report, height: float, below: float, title: str, projection: str | None = None
) -> tuple[Figure, Any]:
    """A figure with room for its legend, and axes of a fixed height in inches, `below` inches above the legend."""
    legend = math.ceil(len(report.trackers) / _legend_columns(report)) * _LEGEND_ROW + _LEGEND_PAD
    above = _TITLE + (_RADAR_LABELS - 0.2 if projection else 0)
    total = legend + below + height + above
    figure = Figure(figsize=(_WIDTH, total))
    width = height if projection else _WIDTH - _LEFT - _RIGHT
    left = (_WIDTH - width) / 2 if projection else _LEFT
    box = (left / _WIDTH, (legend + below) / total, width / _WIDTH, height / total)
    figure.text(0.5, 1 - 0.1 / total, title, ha="center", va="top", size=11, weight="bold")
    return figure, figure.add_axes(box, projection=projection)


def _line(axes: Axes, n: int, x_K: np.ndarray, y_K: np.ndarray) -> Line2D:
    """The n-th tracker's line; better trackers lie above worse ones."""
    style = line_style(n)
    (line,) = axes.plot(x_K, y_K, color=style.colour, lw=1.5, zorder=2 - n / 1000)
    if style.dashes:
        line.set_linestyle((0, style.dashes))
    return line


def _legend(figure: Figure, report: Report, measure: Measure, lines: dict[int, Line2D]) -> None:
    """Names and numbers below the axes, best first, column by column."""
    numbers_N = np.array([number(tracker, measure) for tracker in report.trackers])
    ranked = [n for n in order(numbers_N, measure) if n in lines]
    columns = _legend_columns(report)
    legend = figure.legend(
        [lines[n] for n in ranked],
        [str(n) for n in ranked],
        loc="lower center",
        ncols=columns,
        frameon=False,
        borderaxespad=0.3,
        borderpad=0.2,
        handlelength=2.6,
        labelspacing=0.35,
        columnspacing=1.4,
    )
    # Set afterwards: matplotlib leaves out labels that begin with an underscore.
    for text, n in zip(legend.get_texts(), ranked, strict=True):
        text.set_text(
            f"{shorten(report.trackers[n].name, _LEGEND_CHARACTERS[columns])} [{shown(numbers_N[n], measure)}]"
        )


def _legend_columns(report: Report) -> int:
    long = any(len(tracker.name) > _LEGEND_CHARACTERS[2] for tracker in report.trackers)
    return 1 if len(report.trackers) == 1 or (long and len(report.trackers) <= _LONG_NAMES_MOST) else 2


def shorten(name: str, characters: int) -> str:
    """A name of at most so many characters; what is left out is in the middle, as names tend to differ at the ends."""
    if len(name) <= characters:
        return name
    head = characters // 2
    return f"{name[:head]}\N{HORIZONTAL ELLIPSIS}{name[len(name) - (characters - head - 1) :]}"
