"""All result files of one tracker, found, read and held against the annotations before anything is scored.

    TRACKER/baseline/SEQ/SEQ_001.txt         reset-based; further runs are SEQ_002 ...
    TRACKER/baseline/SEQ/SEQ_00000050.bin    anchor-based, the run from frame 50
    TRACKER/longterm/SEQ/SEQ_001.txt         long-term
    TRACKER/EXPERIMENT/SEQ/...               the same in vot-toolkit's workspaces, under any other name

Shape legend: T frames.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from siamtrack.data.anchors import anchored_frames
from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation.files import collect_trackers
from siamtrack.evaluation.vot.files import read_trajectory
from siamtrack.evaluation.vot.trajectory import FAILURE, INIT, REGION, SKIPPED_FRAMES, UNKNOWN, Trajectory

VotProtocol = Literal["reset", "anchor", "long-term"]

# What the experiment's folder is usually called.
_FOLDERS = {"reset": ("baseline",), "anchor": ("baseline",), "long-term": ("longterm", "unsupervised")}
_RUN_DIGITS = {"reset": 3, "anchor": 8, "long-term": 3}


@dataclass(frozen=True)
class Run:
    """A run and what it was run on.

    Attributes:
        video: its frames in the order of the run; for a run from an anchor, those from there on or back to the first.
        trajectory: as long.
        path: its file.
    """

    video: Video
    trajectory: Trajectory
    path: Path


class SequenceRuns(NamedTuple):
    """All runs on one sequence; at least one."""

    video: Video
    runs: list[Run]


Results = Sequence[SequenceRuns]


def read_results(folder: Path, videos: Sequence[Video], protocol: VotProtocol) -> list[SequenceRuns]:
    """The runs on each sequence, in order.

    Raises:
        FileNotFoundError: there are no results of this protocol.
        ValueError: every sequence whose files are missing, too long or too short; or a file that breaks the rules of
            the format or the protocol, by line.
    """
    experiment = _find_experiment(folder, videos, protocol)
    problems: list[str] = []
    results = []
    for video in videos:
        runs = []
        for path, part in _expected(experiment, video, protocol):
            if not path.is_file():
                problems.append(f"{path.relative_to(folder)} is missing")
                continue
            trajectory = read_trajectory(path, video.origin, gaps=protocol == "long-term")
            if len(trajectory) != len(part):
                problems.append(
                    f"{path.relative_to(folder)} has {len(trajectory)} rows for {len(part)} annotated frames"
                )
            runs.append(Run(part, trajectory, path))
        results.append(SequenceRuns(video, runs))
    if problems:
        raise ValueError(f"{folder} does not fit the annotations of {len(videos)} sequences: {'; '.join(problems)}")
    check = _check_resets if protocol == "reset" else _check_single
    return [SequenceRuns(video, [check(run) for run in runs]) for video, runs in results]


def find_vot_trackers(folders: Iterable[Path], videos: Sequence[Video], protocol: VotProtocol) -> dict[str, Path]:
    """The trackers' folders: each given one, or if it holds no results of this protocol, those in it.

    Returns:
        Tracker name -> its folder.

    Raises:
        FileNotFoundError: a folder is missing, or holds no result of any of the sequences.
        ValueError: two folders give one name, or one holds several experiments.
    """

    def find_in(folder: Path) -> list[tuple[str, Path]]:
        inside = sorted(path for path in folder.iterdir() if path.is_dir())
        here = [folder] if _holds(folder, videos, protocol) else [p for p in inside if _holds(p, videos, protocol)]
        if not here:
            _find_experiment(folder, videos, protocol)  # says what was expected
        return [(path.resolve().name, path) for path in here]

    return collect_trackers(folders, find_in)


def _holds(folder: Path, videos: Sequence[Video], protocol: VotProtocol) -> bool:
    try:
        _find_experiment(folder, videos, protocol)
    except FileNotFoundError:
        return False
    return True


def _find_experiment(folder: Path, videos: Sequence[Video], protocol: VotProtocol) -> Path:
    usual = [folder / name for name in _FOLDERS[protocol]]
    others = sorted(path for path in folder.glob("*") if path.is_dir() and path not in usual)
    for path in (*usual, folder):
        if _has_runs(path, videos, protocol):
            return path
    found = [path for path in others if _has_runs(path, videos, protocol)]
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise ValueError(f"{folder} holds several {protocol} experiments ({names}); give one of these folders")
    if not found:
        name = videos[0].name
        digits = "0" * (_RUN_DIGITS[protocol] - 1)
        example = f"{_FOLDERS[protocol][0]}/{name}/{name}_{digits}1.txt"
        raise FileNotFoundError(f"{folder} holds no {protocol} results of these sequences (expected {example}, ...)")
    return found[0]


def _has_runs(folder: Path, videos: Iterable[Video], protocol: VotProtocol) -> bool:
    return any(_run_files(folder / video.name, video.name, protocol) for video in videos)


def _run_files(folder: Path, name: str, protocol: VotProtocol) -> list[Path]:
    """One file a run, in order; text where there are both."""
    pattern = re.compile(rf"{re.escape(name)}_\d{{{_RUN_DIGITS[protocol]}}}\.(txt|bin)")
    found = sorted(path for path in folder.glob("*.*") if pattern.fullmatch(path.name))
    return list({path.stem: path for path in found}.values())


def _expected(experiment: Path, video: Video, protocol: VotProtocol) -> list[tuple[Path, Video]]:
    """The files there should be, and the frames that each is about."""
    folder = experiment / video.name
    if protocol != "anchor":
        files = _run_files(folder, video.name, protocol) or [folder / f"{video.name}_001.txt"]
        return [(path, video) for path in files]
    there = {path.stem: path for path in _run_files(folder, video.name, protocol)}
    forward_first = sorted(anchored_frames(video).items(), key=lambda run: run[1].step < 0)
    names = {f"{video.name}_{start:08d}": np.array(frames) for start, frames in forward_first}
    return [(there.get(name, folder / f"{name}.txt"), video.part(frames)) for name, frames in names.items()]


def _check_resets(run: Run) -> Run:
    """The codes must come in the order of the protocol: start, lose, skip, start again."""
    codes_T = run.trajectory.codes_T
    expected_T = np.full(len(codes_T), REGION)
    expected_T[0] = INIT
    for lost in np.flatnonzero(codes_T == FAILURE):
        expected_T[lost] = FAILURE
        expected_T[lost + 1 : lost + SKIPPED_FRAMES] = UNKNOWN
        expected_T[lost + SKIPPED_FRAMES : lost + SKIPPED_FRAMES + 1] = INIT
    _require(run, expected_T, f"a lost target is followed {SKIPPED_FRAMES} frames later by a new start")
    return run


def _check_single(run: Run) -> Run:
    """One start, in the first frame; it may be written as the given box, which is no answer of the tracker."""
    codes_T, boxes_T4 = run.trajectory.codes_T.copy(), run.trajectory.boxes_T4.copy()
    if codes_T[0] == REGION:
        codes_T[0], boxes_T4[0] = INIT, np.nan
    run = replace(run, trajectory=replace(run.trajectory, codes_T=codes_T, boxes_T4=boxes_T4))
    expected_T = np.where(codes_T == UNKNOWN, UNKNOWN, REGION)
    expected_T[0] = INIT
    _require(run, expected_T, "a run is started once, in its first frame")
    return run


def _require(run: Run, expected_T: np.ndarray, rule: str) -> None:
    wrong = np.flatnonzero(run.trajectory.codes_T != expected_T)
    if len(wrong):
        names = {REGION: "a region", INIT: "1 (started)", FAILURE: "2 (lost)", UNKNOWN: "0 (not asked)"}
        found, wanted = run.trajectory.codes_T[wrong[0]], expected_T[wrong[0]]
        raise ValueError(f"{run.path} line {wrong[0] + 1}: {names[int(found)]}, expected {names[int(wanted)]}; {rule}")
