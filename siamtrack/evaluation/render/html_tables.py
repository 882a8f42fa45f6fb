"""The tables of the page."""

from __future__ import annotations

import re
from html import escape

import numpy as np

from siamtrack.evaluation.render.palette import line_style
from siamtrack.evaluation.render.ranking import Breakdown, Place, heading, number, places, shown
from siamtrack.evaluation.report import Measure, Report

_PIECE = re.compile(
    r"[\W_]{0,14}[^\W_]{1,14}[\W_]{0,14}|[\W_]{1,14}"
)  # of a name: letters and the punctuation round them
_SHADES = 10  # of heat, classes h0 to h9 of page.css


def headline(report: Report) -> str:
    """A row a tracker, a column a measure, a bar behind each number."""
    columns = [_bars(report, measure) for measure in report.measures]
    head = _head("#", "up") + _head("Tracker", "up")
    head += "".join(_head(escape(heading(measure)), _first(measure)) for measure in report.measures)
    rows = "".join(
        f'<tr><td class="rank">{n + 1}</td><th scope="row">{_line_sample(n)}{breakable(tracker.name)}</th>'
        f"{''.join(column[n] for column in columns)}</tr>\n"
        for n, tracker in enumerate(report.trackers)
    )
    return _table("headline", head, rows)


def heat_table(table: Breakdown, report: Report, row_title: str) -> str:
    """A row a sequence or attribute, a column a tracker, shaded from the table's worst number to its best."""
    first = _first(table.measure)
    head = _head(row_title, "up") + "".join(_head(breakable(tracker.name), first) for tracker in report.trackers)
    rows = "".join(
        f'<tr><th scope="row">{breakable(row)}</th>{_heat_row(values_N, shade_N, table.measure)}</tr>\n'
        for row, values_N, shade_N in zip(table.rows, table.values_RN, _shades(table), strict=True)
    )
    return _table("heat", head, rows)


def breakable(name: str) -> str:
    """A name, escaped, that a browser may break after punctuation and within long runs of letters, not elsewhere."""
    return "<wbr>".join(escape(piece) for piece in _PIECE.findall(name))


def scale(table: Breakdown) -> str:
    """In words, what the shades mean; nothing where there are none."""
    worst, best = (shown(end, table.measure) for end in table.worst_and_best())
    return "" if worst == best else f"Shaded from {worst} (worst, pale) to {best} (best, strong)."


def _bars(report: Report, measure: Measure) -> list[str]:
    """Cells of one measure; bars begin at 0 and the longest fills its cell."""
    values_N = np.array([number(tracker, measure) for tracker in report.trackers])
    longest = np.nanmax(np.abs(values_N), initial=0.0) or 1.0
    percent_N = np.nan_to_num(np.clip(values_N, 0, None) / longest) * 100
    return [
        f'<td class="bar" style="--bar:{percent:.1f}%">{_marked(shown(value, measure), place)}</td>'
        for value, percent, place in zip(values_N, percent_N, places(values_N, measure), strict=True)
    ]


def _heat_row(values_N: np.ndarray, shade_N: np.ndarray, measure: Measure) -> str:
    return "".join(
        f"<td{f' class=h{shade}' if shade >= 0 else ''}>{_marked(shown(value, measure), place)}</td>"
        for value, shade, place in zip(values_N, shade_N, places(values_N, measure), strict=True)
    )


def _shades(table: Breakdown) -> np.ndarray:
    """(R, N) int, 0 to `_SHADES` - 1; -1 where there is no number."""
    good_RN = table.goodness_RN()
    return np.where(np.isnan(good_RN), -1, np.minimum(np.nan_to_num(good_RN) * _SHADES, _SHADES - 1)).astype(int)


def _marked(text: str, place: Place) -> str:
    return {"best": f"<b>{text}</b>", "second": f"<u>{text}</u>", "": text}[place]


def _table(kind: str, head: str, rows: str) -> str:
    return (
        f'<div class="scroll"><table class="{kind}" data-sortable><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _first(measure: Measure) -> str:
    """Which way puts the best on top."""
    return "down" if measure.higher_is_better else "up"


def _head(content: str, first: str) -> str:
    """A column's head; `first` is the direction that a first click sorts in."""
    return f'<th scope="col" data-first="{first}">{content}</th>'


def _line_sample(n: int) -> str:
    """The n-th tracker's line as it is in the plots."""
    style = line_style(n)
    dashes = f' stroke-dasharray="{" ".join(f"{2 * length:g}" for length in style.dashes)}"' if style.dashes else ""
    line = f'<path d="M0 4H30"{dashes}/>'
    return f'<svg class="sample l{style.slot}" viewBox="0 0 30 8" aria-hidden="true">{line}</svg>'
