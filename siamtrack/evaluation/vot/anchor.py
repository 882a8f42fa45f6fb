"""Anchor-based protocol, VOT 2020 and later: a run from every anchor, forwards or backwards, never started again.

Where annotations are masks, the boxes round them are scored here, which is not what the challenges ranked by.

Shape legend: S sequences, T frames of a run, L lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from siamtrack.evaluation.report import FPS, Curve, Measure, Plot, TrackerReport
from siamtrack.evaluation.vot.eao import Fragment, expected_overlap, mean_within
from siamtrack.evaluation.vot.overlap import AREAS_IN_WORDS, Area, filled, overlaps
from siamtrack.evaluation.vot.results import Results, Run
from siamtrack.evaluation.vot.speed import frames_per_second

# Kristan et al., VOT2020 report, section 2.1: lost is who stays at or below this overlap for so many frames.
LOST_OVERLAP, GRACE = 0.1, 10
# vot-toolkit 0.7.4, analysis/multistart.py: beyond the end of a lost run of n frames the sum of overlaps at length j is
# divided by j - 1, not by j.
_LOST_DELAY = 1

MEASURES = [
    Measure("eao", "EAO"),
    Measure("accuracy", "Accuracy"),
    Measure("robustness", "Robustness"),
    FPS,
]
PLOTS = [Plot("eao", "Expected average overlap", "sequence length, frames", "expected average overlap", "eao")]

CONVENTIONS: dict[str, Area] = {"siamtrack": "polygon", "vot-toolkit": "raster"}


def rules(convention: str, interval: tuple[int, int]) -> list[str]:
    """The rules of a convention in words."""
    low, high = interval
    return [
        AREAS_IN_WORDS[CONVENTIONS[convention]] + "; of masks, the boxes round them",
        f"a target is lost from the first of {GRACE} frames in a row with an overlap of at most {LOST_OVERLAP}",
        "accuracy: mean overlap of the frames before; the given frame counts, with 0, as in vot-toolkit",
        "robustness: share of frames before the loss; sequences weighted by their frames",
        f"EAO: mean of the expected average overlap from {low} to {high} frames, the given one not counted",
    ]


def score(name: str, results: Results, convention: str, interval: tuple[int, int]) -> TrackerReport:
    """Score one tracker.

    Args:
        results: the runs on each sequence.
        convention: a key of `CONVENTIONS`.
        interval: shortest and longest length that the expected average overlap is averaged over.
    """
    low, high = interval
    followed = [[_follow(run, CONVENTIONS[convention]) for run in runs] for _, runs in results]
    tracked_S = np.array([sum(one.tracked for one in ours) for ours in followed])
    asked_S = np.array([sum(len(one.overlaps_T) for one in ours) for ours in followed])
    overlap_S = np.array([sum(float(one.overlaps_T.sum()) for one in ours) for ours in followed])
    accuracy_S, robustness_S = overlap_S / np.maximum(tracked_S, 1), tracked_S / asked_S
    fragments = [Fragment(one.overlaps_T, one.lost, 1.0) for ours in followed for one in ours]
    curve_L = expected_overlap(fragments, high, _LOST_DELAY)  # vot-toolkit's ends before `high` too
    return TrackerReport(
        name,
        {
            "eao": mean_within(curve_L, low, high),
            "accuracy": float(overlap_S.sum() / max(tracked_S.sum(), 1)),
            "robustness": float(np.average(robustness_S, weights=[len(video) for video, _ in results])),
            FPS.key: frames_per_second(results),
        },
        {"eao": Curve(np.arange(len(curve_L)), curve_L)},
        {
            video.name: {"accuracy": float(accuracy), "robustness": float(robustness)}
            for (video, _), accuracy, robustness in zip(results, accuracy_S, robustness_S, strict=True)
        },
        _by_tag(results, followed),
    )


class _Followed(NamedTuple):
    """How far a tracker came.

    Attributes:
        overlaps_T: 0 in the given frame, and from the loss on.
        tracked: frames before the loss, the given one included.
    """

    overlaps_T: np.ndarray
    tracked: int

    @property
    def lost(self) -> bool:
        return self.tracked < len(self.overlaps_T)


def _follow(run: Run, area: Area) -> _Followed:
    overlaps_T = filled(overlaps(run.trajectory, run.video, area), run.trajectory, run.video)
    low_T = (overlaps_T <= LOST_OVERLAP) & run.video.annotated_T
    # Number of low frames in the window that ends with each frame.
    recent_T = np.convolve(low_T, np.ones(GRACE, int))[: len(low_T)]
    ends = np.flatnonzero(recent_T == GRACE)
    tracked = int(ends[0]) + 1 - GRACE if len(ends) else len(overlaps_T)
    overlaps_T[tracked:] = 0
    return _Followed(overlaps_T, tracked)


def _by_tag(results: Results, followed: Sequence[Sequence[_Followed]]) -> dict[str, dict[str, float]]:
    """Of the frames with a label: the mean overlap of those before a loss, and their share."""
    totals: dict[str, np.ndarray] = {}
    for (_, runs), ours in zip(results, followed, strict=True):
        for run, one in zip(runs, ours, strict=True):
            for tag, labels_T in run.video.tags.items():
                tracked = labels_T[: one.tracked].sum()
                sums = np.array([one.overlaps_T[labels_T].sum(), tracked, labels_T.sum()])
                totals[tag] = totals.get(tag, 0) + sums
    return {
        tag: {"accuracy": float(total / max(tracked, 1)), "robustness": float(tracked / frames)}
        for tag, (total, tracked, frames) in sorted(totals.items())
        if frames
    }
