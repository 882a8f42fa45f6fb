"""One picture of a run: every target's path in the frame, and its score and size over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from siamtrack.atomic import write_bytes
from siamtrack.tracking.tracker import TrackResult
from siamtrack.video.draw import target_color


def plot_tracks(results: Sequence[TrackResult], image_bgr: np.ndarray, path: str | Path) -> None:
    """Write the picture.

    Args:
        results: at least one, in frame order.
        image_bgr: (H, W, 3) uint8, the frame drawn behind the paths; by custom the last one.
        path: its suffix gives the format (.png, .pdf, .svg); written atomically.

    Raises:
        ValueError: no results.
    """
    if not results:
        raise ValueError("nothing to plot: no frame was tracked")
    figure = Figure(figsize=(12, 5), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1))
    scene, score, size = (figure.add_subplot(grid[cell]) for cell in ((slice(None), 0), (0, 1), (1, 1)))
    scene.imshow(image_bgr[..., ::-1], alpha=0.85)
    seconds = all(result.timestamp is not None for result in results)
    for target, rows in sorted(_by_target(results).items()):
        _plot_target(rows, seconds, target, scene, score, size)
    _label(scene, score, size, image_bgr.shape, "time (s)" if seconds else "frame")
    path = Path(path)
    drawn = BytesIO()
    figure.savefig(drawn, dpi=110, format=path.suffix.lstrip(".") or "png")
    write_bytes(path, drawn.getvalue())


def _by_target(results: Sequence[TrackResult]) -> dict[int, list[tuple[TrackResult, int]]]:
    rows: dict[int, list[tuple[TrackResult, int]]] = defaultdict(list)
    for result in results:
        for row, target in enumerate(result.ids):
            rows[target].append((result, row))
    return rows


def _plot_target(
    rows: list[tuple[TrackResult, int]], seconds: bool, target: int, scene: Axes, score: Axes, size: Axes
) -> None:
    color = tuple(channel / 255 for channel in reversed(target_color(target)))  # as in the annotated video
    time = np.array([result.timestamp if seconds else result.frame for result, _ in rows], float)
    box_T4 = np.array([result.boxes[row] for result, row in rows])
    score_T = np.array([result.scores[row] for result, row in rows])
    lost_T = np.array([result.states[row] == "lost" for result, row in rows])
    center_T2 = box_T4[:, :2] + box_T4[:, 2:] / 2
    seen_T2 = np.where(lost_T[:, None], np.nan, center_T2)
    scene.plot(seen_T2[:, 0], seen_T2[:, 1], color=color, lw=2, label=f"#{target}")
    scene.plot(*center_T2[0], "o", color=color, ms=7, mec="black")
    last = box_T4[-1]
    style = ":" if lost_T[-1] else "-"
    scene.add_patch(Rectangle((last[0], last[1]), last[2], last[3], fill=False, ec=color, lw=2, ls=style))
    score.plot(time, score_T, color=color, lw=1.3)
    size.plot(time, np.where(lost_T, np.nan, np.sqrt(box_T4[:, 2] * box_T4[:, 3])), color=color, lw=1.3)
    for axes in (score, size):
        # Lost stretches are shaded low on the axis, so that several targets stay apart from the curves.
        axes.fill_between(time, 0, 0.04, where=lost_T, color=color, transform=axes.get_xaxis_transform(), lw=0)


def _label(scene: Axes, score: Axes, size: Axes, shape: tuple[int, ...], time: str) -> None:
    scene.set(xlim=(0, shape[1]), ylim=(shape[0], 0), title="paths (dot: first box, dotted: lost)")
    scene.legend(loc="upper left", framealpha=0.9)
    score.set(ylim=(0, 1.03), ylabel="score", title="score (bars at the bottom: lost)")
    size.set(ylim=(0, None), ylabel="size: sqrt(w h), pixels", xlabel=time)
    for axes in (score, size):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
