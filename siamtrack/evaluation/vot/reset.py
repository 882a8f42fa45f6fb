"""Reset-based protocol, VOT 2013-2019: where a tracker loses the target it is started again, and this is counted.

Shape legend: T frames, L lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from siamtrack.evaluation.report import FPS, Curve, Measure, Plot, TrackerReport
from siamtrack.evaluation.vot.eao import Fragment, expected_overlap, mean_within
from siamtrack.evaluation.vot.overlap import AREAS_IN_WORDS, Area, region_overlaps
from siamtrack.evaluation.vot.regions import annotated_regions
from siamtrack.evaluation.vot.results import Results, Run, SequenceRuns
from siamtrack.evaluation.vot.speed import frames_per_second
from siamtrack.evaluation.vot.trajectory import FAILURE, INIT, SKIPPED_FRAMES

BURN_IN = 10  # frames from a start that accuracy leaves out: Kristan et al., VOT2013 report, section 3.1

MEASURES = [
    Measure("eao", "EAO"),
    Measure("accuracy", "Accuracy"),
    Measure("robustness", "Failures per 100 frames", higher_is_better=False),
    Measure("weighted_failures", "Failures, frame-weighted", higher_is_better=False),
    Measure("failures", "Lost number", higher_is_better=False, digits=1),
    FPS,
]
PLOTS = [Plot("eao", "Expected average overlap", "sequence length, frames", "expected average overlap", "eao")]


@dataclass(frozen=True)
class Convention:
    """How one toolkit scores.

    Attributes:
        area: how overlaps are measured.
        accuracy: mean of all frames that count, or of the sequences' means, weighted by their frames.
        late_losses: a target lost too late for a new start counts as lost too, so that all longer lengths have 0; pysot
            takes it as tracked to the end.
        longest: the curve ends at the length of the longest sequence, or of the longest time between start and loss.
        given_frame: is counted in the length of a sequence.
        border: last rows and columns of the image that do not count for the expected average overlap.
        shared_weight: the runs on a sequence share the weight of one; False: each has it.
        runs: how many; None for all there are. Another number of files than this is cut to the first.
    """

    area: Area
    accuracy: Literal["frames", "sequences"] = "frames"
    late_losses: bool = True
    longest: Literal["sequence", "fragment"] = "sequence"
    given_frame: bool = True
    border: int = 0
    shared_weight: bool = True
    runs: int | None = None


CONVENTIONS = {
    "siamtrack": Convention("polygon"),
    # STVIR/pysot, toolkit/evaluation/{ar,eao}_benchmark.py
    "pysot": Convention("raster-pysot", late_losses=False, border=1, shared_weight=False, runs=15),
    # vot-toolkit 0.7.4, vot/analysis/supervised.py
    "vot-toolkit": Convention(
        "raster", accuracy="sequences", longest="fragment", given_frame=False, shared_weight=False
    ),
}


def rules(convention: str, interval: tuple[int, int]) -> list[str]:
    """The rules of a convention in words."""
    known = CONVENTIONS[convention]
    low, high = interval
    averages = {
        "frames": "mean of all frames that count",
        "sequences": "mean of sequences, weighted by their frames",
    }
    return [
        AREAS_IN_WORDS[known.area] + (", without its last row and column for EAO" if known.border else ""),
        f"accuracy: overlap without the first {BURN_IN} frames of each start; {averages[known.accuracy]}",
        f"a target is lost where the overlap is 0; the next start is {SKIPPED_FRAMES} frames later",
        f"EAO: mean of the expected average overlap from {low} to {high} frames, "
        + ("the given one included" if known.given_frame else "the given one not counted"),
        f"a target lost in the last {SKIPPED_FRAMES - 1} frames counts as "
        + ("lost" if known.late_losses else "tracked to the end in EAO"),
    ]


def score(name: str, results: Results, convention: str, interval: tuple[int, int]) -> TrackerReport:
    """Score one tracker.

    Args:
        results: the runs on each sequence.
        convention: a key of `CONVENTIONS`.
        interval: shortest and longest length that the expected average overlap is averaged over.
    """
    known = CONVENTIONS[convention]
    if known.runs is not None:
        results = [SequenceRuns(video, runs if len(runs) == known.runs else runs[:1]) for video, runs in results]
    overlaps = [[_overlaps(run, known.area, 0) for run in runs] for _, runs in results]
    accuracies = [_accuracy(runs, ours) for (_, runs), ours in zip(results, overlaps, strict=True)]
    failures = np.array([np.mean([run.trajectory.failures for run in runs]) for _, runs in results])
    frames = np.array([len(video) for video, _ in results])
    curve_L = _curve(results, overlaps, known)
    first = 1 if known.given_frame else 0
    low, high = interval
    measures = {
        "eao": mean_within(curve_L, low - first, high - first),
        "accuracy": _mean_accuracy(accuracies, frames, known),
        "robustness": 100 * float(failures.sum() / frames.sum()),
        "weighted_failures": float((failures * frames).sum() / frames.sum()),
        "failures": float(failures.sum()),
        FPS.key: frames_per_second(results),
    }
    return TrackerReport(
        name,
        measures,
        {"eao": Curve(np.arange(len(curve_L)) + first, curve_L)},
        {
            video.name: {
                "accuracy": accuracy.of_runs if known.accuracy == "sequences" else accuracy.of_frames,
                "failures": float(lost),
            }
            for (video, _), accuracy, lost in zip(results, accuracies, failures, strict=True)
        },
        _by_tag(results, overlaps),
    )


def _overlaps(run: Run, area: Area, border: int) -> np.ndarray:
    """(T,) overlaps within the image without its last `border` rows and columns."""
    width, height = run.video.image_size()
    size = width - border, height - border
    return region_overlaps(run.trajectory.regions, annotated_regions(run.video), size, area)


def _counted(run: Run, overlaps_T: np.ndarray) -> np.ndarray:
    """(T,) bool: the frame counts for accuracy."""
    counts_T = np.isfinite(overlaps_T)
    for start in np.flatnonzero(run.trajectory.codes_T == INIT):
        counts_T[start : start + BURN_IN] = False
    return counts_T


class _Accuracy(NamedTuple):
    """Of one sequence.

    Attributes:
        of_runs: mean of the runs' means; a run of which no frame counts has 0.
        of_frames: mean of its frames, each the mean of the runs in which it counts; NaN if none does.
        frames: how many count.
    """

    of_runs: float
    of_frames: float
    frames: int


def _accuracy(runs: Sequence[Run], overlaps: Sequence[np.ndarray]) -> _Accuracy:
    counts_RT = np.array([_counted(run, o_T) for run, o_T in zip(runs, overlaps, strict=True)])
    kept_RT = np.where(counts_RT, overlaps, 0.0)
    of_runs = kept_RT.sum(1) / np.maximum(counts_RT.sum(1), 1)
    counted_T = counts_RT.any(0)
    of_frames = kept_RT.sum(0)[counted_T] / counts_RT.sum(0)[counted_T]
    mean = float(of_frames.mean()) if len(of_frames) else float("nan")
    return _Accuracy(float(of_runs.mean()), mean, len(of_frames))


def _mean_accuracy(accuracies: Sequence[_Accuracy], frames: np.ndarray, convention: Convention) -> float:
    if convention.accuracy == "sequences":
        return float(np.average([one.of_runs for one in accuracies], weights=frames))
    total = sum(one.of_frames * one.frames for one in accuracies if one.frames)
    counted = sum(one.frames for one in accuracies)
    return total / counted if counted else float("nan")


def _curve(results: Results, overlaps: Sequence[Sequence[np.ndarray]], convention: Convention) -> np.ndarray:
    """(L,) expected average overlap."""
    fragments: list[Fragment] = []
    for (_, runs), ours in zip(results, overlaps, strict=True):
        weight = 1 / len(runs) if convention.shared_weight else 1.0
        for run, overlaps_T in zip(runs, ours, strict=True):
            if convention.border:
                overlaps_T = _overlaps(run, convention.area, convention.border)
            fragments += _fragments(run, np.nan_to_num(overlaps_T), weight, convention.late_losses)
    frames = max(len(video) for video, _ in results)
    return expected_overlap(fragments, frames if convention.longest == "sequence" else 0)


def _fragments(run: Run, overlaps_T: np.ndarray, weight: float, late_losses: bool) -> list[Fragment]:
    """From each start to the failure after it, or to the end."""
    frames = len(overlaps_T)
    starts = np.flatnonzero(run.trajectory.codes_T == INIT).tolist()
    losses = np.flatnonzero(run.trajectory.codes_T == FAILURE).tolist()
    fragments = []
    for start, loss in zip(starts, [*losses, None], strict=False):
        if loss is None:
            fragments.append(Fragment(overlaps_T[start:], False, weight))
        elif late_losses or loss + SKIPPED_FRAMES < frames:
            fragments.append(Fragment(overlaps_T[start:loss], True, weight))
        elif loss + SKIPPED_FRAMES == frames:
            # pysot gives a frame's share of the weight to the start that would come after the last frame.
            share = 1 / (frames + 1 - start)
            fragments.append(Fragment(overlaps_T[start:], True, weight * (1 - share)))
        else:
            fragments.append(Fragment(overlaps_T[start:], False, weight))
    return fragments


def _by_tag(results: Results, overlaps: Sequence[Sequence[np.ndarray]]) -> dict[str, dict[str, float]]:
    """Mean overlap of the frames with a label, and the failures in them, a run."""
    totals: dict[str, np.ndarray] = {}
    for (_, runs), ours in zip(results, overlaps, strict=True):
        for run, overlaps_T in zip(runs, ours, strict=True):
            counts_T = _counted(run, overlaps_T)
            for tag, labels_T in run.video.tags.items():
                kept_T = overlaps_T[counts_T & labels_T]
                lost = (run.trajectory.codes_T[labels_T] == FAILURE).sum()
                sums = np.array([kept_T.sum(), len(kept_T), lost / len(runs)])
                totals[tag] = totals.get(tag, 0) + sums
    return {
        tag: {"accuracy": float(total / frames) if frames else float("nan"), "failures": float(lost)}
        for tag, (total, frames, lost) in sorted(totals.items())
    }
