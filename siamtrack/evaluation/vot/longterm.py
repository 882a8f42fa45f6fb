"""Long-term protocol, VOT-LT (Lukezic et al. 2018, "Now you see me"): one run; the scores say when the target is there.

A frame counts as an answer where its score is at or above a threshold. Precision is the mean overlap of the answers,
recall the sum of their overlaps over the number of frames with a target; both are means of sequences. F is their
harmonic mean, and the best F over all thresholds is what trackers are ranked by.

Shape legend: T frames, H thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from siamtrack.evaluation.report import FPS, Curve, Measure, Plot, TrackerReport
from siamtrack.evaluation.vot.overlap import AREAS_IN_WORDS, Area, filled, overlaps
from siamtrack.evaluation.vot.regions import annotated_regions
from siamtrack.evaluation.vot.results import Results, Run
from siamtrack.evaluation.vot.speed import frames_per_second

_RESOLUTION = 100  # thresholds: vot-toolkit 0.7.4, analysis/longterm.py; pysot, toolkit/utils/statistics.py

MEASURES = [
    Measure("f", "F"),
    Measure("precision", "Precision"),
    Measure("recall", "Recall"),
    FPS,
]
PLOTS = [
    Plot("f", "F over thresholds", "threshold, share of those tried", "F", "f"),
    Plot("pr", "Precision and recall", "recall", "precision", "f"),
]


@dataclass(frozen=True)
class Convention:
    """How one toolkit scores.

    Attributes:
        area: how overlaps are measured.
        silent: a frame for which the tracker gave no region is no answer; or, by its score, an answer of overlap 0; or
            the same, but of overlap 1 where there is no target either.
        pysot: thresholds as pysot takes them from the scores, and none but positive scores are answers.
    """

    area: Area
    silent: Literal["no answer", "wrong", "right without a target"]
    pysot: bool = False


CONVENTIONS = {
    "siamtrack": Convention("polygon", "no answer"),
    # toolkit/evaluation/f1_benchmark.py and toolkit/utils/statistics.py of the repositories that have pysot's VOT-LT
    "pysot": Convention("raster-pysot", "wrong", pysot=True),
    # vot-toolkit 0.7.4, vot/analysis/longterm.py
    "vot-toolkit": Convention("raster", "right without a target"),
}

_SILENT_IN_WORDS = {
    "no answer": "frames for which the tracker gave no region, the given one among them, are no answers",
    "wrong": "frames without a region count by their score, with overlap 0; scores of 0 and less are no answers",
    "right without a target": "frames without a region, the given one among them, count by their score, which is 0 "
    "where it is missing, with overlap 0, or 1 where there is no target either",
}


def rules(convention: str) -> list[str]:
    """The rules of a convention in words."""
    known = CONVENTIONS[convention]
    return [
        AREAS_IN_WORDS[known.area],
        "precision: mean overlap of the frames whose score is at or above a threshold, 1 if there are none",
        "recall: sum of those overlaps over the number of frames with a target, the given one included",
        f"precision and recall: mean of sequences; F: the best over {_RESOLUTION} thresholds, taken from the scores",
        _SILENT_IN_WORDS[known.silent],
        "an answer where there is no target has overlap 0",
    ]


def score(name: str, results: Results, convention: str) -> TrackerReport:
    """Score one tracker.

    Args:
        results: the runs on each sequence.
        convention: a key of `CONVENTIONS`.

    Raises:
        ValueError: some runs have scores and some have none.
    """
    known = CONVENTIONS[convention]
    _check_scores(results)
    answers = [[_answers(run, known) for run in runs] for _, runs in results]
    scores = np.concatenate([one.scores_T for ours in answers for one in ours])
    thresholds_H = _thresholds_of_pysot(scores) if known.pysot else _thresholds(scores)
    means_S2H = np.array([np.mean([_precision_recall(one, thresholds_H) for one in ours], 0) for ours in answers])
    precision_H, recall_H = means_S2H.mean(0)
    f_H = _harmonic(precision_H, recall_H)
    best = int(np.argmax(f_H))
    return TrackerReport(
        name,
        {
            "f": float(f_H[best]),
            "precision": float(precision_H[best]),
            "recall": float(recall_H[best]),
            FPS.key: frames_per_second(results),
        },
        {"f": Curve(np.linspace(0, 1, len(f_H)), f_H), "pr": Curve(recall_H, precision_H)},
        {
            video.name: _numbers(precision_S[best], recall_S[best])
            for (video, _), (precision_S, recall_S) in zip(results, means_S2H, strict=True)
        },
        _by_tag(results, answers, thresholds_H[best]),
    )


class _Answers(NamedTuple):
    """What a run said.

    Attributes:
        overlaps_T: 0 where either side has no region.
        scores_T: NaN is below every threshold.
        visible_T: bool, there is a target.
        lowest: what scores must be above to be answers at all.
    """

    overlaps_T: np.ndarray
    scores_T: np.ndarray
    visible_T: np.ndarray
    lowest: float


def _check_scores(results: Results) -> None:
    runs = [run for _, ours in results for run in ours]
    without = [run for run in runs if run.trajectory.confidence_T is None]
    if 0 < len(without) < len(runs):
        raise ValueError(
            f"{without[0].path} has no {without[0].path.stem}_confidence.value beside it, "
            f"as {len(runs) - len(without)} of {len(runs)} runs have; expected scores for all or for none"
        )


def _answers(run: Run, convention: Convention) -> _Answers:
    trajectory, truth = run.trajectory, annotated_regions(run.video)
    scores_T = np.zeros(len(truth)) if trajectory.confidence_T is None else trajectory.confidence_T.copy()
    scores_T[0] = np.nan  # the given frame, whatever stands there
    if not convention.pysot:
        scores_T = np.nan_to_num(scores_T)
    if convention.silent == "no answer":
        scores_T[~trajectory.regions.present_N] = np.nan
    overlaps_T = overlaps(trajectory, run.video, convention.area)
    if convention.silent == "right without a target":
        overlaps_T = filled(overlaps_T, trajectory, run.video)
    return _Answers(np.nan_to_num(overlaps_T), scores_T, truth.present_N, 0.0 if convention.pysot else -np.inf)


def _thresholds(scores: np.ndarray) -> np.ndarray:
    """(H,) from infinity down: scores at equal steps of their order."""
    ordered = np.sort(scores[~np.isnan(scores)])[::-1]
    steps = _RESOLUTION - 2
    if len(ordered) > steps:
        margin = len(ordered) // steps
        ordered = ordered[np.round(np.linspace(margin, len(ordered) - margin, steps)).astype(int)]
    return np.concatenate(([np.inf], ordered, [-np.inf]))


def _thresholds_of_pysot(scores: np.ndarray) -> np.ndarray:
    """(H,) the same by pysot's rule, which takes other steps and no missing scores."""
    ordered = np.sort(scores[~np.isnan(scores)])
    steps = _RESOLUTION - 2
    margin = len(ordered) // steps
    # pysot stops with an error where there are fewer scores than steps; here the first and last are repeated.
    rows = np.floor(np.linspace(margin - 1, len(ordered) - margin, steps) + 0.5).astype(int)
    return np.concatenate(([np.inf], ordered[np.clip(rows, 0, len(ordered) - 1)][::-1], [-np.inf]))


