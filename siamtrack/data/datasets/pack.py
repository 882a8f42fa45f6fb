"""The training pack: WebP crops round one object each, listed in an `index.tsv`.

Columns, tab-separated: `file width height box_xywh class group set other_boxes_xywh` (pixels, 0-based; the other boxes
are separated by semicolons). Rows that share a `group` other than `-` show the same physical object in frame order;
every other row is a still. `vid_sources.tsv` names the footage of some groups.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import nothing_found
from siamtrack.data.holdout import split_by_source
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence

_Row = dict[str, str]
_COLUMNS = ("file", "width", "height", "box_xywh", "class", "group", "set", "other_boxes_xywh")


def load_pack(root: str | Path) -> list[Sequence]:
    """The objects in the order of the index, named as their group, or as its file if one is a still.

    `subset` is the row's set. Frames of a group differ in size, so `size` is that of stills alone.

    Raises:
        FileNotFoundError: there is no index, or nothing in it.
        ValueError: the index lacks a column, or a row has boxes that are not four numbers each; names it.
    """
    root = Path(root)
    grouped: dict[str, list[_Row]] = defaultdict(list)
    if (root / "index.tsv").is_file():
        for row in _read_table(root / "index.tsv", _COLUMNS):
            grouped[row["file"] if row["group"] == "-" else row["group"]].append(row)
    sequences = []
    for name, rows in grouped.items():
        with loading(name):
            sequences.append(_object(root, name, rows))
    if not sequences:
        raise nothing_found(root, "training pack", "index.tsv")
    return sequences


def _read_table(path: Path, columns: tuple[str, ...]) -> list[_Row]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", restval=""))
    missing = [column for column in columns if rows and column not in rows[0]]
    if missing:
        raise ValueError(f"{path} lacks the columns {', '.join(missing)}; it has {', '.join(rows[0])}")
    return rows


def _object(root: Path, name: str, rows: list[_Row]) -> Sequence:
    first = rows[0]
    boxes_T14 = [_parse_boxes(row, "box_xywh", root) for row in rows]
    for row, boxes_14 in zip(rows, boxes_T14, strict=True):
        if len(boxes_14) != 1:
            raise ValueError(_no_box(row, "box_xywh", root))
    return Sequence(
        name,
        ImageFiles(root / row["file"] for row in rows),
        np.concatenate(boxes_T14),
        category=first["class"],
        size=_size(first) if first["group"] == "-" else None,
        others=tuple(_parse_boxes(row, "other_boxes_xywh", root) for row in rows),
        subset=first["set"],
    )


def _size(row: _Row) -> tuple[int, int] | None:
    width, height = row["width"], row["height"]
    return (int(width), int(height)) if width.isdecimal() and height.isdecimal() else None


def _parse_boxes(row: _Row, column: str, root: Path) -> np.ndarray:
    """(M, 4) xywh."""
    try:
        boxes = [[float(number) for number in box.split(",")] for box in row[column].split(";") if box]
        boxes_M4 = np.array(boxes, np.float64).reshape(-1, 4)
    except ValueError:
        raise ValueError(_no_box(row, column, root)) from None
    if any(len(box) != 4 for box in boxes) or not np.isfinite(boxes_M4).all():
        raise ValueError(_no_box(row, column, root))
    return boxes_M4


def _no_box(row: _Row, column: str, root: Path) -> str:
    return f"{root / 'index.tsv'}: {row['file']} has {column} {row[column]!r}, expected x,y,w,h"


def held_out_videos(root: str | Path, percent: int) -> list[Sequence]:
    """The sequences that `split_by_source` keeps apart; their images are cut-outs that differ in size.

    Raises:
        FileNotFoundError, ValueError: see `load_pack`; or no source is held out.
    """
    held_out = split_by_source(load_pack(root), video_sources(root), percent)[1]
    if not held_out:
        raise ValueError(f"{root}: {percent} % of its sources are none; expected some videos to be held out")
    return held_out


def video_sources(root: str | Path) -> dict[str, str]:
    """Sequence name -> source of its footage, from `root/vid_sources.tsv`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it lacks a column.
    """
    rows = _read_table(Path(root) / "vid_sources.tsv", ("group", "source"))
    return {row["group"]: row["source"] for row in rows}
