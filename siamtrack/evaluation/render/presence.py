"""A tracker's score judged in one picture: the ROC by way of absence, and reliability."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siamtrack.evaluation.presence import FOLLOWED_IOU, Reliability, Sightings
from siamtrack.evaluation.render.palette import INK, line_style
from siamtrack.evaluation.render.style import styled
from siamtrack.evaluation.roc import roc_auc, roc_curve

_SIZE = 8.4, 4.2  # inches
_UNIT = -0.01, 1.01  # limits of axes from 0 to 1, with room for a line's width


def presence_figure(title: str, rocs: Mapping[str, Sightings], total: Reliability) -> Figure:
    """ROC on the left; on the right reliability, and below it the frames of each bin.

    Args:
        title: whose score, on what.
        rocs: name of a line -> its frames; each must have frames with and without the target.
        total: of all frames.
    """
    with styled():
        figure = Figure(figsize=_SIZE, layout="constrained")
        figure.suptitle(title, size=11, weight="bold")
        axes = figure.subplot_mosaic([["roc", "overlap"], ["roc", "frames"]], height_ratios=(5, 1))
        _roc(axes["roc"], rocs)
        _reliability(axes["overlap"], total)
        _frames(axes["frames"], total)
    return figure


def _roc(axes: Axes, rocs: Mapping[str, Sightings]) -> None:
    axes.plot((0, 1), (0, 1), color=INK, lw=0.7, ls=":")
    for n, (name, seen) in enumerate(rocs.items()):
        style = line_style(n)
        _, false_K, true_K = roc_curve(seen.score_F, seen.present_F)
        label = f"{name}: {roc_auc(seen.score_F, seen.present_F):.3f}"
        (line,) = axes.plot(false_K, true_K, color=style.colour, lw=1.5, label=label)
        if style.dashes:
            line.set_linestyle((0, style.dashes))
    axes.set(xlabel="share of absent frames at or above a score", ylabel="share of present frames")
    _square(axes, "ROC of score for 'present' (area)")
    axes.legend(loc="lower right", frameon=False)


def _reliability(axes: Axes, found: Reliability) -> None:
    axes.plot((0, 1), (0, 1), color=INK, lw=0.7, ls=":")
    some_B = found.count_B > 0
    axes.plot(found.score_B[some_B], found.overlap_B[some_B], "o-", color=line_style(0).colour, label="mean overlap")
    axes.plot(
        found.score_B[some_B], found.good_B[some_B], "s--", color=line_style(1).colour, ms=4,
        label=f"share with overlap {FOLLOWED_IOU} or more",
    )  # fmt: skip
    axes.set(ylabel="overlap; share")
    _square(axes, f"Reliability (calibration error {found.error:.3f})")
    axes.tick_params(labelbottom=False)
    axes.legend(loc="lower right", frameon=False)


def _frames(axes: Axes, found: Reliability) -> None:
    """How many each bin of the reliability stands on."""
    width = 1 / len(found.count_B)
    middle_B = (np.arange(len(found.count_B)) + 0.5) * width
    bars = axes.bar(middle_B, found.count_B, width * 0.9, color=line_style(6).colour, lw=0)
    axes.bar_label(bars, fontsize=7, padding=1)
    axes.set(xlabel="score (points: the mean of a bin)", ylabel="frames", xlim=_UNIT, yticks=())
    axes.margins(y=0.4)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _square(axes: Axes, title: str) -> None:
    axes.set_title(title, size=9)
    axes.set(xlim=_UNIT, ylim=_UNIT)
    axes.grid(True)
    axes.spines[["top", "right"]].set_visible(False)
