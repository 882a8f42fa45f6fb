"""OTB (Wu et al. 2013, 2015): `SEQ/img/0001.jpg`, `SEQ/groundtruth_rect.txt`.

Boxes in the files are x,y,w,h with the first pixel called 1; separators are commas, tabs or blanks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence
from siamtrack.data.textfile import read_rows


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
    boxes_T4 = read_rows(folder / "groundtruth_rect.txt", 4)
    images = ImageFiles(sorted((folder / "img").glob("*.jpg")))
    if len(images) != len(boxes_T4):
        raise ValueError(f"{folder}: {len(images)} images, but {len(boxes_T4)} boxes")
    return Sequence(folder.name, images, boxes_T4 - np.array([1.0, 1.0, 0.0, 0.0]), origin=1.0)
