"""The learning curve as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from siamtrack.evaluation.learning import FITTED, SCORES, column, trend
from siamtrack.evaluation.render.palette import line_style
from siamtrack.evaluation.render.style import styled

_SIZE = 6.4, 4.6  # inches
_TICK_RATIO = 1.2


def learning_figure(records: list[dict[str, Any]]) -> Figure:
    """Every score against pairs, on a logarithmic axis; hollow, on the dotted line, what the next doubling would bring.

    Args:
        records: by pairs, as `learning.read_records` gives them.
    """
    pairs_R = column(records, "pairs")
    with styled():
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        for n, (key, title) in enumerate(SCORES.items()):
            score_R = column(records, key)
            known_R = np.isfinite(score_R)
            if not known_R.any():
                continue
            style, found = line_style(n), trend(pairs_R, score_R)
            (line,) = axes.plot(pairs_R[known_R], score_R[known_R], "o-", color=style.colour, lw=1.5, ms=4, label=title)
            if style.dashes:
                line.set_linestyle((0, style.dashes))
            if found is not None:
                ends = (found.pairs / 2, found.pairs), (found.score - found.gain, min(found.score, 1.0))
                axes.plot(*ends, ":", color=style.colour, lw=1.2)
                axes.plot(*(end[1:] for end in ends), "o", color=style.colour, ms=4, mfc="white")
        axes.set_title(f"Scores by training pairs; dotted: line through the last {FITTED} records", size=9)
        axes.set(xlabel="training pairs seen", ylabel="score")
        axes.set_xscale("log", base=2)
        axes.set_xticks(_ticks(pairs_R))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:,.0f}k"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.tick_params(axis="x", rotation=45)
        axes.grid(True)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _ticks(pairs_R: np.ndarray) -> list[float]:
    """The last record's pairs, and of those before as many as leave room for their labels."""
    ticks: list[float] = []
    for pairs in pairs_R[::-1].tolist():
        if not ticks or ticks[-1] / pairs >= _TICK_RATIO:
            ticks.append(pairs)
    return ticks
