"""Result folders of one-pass runs, as pysot, got10k, pytracking, TrackingNet and we write them.

A tracker's folder holds `SEQ.txt` or `SEQ/SEQ_001.txt`; boxes are x,y,w,h, separated by commas, tabs or blanks, whole
numbers or not, in the data set's own coordinates. Toolkits spell some names differently: case, `-`, `_` and `.` do not
matter where that leaves no doubt.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from siamtrack.data.datasets.files import plain
from siamtrack.data.sequence import Sequence as Video
from siamtrack.data.textfile import read_rows
from siamtrack.evaluation.metrics import frames_per_second

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

    def find_in(folder: Path) -> list[tuple[str, Path]]:
        here = {folder.resolve().name: folder} if _holds_results(folder / experiment, wanted) else {}
        below = sorted(path for path in folder.rglob("*") if path.is_dir()) if not here else []
        for path in below:
            # GOT-10k's SEQ/SEQ_001.txt is a result of the folder above, not a tracker called SEQ.
            if _holds_results(path / experiment, wanted) and plain(path.name) not in wanted:
                here[path.relative_to(folder).as_posix()] = path
        if not here:
            example = Path(experiment, f"{videos[0].name}.txt")
            raise FileNotFoundError(f"{folder} holds no results of these sequences (expected TRACKER/{example}, ...)")
        return list(here.items())

    return collect_trackers(folders, find_in)


def collect_trackers(folders: Iterable[Path], find_in: Callable[[Path], list[tuple[str, Path]]]) -> dict[str, Path]:
    """What is found in each of the folders, by name.

    Raises:
        FileNotFoundError: a folder is missing.
        ValueError: two folders give one name.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is not a folder; expected one of results")
        for name, path in find_in(folder):
            if found.setdefault(name, path) != path:
                raise ValueError(f"two trackers are called {name!r}: {found[name]} and {path}; rename a folder")
    return found


def _holds_results(folder: Path, wanted: set[str]) -> bool:
    return not wanted.isdisjoint(plain(name) for name in _result_files(folder))


def _result_files(folder: Path) -> dict[str, Path]:
    """Name of a run -> the file with its boxes: `SEQ.txt`, `SEQ/SEQ_001.txt`, or `SEQ/SEQ_00000012.txt`."""
    files = {path.stem: path for path in sorted(folder.glob("*.txt")) if not _NO_BOXES.search(path.stem)}
    for path in sorted(folder.glob("*/*.txt")):
        number = _RUN.search(path.stem)
        if number and path.stem[: number.start()] == path.parent.name:
            files.setdefault(path.parent.name if number[1] == "001" else path.stem, path)
    return files


def _match(names: Sequence[str], files: Mapping[str, Path]) -> dict[str, list[Path]]:
    """The files of each sequence: those of its very name, else but for case, else but for case and punctuation.

    A looser spelling counts only where it means one sequence: UAV123 has both car11 and car1_1.
    """
    found: dict[str, list[Path]] = {name: [] for name in names}
    for spelling in (str, str.lower, plain):
        meant = Counter(spelling(name) for name in names)
        there: dict[str, list[Path]] = defaultdict(list)
        for stem, path in files.items():
            there[spelling(stem)].append(path)
        for name in names:
            if not found[name] and meant[spelling(name)] == 1:
                found[name] = there[spelling(name)] or there[spelling(_ALSO_CALLED.get(name, name))]
    return found


def read_boxes(folder: Path, videos: Sequence[Video]) -> dict[str, np.ndarray]:
    """The boxes of one tracker. At the end, rows without an annotated target may be missing (OTB's Board, Twinnings).

    Returns:
        Sequence name -> (T, 4) float64 xywh, 0-based.

    Raises:
        ValueError: every sequence whose file is missing, too long or too short, or there twice; or a line that is no
            box.
    """
    matched = _match([video.name for video in videos], _result_files(folder))
    boxes, problems = {}, []
    for video in videos:
        paths = matched[video.name]
        if len(paths) != 1:
            problems.append(f"{video.name} is " + (" and ".join(path.name for path in paths) or "missing"))
            continue
        boxes_T4 = _checked(paths[0], read_rows(paths[0], 4))
        if len(boxes_T4) < len(video) and not video.annotated_T[len(boxes_T4) :].any():
            boxes_T4 = np.pad(boxes_T4, ((0, len(video) - len(boxes_T4)), (0, 0)))  # a failure, whatever stood there
        if len(boxes_T4) != len(video):
            problems.append(f"{paths[0].name} has {len(boxes_T4)} rows for {len(video)} annotated frames")
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
    """Frames a second over all time files of a tracker, starts excluded; NaN if there are none.

    Raises:
        ValueError: a line that does not begin with a number; names file and line.
    """
    patterns = ("*_time.txt", "times/*_time.txt", "*/*_time.txt", "*/*_time.value")
    paths = dict.fromkeys(path for pattern in patterns for path in folder.glob(pattern))
    return frames_per_second(np.array([seconds for path in paths for seconds in _read_seconds(path)[1:]]))


def _read_seconds(path: Path) -> list[float]:
    """The first column; got10k has one a repetition."""
    seconds = []
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        try:
            seconds.append(float(line.partition(",")[0]))
        except ValueError:
            raise ValueError(f"{path} line {number}: {line[:80]!r}, expected seconds") from None
    return seconds


def repetition_notes(folder_of: Mapping[str, Path]) -> list[str]:
    """Which trackers have further runs on a sequence, as got10k makes of those that are not deterministic."""
    more = {name: len(list(folder.glob("*/*_002.txt"))) for name, folder in folder_of.items()}
    return [
        f"{name}: {count} sequences were run several times; the first run alone is scored"
        for name, count in more.items()
        if count
    ]


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
