"""Result folders of one-pass runs, as pysot, got10k, pytracking, TrackingNet and we write them.

A tracker's folder holds `SEQ.txt` or `SEQ/SEQ_001.txt`; boxes are x,y,w,h, separated by commas, tabs or blanks, whole
numbers or not, in the data set's own coordinates. Names are matched without regard to case, `-`, `_` and `.`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from siamtrack.data.datasets.files import plain
from siamtrack.data.sequence import Sequence as Video
from siamtrack.data.textfile import read_rows

# What else lies in such folders: scores, times, VOT's longer names for runs.
_NO_BOXES = re.compile(r"(_time|_all_scores|_confidence|_scores|_object_presence_scores)$")
_RUN = re.compile(r"_(\d+)$")
_ALSO_CALLED = {"Human4.2": "Human4"}  # got10k: its other annotation file is empty


def find_trackers(folders: Iterable[Path], videos: Sequence[Video], experiment: str = "") -> dict[str, Path]:
    """The trackers' folders: each given one, or if it holds no results, those below it.

    Args:
        experiment: folder within a tracker's that holds the results, "" for itself.

    Returns:
        Tracker name (the path below the given folder) -> its folder.

    Raises:
        FileNotFoundError: a folder is missing, or holds no result of any of the sequences.
        ValueError: two folders give one name.
    """
    wanted = {plain(video.name) for video in videos}
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is not a folder; expected one of results")
        here = {folder.resolve().name: folder} if _holds_results(folder / experiment, wanted) else {}
        below = sorted(path for path in folder.rglob("*") if path.is_dir()) if not here else []
        for path in below:
            # GOT-10k's SEQ/SEQ_001.txt is a result of the folder above, not a tracker called SEQ.
            if _holds_results(path / experiment, wanted) and plain(path.name) not in wanted:
                here[path.relative_to(folder).as_posix()] = path
        if not here:
            example = Path(experiment, f"{videos[0].name}.txt")
            raise FileNotFoundError(f"{folder} holds no results of these sequences (expected TRACKER/{example}, ...)")
        for name, path in here.items():
            if found.setdefault(name, path) != path:
                raise ValueError(f"two trackers are called {name!r}: {found[name]} and {path}; rename a folder")
    return found


def _holds_results(folder: Path, wanted: set[str]) -> bool:
    return not wanted.isdisjoint(_result_files(folder))


def _result_files(folder: Path) -> dict[str, Path]:
    """Plain name of a run -> the file with its boxes: `SEQ.txt`, `SEQ/SEQ_001.txt`, or `SEQ/SEQ_00000012.txt`."""
    files = {plain(path.stem): path for path in folder.glob("*.txt") if not _NO_BOXES.search(path.stem)}
    for path in folder.glob("*/*.txt"):
        number = _RUN.search(path.stem)
        if number and path.stem[: number.start()] == path.parent.name:
            files.setdefault(plain(path.parent.name if number[1] == "001" else path.stem), path)
    return files


def read_boxes(folder: Path, videos: Sequence[Video]) -> dict[str, np.ndarray]:
    """The boxes of one tracker. At the end, rows without an annotated target may be missing (OTB's Board, Twinnings).

    Returns:
        Sequence name -> (T, 4) float64 xywh, 0-based.

    Raises:
        ValueError: every sequence whose file is missing, too long or too short; or a line that is no box.
    """
    files, boxes, problems = _result_files(folder), {}, []
    for video in videos:
        path = files.get(plain(video.name)) or files.get(plain(_ALSO_CALLED.get(video.name, "")))
        if path is None:
            problems.append(f"{video.name} is missing")
            continue
        boxes_T4 = _checked(path, read_rows(path, 4))
        if len(boxes_T4) < len(video) and not video.annotated_T[len(boxes_T4) :].any():
            boxes_T4 = np.pad(boxes_T4, ((0, len(video) - len(boxes_T4)), (0, 0)))  # a failure, whatever stood there
        if len(boxes_T4) != len(video):
            problems.append(f"{path.name} has {len(boxes_T4)} rows for {len(video)} annotated frames")
        boxes[video.name] = boxes_T4 - np.array([video.origin, video.origin, 0, 0])
    if problems:
        shown = "; ".join(problems[:8]) + (f"; and {len(problems) - 8} more" if len(problems) > 8 else "")
        raise ValueError(f"{folder} does not fit the annotations of {len(videos)} sequences: {shown}")
    return boxes


def _checked(path: Path, boxes_T4: np.ndarray) -> np.ndarray:
    bad_T = ~np.isfinite(boxes_T4).all(1) | (boxes_T4[:, 2:] < 0).any(1)
    if bad_T.any():
        row = int(np.flatnonzero(bad_T)[0])
        raise ValueError(
            f"{path} line {row + 1}: {boxes_T4[row].tolist()} is no box, expected finite x,y,w,h with w, h >= 0"
            + (f" ({bad_T.sum()} such lines)" if bad_T.sum() > 1 else "")
        )
    return boxes_T4


def read_fps(folder: Path) -> float:
    """Frames a second over all time files of a tracker, starts excluded; NaN if there are none."""
    paths = [*folder.glob("*_time.txt"), *folder.glob("times/*_time.txt"), *folder.glob("*/*_time.txt")]
    seconds = [np.loadtxt(path, delimiter=",", ndmin=2)[1:, 0] for path in dict.fromkeys(paths)]
    taken = np.concatenate(seconds) if seconds else np.empty(0)
    taken = taken[np.isfinite(taken) & (taken > 0)]
    return float(1 / taken.mean()) if len(taken) else float("nan")


def first_row_notes(boxes: Mapping[str, Mapping[str, np.ndarray]], videos: Sequence[Video]) -> list[str]:
    """What is odd about the first rows of each tracker: they should repeat the given box."""
    notes = []
    given_S4 = np.array([video.boxes_T4[0] for video in videos])
    origin_S1 = np.array([[video.origin] for video in videos])
    for tracker, by_video in boxes.items():
        first_S4 = np.array([by_video[video.name][0] for video in videos])
        corners_S4 = np.hstack((given_S4[:, :2], given_S4[:, :2] + given_S4[:, 2:])) + origin_S1
        as_written_S4 = first_S4 + np.hstack((origin_S1, origin_S1, 0 * origin_S1, 0 * origin_S1))
        # Written with one pixel less here and there: corners within 2 pixels of a box that is itself far from them.
        corner_S = (np.abs(as_written_S4 - corners_S4) <= 2).all(1) & (np.abs(first_S4 - given_S4) > 2).any(1)
        if corner_S.any():
            row = int(np.flatnonzero(corner_S)[0])
            written = ",".join(f"{value:g}" for value in as_written_S4[row])
            notes.append(
                f"{tracker}: the first row of {corner_S.sum()} sequences is the given box as x1,y1,x2,y2, not x,y,w,h "
                f"({videos[row].name}: {written}); later rows are x,y,w,h"
            )
    return notes
