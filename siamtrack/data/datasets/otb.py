"""OTB (Wu et al. 2013, 2015): `SEQ/img/0001.jpg`, `SEQ/groundtruth_rect.txt`.

Boxes in the files are x,y,w,h with the first pixel called 1; separators are commas, tabs or blanks.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from siamtrack.data.sequence import Sequence


def load(root: str | Path) -> list[Sequence]:
    """Every sequence folder under `root`, by name.

    Raises:
        FileNotFoundError: there is no sequence.
        ValueError: annotations and images do not match, or a line is not a box.
    """
    folders = sorted(path.parent for path in Path(root).glob("*/groundtruth_rect.txt"))
    if not folders:
        raise FileNotFoundError(f"{root} holds no OTB sequence (expected SEQUENCE/groundtruth_rect.txt)")
    return [_load_one(folder) for folder in folders]


def _load_one(folder: Path) -> Sequence:
    boxes_T4 = read_boxes(folder / "groundtruth_rect.txt")
    frames = tuple(sorted((folder / "img").glob("*.jpg")))
    if len(frames) != len(boxes_T4):
        raise ValueError(f"{folder}: {len(frames)} images, but {len(boxes_T4)} boxes")
    return Sequence(folder.name, frames, boxes_T4 - np.array([1.0, 1.0, 0.0, 0.0]))


def read_boxes(path: Path) -> np.ndarray:
    """(T, 4) numbers of a box file, as they stand there.

    Raises:
        ValueError: a line that is not four numbers; names the line.
    """
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip():
            continue
        parts = re.split(r"[,;\s]+", line.strip())
        try:
            rows.append([float(part) for part in parts])
        except ValueError:
            rows.append([])
        if len(rows[-1]) != 4:
            raise ValueError(f"{path} line {number}: {line!r} is not x,y,w,h")
    return np.array(rows, np.float64).reshape(-1, 4)