def _answered(answers: _Answers, thresholds_H: np.ndarray) -> np.ndarray:
    """(H, T) bool: the frame counts as an answer."""
    everything_H1 = np.isneginf(thresholds_H)[:, None] & (answers.scores_T > answers.lowest)
    return everything_H1 | (np.isfinite(thresholds_H)[:, None] & (answers.scores_T >= thresholds_H[:, None]))


def _precision_recall(answers: _Answers, thresholds_H: np.ndarray) -> np.ndarray:
    """(2, H) precision and recall."""
    answered_HT = _answered(answers, thresholds_H)
    number_H, overlap_H = answered_HT.sum(1), answered_HT @ answers.overlaps_T
    precision_H = np.where(number_H > 0, overlap_H / np.maximum(number_H, 1), 1.0)
    return np.stack((precision_H, overlap_H / max(answers.visible_T.sum(), 1)))


def _harmonic(precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """F; 0 where both are 0."""
    total = precision + recall
    return np.where(total > 0, 2 * precision * recall / np.where(total > 0, total, 1), 0.0)


def _numbers(precision: float, recall: float) -> dict[str, float]:
    f = _harmonic(np.array(precision), np.array(recall))
    return {"f": float(f), "precision": float(precision), "recall": float(recall)}


def _by_tag(results: Results, answers: Sequence[Sequence[_Answers]], threshold: float) -> dict[str, dict[str, float]]:
    """Over all frames with a label, at the best threshold."""
    totals: dict[str, np.ndarray] = {}
    for (video, _), ours in zip(results, answers, strict=True):
        for one in ours:
            (answered_T,) = _answered(one, np.array([threshold]))
            for tag, labels_T in video.tags.items():
                overlap = one.overlaps_T[answered_T & labels_T].sum()
                sums = np.array([overlap, (answered_T & labels_T).sum(), (one.visible_T & labels_T).sum()])
                totals[tag] = totals.get(tag, 0) + sums
    return {
        tag: _numbers(overlap / answered if answered else 1.0, overlap / visible if visible else float("nan"))
        for tag, (overlap, answered, visible) in sorted(totals.items())
    }
