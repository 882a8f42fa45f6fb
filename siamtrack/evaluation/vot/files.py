"""VOT's result files: text as all years have it, binary as vot-toolkit writes it, scores and times beside them.

A line of text is one frame: `1` (started), `2` (lost), `0` (not asked), also written `1.0`; or `x,y,w,h`; or
`x1,y1,...,x4,y4`. Pixels are the data set's own, VOT's are 0-based.

    SEQ_001.txt  or  SEQ_001.bin        regions
    SEQ_001_confidence.value            a number a frame, the line may be empty
    SEQ_001_time.value, SEQ_001_time.txt, SEQ_time.txt    seconds; the last may have a column a run

Shape legend: T frames.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from siamtrack.data.textfile import split_numbers
from siamtrack.evaluation.vot.binary import read_binary
from siamtrack.evaluation.vot.trajectory import FAILURE, INIT, REGION, UNKNOWN, Trajectory
from siamtrack.geometry.polygons import around

_RUN = re.compile(r"_(\d+)$")


def read_trajectory(path: Path, origin: float = 0.0, gaps: bool = False) -> Trajectory:
    """One run with its scores and times.

    Args:
        path: of the `.txt` or `.bin`.
        origin: what the data set's files call the first pixel.
        gaps: a line of `nan` means that the tracker said nothing (long-term), elsewhere it is an error.

    Raises:
        ValueError: a line that is none of the above, scores or times of another length; names file and line.
        OSError: a file cannot be read.
    """
    rows = read_binary(path) if path.suffix == ".bin" else _read_text(path)
    codes_T, boxes_T4, polygons_T8 = _checked(rows, path, gaps)
    boxes_T4[:, :2] -= origin
    polygons_T8 -= origin
    return Trajectory(
        codes_T,
        boxes_T4,
        polygons_T8 if np.isfinite(polygons_T8).any() else None,
        _read_values(path.with_name(f"{path.stem}_confidence.value"), len(codes_T)),
        _read_times(path, len(codes_T)),
    )


def _read_text(path: Path) -> list[list[float]]:
    lines = path.read_text(encoding="utf-8-sig", errors="replace").rstrip().splitlines()
    if not lines:
        raise ValueError(f"{path} is empty, expected a region or code a line")
    return [_numbers(line, f"{path} line {number}") for number, line in enumerate(lines, 1)]


def _numbers(line: str, where: str) -> list[float]:
    if line.lstrip().startswith("m"):
        raise ValueError(f"{where}: {line[:40]!r} is a mask; expected boxes or polygons of 4 corners")
    try:
        values = [float(text) for text in split_numbers(line)]
    except ValueError:
        values = []
    if len(values) not in (1, 4, 8):
        raise ValueError(f"{where}: {line[:80]!r}, expected a code (0, 1, 2), 4 or 8 numbers")
    return values


def _checked(rows: list[list[float]], path: Path, gaps: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes, boxes and polygons of rows of 1, 4 or 8 numbers."""
    codes_T = np.full(len(rows), REGION)
    boxes_T4, polygons_T8 = np.full((len(rows), 4), np.nan), np.full((len(rows), 8), np.nan)
    for index, row in enumerate(rows):
        where = f"{path} {'frame' if path.suffix == '.bin' else 'line'} {index + 1}"
        if not np.isfinite(row).all():
            if not (gaps and np.isnan(row).any()):
                raise ValueError(f"{where}: {row} is no region, expected finite numbers")
            codes_T[index] = UNKNOWN
        elif len(row) == 1:
            if row[0] not in (UNKNOWN, INIT, FAILURE):
                raise ValueError(f"{where}: unknown code {row[0]:g}, expected 0 (not asked), 1 (started) or 2 (lost)")
            codes_T[index] = int(row[0])
        elif len(row) == 4:
            if row[2] < 0 or row[3] < 0:
                raise ValueError(f"{where}: {row} is no box, expected x,y,w,h with w, h >= 0")
            boxes_T4[index] = row
        else:
            polygons_T8[index] = row
    boxes_T4 = np.where(np.isfinite(polygons_T8).all(1)[:, None], around(polygons_T8), boxes_T4)
    return codes_T, boxes_T4, polygons_T8


def _read_times(path: Path, frames: int) -> np.ndarray | None:
    number = _RUN.search(path.stem)
    common = path.with_name(f"{path.stem[: number.start()] if number else path.stem}_time.txt")
    for own in (path.with_name(f"{path.stem}_time{ending}") for ending in (".value", ".txt")):
        if own.is_file():
            return _read_values(own, frames)
    return _read_values(common, frames, int(number[1]) - 1 if number else 0)


def _read_values(path: Path, frames: int, column: int = 0) -> np.ndarray | None:
    """(T,) a number a line, NaN where the line is empty, or the numbers in one line; None without such a file."""
    if not path.is_file():
        return None
    lines = [split_numbers(line) for line in path.read_text(encoding="utf-8-sig").splitlines()]
    while len(lines) > frames and not lines[-1]:
        lines.pop()
    if len(lines) == 1 and len(lines[0]) == frames:
        lines = [[text] for text in lines[0]]
    if len(lines) != frames:
        raise ValueError(f"{path} has {len(lines)} lines for {frames} frames")
    values_T = np.empty(frames)
    for index, texts in enumerate(lines):
        text = texts[min(column, len(texts) - 1)] if texts else "nan"
        try:
            values_T[index] = float(text)
        except ValueError:
            raise ValueError(f"{path} line {index + 1}: {text[:80]!r}, expected a number") from None
    return values_T
