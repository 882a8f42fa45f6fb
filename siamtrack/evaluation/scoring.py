"""From result folders and annotations to a report; neither images nor networks are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from siamtrack.data.eao import eao_interval
from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation import onepass, vot
from siamtrack.evaluation.files import find_trackers, first_row_notes, read_boxes, read_fps
from siamtrack.evaluation.protocols import Pass, spatial, temporal
from siamtrack.evaluation.report import Measure, Report, TrackerReport
from siamtrack.evaluation.rules import get_rules
from siamtrack.evaluation.vot.results import VotProtocol, find_vot_trackers

T = TypeVar("T")

_FPS = Measure("fps", "Frames/s", digits=1)
_PASSES: dict[str, Callable[[Video], dict[int, Pass]]] = {"tre": temporal, "sre": spatial}


def make_report(
    dataset: str, protocol: str, videos: Sequence[Video], folders: Iterable[Path], convention: str = "siamtrack"
) -> Report:
    """Score every tracker that is found in the folders.

    A tracker whose files do not fit is refused, not scored; the others are.

    Args:
        dataset: name in the registry; conventions have special rules for some.
        protocol: a key of `store.RUNS`.
        videos: the annotations.
        folders: of trackers, or of folders of trackers.

    Raises:
        ValueError: an unknown convention, annotations that are withheld, or every tracker is refused.
        FileNotFoundError: no results.
    """
    if protocol in vot.MEASURES:
        return _vot_report(dataset, protocol, videos, folders, convention)
    return _one_pass_report(dataset, protocol, videos, folders, convention)


def _one_pass_report(
    dataset: str, protocol: str, videos: Sequence[Video], folders: Iterable[Path], convention: str
) -> Report:
    rules, experiment = get_rules(convention, dataset), ""
    if protocol in _PASSES:
        experiment, videos = protocol, [one for video in videos for one in _segments(_PASSES[protocol], video)]
        rules = replace(rules, first="file" if protocol == "sre" else rules.first)
    truth = onepass.gather(videos, rules)
    folder_of = find_trackers(folders, videos, experiment)
    boxes, refused = _accept(folder_of, lambda name, folder: read_boxes(folder / experiment, videos))
    reports = []
    for name, by_video in boxes.items():
        scored = onepass.score(name, truth, by_video, rules)
        reports.append(replace(scored, measures=scored.measures | {_FPS.key: read_fps(folder_of[name])}))
    by_ao = protocol == "got10k"
    return Report(
        dataset=dataset,
        protocol=protocol,
        convention=convention,
        rules=rules.in_words(),
        frames=sum(len(video) for video in videos),
        measures=_known([*(onepass.GOT10K_MEASURES if by_ao else onepass.MEASURES), _FPS], reports),
        plots=onepass.PLOTS,
        trackers=_ranked(reports, "ao" if by_ao else "success_auc"),
        notes=[] if experiment else first_row_notes(boxes, videos),
        refused=refused,
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


def _vot_report(
    dataset: str, protocol: VotProtocol, videos: Sequence[Video], folders: Iterable[Path], convention: str
) -> Report:
    vot.check_convention(protocol, convention)
    interval = eao_interval(dataset, videos)
    folder_of = find_vot_trackers(folders, videos, protocol)
    reports, refused = _accept(
        folder_of, lambda name, folder: vot.score(name, protocol, videos, folder, convention, interval)
    )
    measures = _known(vot.MEASURES[protocol], list(reports.values()))
    return Report(
        dataset=dataset,
        protocol=protocol,
        convention=convention,
        rules=vot.rules(protocol, convention, interval),
        frames=sum(len(video) for video in videos),
        measures=measures,
        plots=vot.PLOTS[protocol],
        trackers=_ranked(list(reports.values()), measures[0].key),
        refused=refused,
    )


def _accept(folder_of: Mapping[str, Path], read: Callable[[str, Path], T]) -> tuple[dict[str, T], dict[str, str]]:
    """What is read of each tracker, and of those that do not fit, why.

    Raises:
        ValueError: none fits.
    """
    accepted, refused = {}, {}
    for name, folder in folder_of.items():
        try:
            accepted[name] = read(name, folder)
        except ValueError as error:
            refused[name] = str(error)
    if not accepted:
        raise ValueError("\n".join(refused.values()))
    return accepted, refused


def _known(measures: list[Measure], reports: list[TrackerReport]) -> list[Measure]:
    """Without those that no tracker has."""
    return [m for m in measures if any(np.isfinite(report.measures[m.key]) for report in reports)]


def _ranked(reports: list[TrackerReport], key: str) -> list[TrackerReport]:
    return sorted(reports, key=lambda report: (-np.nan_to_num(report.measures[key], nan=-1.0), report.name))
