"""What a run's `log.jsonl` says, as a picture."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from siamtrack.evaluation.render.palette import line_style
from siamtrack.evaluation.render.style import styled

_SIZE = 7.2, 6.4  # inches
_SCORES = ("mean_iou", "mask_iou", "best_iou", "hit", "pair_auc", "track_auc", "track_iou")
_NO_LOSSES = (*_SCORES, "lr", "rate", "wait", "skipped", "score_gap", "mask_above_5", "mask_above_7", "wrong", "active")
_RATE = "learning rate"

Curves = dict[str, np.ndarray]


def read_curves(path: str | Path) -> Curves:
    """Name -> (R, 2) step and value, of every number in a log.

    Raises:
        ValueError: there is none.
        OSError: the file cannot be read.
    """
    curves: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        try:
            values = json.loads(line)
        except ValueError:  # half a line, which a killed run may leave
            continue
        step = values.pop("step")
        for name, value in values.items():
            if not isinstance(value, str):
                curves[name].append((step, value))
    if not curves:
        raise ValueError(f"{path} holds no numbers yet")
    return {name: np.array(rows) for name, rows in curves.items()}


def curves_figure(curves: Curves) -> Figure:
    """Losses, scores and learning rate against steps."""
    panels = {
        "loss": [name for name in curves if name not in _NO_LOSSES],
        "score": [name for name in _SCORES if name in curves],
        _RATE: [name for name in ("lr",) if name in curves],
    }
    panels = {title: names for title, names in panels.items() if names}
    with styled():
        figure = Figure(figsize=_SIZE, layout="constrained")
        heights = [1 if title == _RATE else 3 for title in panels]
        axes_P = figure.subplots(len(panels), sharex=True, height_ratios=heights, squeeze=False)[:, 0]
        for axes, (title, names) in zip(axes_P, panels.items(), strict=True):
            for n, name in enumerate(names):
                style, (step_R, value_R) = line_style(n), curves[name].T
                (line,) = axes.plot(step_R, value_R, color=style.colour, lw=1.2, label=name)
                line.set_linestyle((0, style.dashes) if style.dashes else "-")
                if len(step_R) < 100:  # else they would hide the line
                    line.set(marker="o", markersize=2.5)
            axes.set_ylabel(title)
            axes.grid(True)
            axes.spines[["top", "right"]].set_visible(False)
            if title == _RATE:
                axes.set_ylim(bottom=0)
            else:
                axes.legend(frameon=False, ncols=2)
        axes_P[-1].set_xlabel("step")
    return figure
