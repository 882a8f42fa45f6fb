"""From result folders and annotations to a report; neither images nor networks are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from siamtrack.data.datasets.registry import get_dataset
from siamtrack.data.eao import eao_interval
from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation import onepass, vot
from siamtrack.evaluation.files import find_trackers, first_row_notes, read_boxes, read_fps, repetition_notes
from siamtrack.evaluation.protocols import Pass, spatial, temporal
from siamtrack.evaluation.report import FPS, Measure, Report, TrackerReport
from siamtrack.evaluation.rules import get_rules
from siamtrack.evaluation.vot.results import VotProtocol, find_vot_trackers

T = TypeVar("T")

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
    withheld = [video.name for video in videos if video.withheld]
    videos = [video for video in videos if not video.withheld]
    if not videos:
        raise ValueError(f"only the first box of {', '.join(withheld[:3])} ... is known: nothing can be scored here")
    if protocol in vot.MEASURES:
        report = _vot_report(dataset, protocol, videos, folders, convention)
    else:
        report = _one_pass_report(dataset, protocol, videos, folders, convention)
    notes = [f"{', '.join(withheld)}: only the first box is known, not scored"] if withheld else []
    return replace(report, notes=notes + report.notes)


def _one_pass_report(
    dataset: str, protocol: str, videos: Sequence[Video], folders: Iterable[Path], convention: str
) -> Report:
    rules = get_rules(convention, dataset)
    runs = {video.name: _runs(video, protocol) for video in videos}
    if protocol in _PASSES:
        videos = [replace(_joined(runs[video.name]), name=video.name) for video in videos]
        rules = replace(rules, first="file")  # the first box is what SRE changes; in TRE it is the annotated one
    truth = onepass.gather(videos, rules)
    experiment = protocol if protocol in _PASSES else ""
    folder_of = find_trackers(folders, [run for of_video in runs.values() for run in of_video], experiment)
    read, refused = _accept(folder_of, lambda name, folder: _read(folder / experiment, runs))
    reports = []
    for name, (boxes, fps) in read.items():
        scored = onepass.score(name, truth, boxes, rules)
        reports.append(replace(scored, measures=scored.measures | {FPS.key: fps}))
    notes = repetition_notes({name: folder_of[name] for name in read})
    if not experiment:
        notes = first_row_notes({name: boxes for name, (boxes, _) in read.items()}, videos) + notes
    by_ao = protocol == "got10k"
    return Report(
        dataset=dataset,
        protocol=protocol,
        convention=convention,
        rules=rules.in_words(),
        sequences=len(videos),
        expected=get_dataset(dataset).sequences,
        frames=sum(len(video) for video in videos),
        measures=_known([*(onepass.GOT10K_MEASURES if by_ao else onepass.MEASURES), FPS], reports),
        plots=onepass.PLOTS,
        trackers=_ranked(reports, "ao" if by_ao else "success_auc"),
        notes=notes,
        refused=refused,
    )


def _runs(video: Video, protocol: str) -> list[Video]:
    """The sequence as each run on it sees it, from its first frame on, under the name of the run's file."""
    if protocol not in _PASSES:
        return [video]
    return [
        replace(video.part(slice(one.frames.start, None)), name=f"{video.name}_{number:08d}")
        for number, one in _PASSES[protocol](video).items()
    ]


def _joined(runs: Sequence[Video]) -> Video:
    """All runs on a sequence as one long one: its frames weigh the same, whichever run they belong to.

    So does the OTB toolkit (genPerfMat.m).
    """
    absent = [run.absent_T for run in runs if run.absent_T is not None]
    return replace(
        runs[0],
        boxes_T4=np.concatenate([run.boxes_T4 for run in runs]),
        absent_T=np.concatenate(absent) if absent else None,
    )


def _read(folder: Path, runs: Mapping[str, Sequence[Video]]) -> tuple[dict[str, np.ndarray], float]:
    """The boxes of a tracker by sequence, those of all runs in a row, and its frames a second."""
    boxes = read_boxes(folder, [run for of_video in runs.values() for run in of_video])
    by_video = {name: np.concatenate([boxes[run.name] for run in of_video]) for name, of_video in runs.items()}
    return by_video, read_fps(folder)


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
        sequences=len(videos),
        expected=get_dataset(dataset).sequences,
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
        except (ValueError, OSError) as error:
            refused[name] = str(error)
    if not accepted:
        raise ValueError("\n".join(refused.values()))
    return accepted, refused


def _known(measures: list[Measure], reports: list[TrackerReport]) -> list[Measure]:
    """Without those that no tracker has."""
    return [m for m in measures if any(np.isfinite(report.measures[m.key]) for report in reports)]


def _ranked(reports: list[TrackerReport], key: str) -> list[TrackerReport]:
    return sorted(reports, key=lambda report: (-np.nan_to_num(report.measures[key], nan=-1.0), report.name))
