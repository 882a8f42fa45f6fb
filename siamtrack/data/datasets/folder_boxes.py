"""Box files of a person's own data, told apart by what is in them.

    x,y,w,h  or  x1,y1,x2,y2,x3,y3,x4,y4              a line a frame, pixels counted from 0; nan: no box
    frame,timestamp,id,x,y,w,h,score,state            `siamtrack track --csv NAME.csv`, with that header
    {"frame": 0, "id": 1, "box": [x, y, w, h], ...}   `siamtrack track --jsonl NAME.jsonl`
    frame,id,left,top,w,h,confidence,...              MOTChallenge (9 or 10 numbers): frames and pixels count from 1

Separators are commas, semicolons, tabs or blanks. A target that a track calls lost is absent: what the tracker wrote
there is no annotation.

Shape legend: T frames, up to the last one that has a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from siamtrack.data.datasets.vot import read_regions

_CSV_COLUMNS = ["frame", "timestamp", "id", "x", "y", "w", "h", "score", "state"]
_MOT_COLUMNS = (9, 10)  # ground truth, results


@dataclass(frozen=True)
class Target:
    """One target of a box file.

    Attributes:
        name: "" if it is the only one, else its id.
        boxes_T4: float64 xywh, 0-based, NaN where there is none.
        polygons_T8: its rotated regions; None if the file has boxes.
        absent_T: bool; None if the file does not say.
    """

    name: str
    boxes_T4: np.ndarray
    polygons_T8: np.ndarray | None = None
    absent_T: np.ndarray | None = None


class _Row(NamedTuple):
    """A target in a frame, which counts from 0; the box is None where the target is lost."""

    frame: int
    target: str
    box: list[float] | None


def read_targets(path: Path) -> list[Target]:
    """The targets of a box file, by id.

    Raises:
        ValueError: a line is no box, or there are two for one target and frame; names file and line.
        OSError: the file cannot be read.
    """
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("{"):
        return _by_target(_parse_jsonl(lines, path), path)
    if _cells(first)[: len(_CSV_COLUMNS)] == _CSV_COLUMNS:
        return _by_target(_parse_csv(lines, path), path)
    if len(_cells(first)) in _MOT_COLUMNS:
        return _by_target(_parse_mot(lines, path), path)
    boxes_T4, polygons_T8 = read_regions(path)
    return [Target("", boxes_T4, polygons_T8)]


def _cells(line: str) -> list[str]:
    """The texts between separators; a comma separates even where nothing stands before it."""
    if "," in line or ";" in line:
        return [cell.strip() for cell in re.split(r"[,;]", line.strip())]
    return line.split()


def _parse_jsonl(lines: list[str], path: Path) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                entry = json.loads(line)
                box = [float(value) for value in entry["box"]]
                lost = entry.get("state") == "lost"
                yield number, _Row(int(entry["frame"]), str(entry.get("id", "")), None if lost else box)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise _no_row(path, number, line, "a JSON object with frame, id and box [x, y, w, h]") from None


def _parse_csv(lines: list[str], path: Path) -> Iterator[tuple[int, _Row]]:
    header, *rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    columns = _cells(header[1])
    for number, line in rows:
        cells = dict(zip(columns, _cells(line), strict=False))
        try:
            box = [float(cells[name]) for name in "xywh"]
            lost = cells["state"] == "lost"
            yield number, _Row(int(cells["frame"]), cells["id"], None if lost else box)
        except (ValueError, KeyError):
            raise _no_row(path, number, line, ",".join(_CSV_COLUMNS)) from None


def _parse_mot(lines: list[str], path: Path) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            cells = _cells(line)
            try:
                if len(cells) not in _MOT_COLUMNS:
                    raise ValueError
                left, top, width, height = (float(cell) for cell in cells[2:6])
                yield number, _Row(int(float(cells[0])) - 1, cells[1], [left - 1, top - 1, width, height])
            except ValueError:
                raise _no_row(path, number, line, "frame,id,left,top,width,height,confidence,...") from None


def _no_row(path: Path, number: int, line: str, expected: str) -> ValueError:
    return ValueError(f"{path} line {number}: {line[:80]!r}, expected {expected}")


def _by_target(rows: Iterator[tuple[int, _Row]], path: Path) -> list[Target]:
    by_target: dict[str, dict[int, list[float] | None]] = {}
    for number, row in rows:
        boxes = by_target.setdefault(row.target, {})
        if row.frame < 0 or row.frame in boxes or (row.box is not None and len(row.box) != 4):
            what = "a second box of" if row.frame in boxes else "no box x,y,w,h of"
            raise ValueError(f"{path} line {number}: {what} target {row.target!r} in frame {row.frame}")
        boxes[row.frame] = row.box
    if not by_target:
        raise ValueError(f"{path} has no boxes")
    ids = sorted(by_target, key=lambda target: (not target.isdecimal(), int(target) if target.isdecimal() else target))
    return [_target(name if len(ids) > 1 else "", by_target[name]) for name in ids]


def _target(name: str, boxes: dict[int, list[float] | None]) -> Target:
    frames = max(boxes) + 1
    boxes_T4, absent_T = np.full((frames, 4), np.nan), np.zeros(frames, bool)
    for frame, box in boxes.items():
        absent_T[frame] = box is None
        boxes_T4[frame] = np.nan if box is None else box
    return Target(name, boxes_T4, absent_T=absent_T if absent_T.any() else None)
