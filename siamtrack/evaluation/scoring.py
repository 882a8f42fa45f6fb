"""From result folders and annotations to a report; neither images nor networks are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation import onepass
from siamtrack.evaluation.files import find_trackers, first_row_notes, read_boxes, read_fps
from siamtrack.evaluation.protocols import Pass, spatial, temporal
from siamtrack.evaluation.report import Measure, Report, TrackerReport
from siamtrack.evaluation.rules import get_rules

_FPS = Measure("fps", "Frames/s", digits=1)
_PASSES: dict[str, Callable[[Video], dict[int, Pass]]] = {"tre": temporal, "sre": spatial}


def make_report(
    dataset: str, protocol: str, videos: Sequence[Video], folders: Iterable[Path], convention: str = "siamtrack"
) -> Report:
    """Score every tracker that is found in the folders.

    Args:
        dataset: name in the registry; conventions have special rules for some.
        protocol: a key of `store.RUNS`.
        videos: the annotations.
        folders: of trackers, or of folders of trackers.

    Raises:
        ValueError: an unknown convention, annotations that are withheld, results that do not fit the annotations.
        FileNotFoundError: no results.
    """
    return _one_pass_report(dataset, protocol, videos, folders, convention)


def _one_pass_report(
    dataset: str, protocol: str, videos: Sequence[Video], folders: Iterable[Path], convention: str
) -> Report:
    rules = get_rules(convention, dataset)
    experiment, notes = "", []
    if protocol in _PASSES:
        experiment, videos = protocol, [one for video in videos for one in _segments(_PASSES[protocol], video)]
        rules = replace(rules, first="file" if protocol == "sre" else rules.first)
    trackers = find_trackers(folders, videos, experiment)
    boxes = {name: read_boxes(folder / experiment, videos) for name, folder in trackers.items()}
    if not experiment:
        notes = first_row_notes(boxes, videos)
    truth = onepass.gather(videos, rules)
    reports = []
    for name, folder in trackers.items():
        scored = onepass.score(name, truth, boxes[name], rules)
        reports.append(replace(scored, measures=scored.measures | {_FPS.key: read_fps(folder)}))
    return Report(
        dataset=dataset,
        protocol=protocol,
        convention=convention,
        rules=rules.in_words(),
        frames=sum(len(video) for video in videos),
        measures=_known([*(onepass.GOT10K_MEASURES if protocol == "got10k" else onepass.MEASURES), _FPS], reports),
        plots=onepass.PLOTS,
        trackers=_ranked(reports, "ao" if protocol == "got10k" else "success_auc"),
        notes=notes,
    )


def _segments(passes: Callable[[Video], dict[int, Pass]], video: Video) -> list[Video]:
    """A sequence once for each of its passes, from the first frame of the pass on, as far as scoring looks at it."""
    return [
        replace(
            video,
            name=f"{video.name}_{number:08d}",
            boxes_T4=video.boxes_T4[one.frames.start :],
            absent_T=None if video.absent_T is None else video.absent_T[one.frames.start :],
        )
        for number, one in passes(video).items()
    ]


def _known(measures: list[Measure], reports: list[TrackerReport]) -> list[Measure]:
    """Without those that no tracker has."""
    return [m for m in measures if any(np.isfinite(report.measures[m.key]) for report in reports)]


def _ranked(reports: list[TrackerReport], key: str) -> list[TrackerReport]:
    return sorted(reports, key=lambda report: (-np.nan_to_num(report.measures[key], nan=-1.0), report.name))
