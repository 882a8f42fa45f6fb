"""Need for Speed (Kiani Galoogahi et al. 2017): `SEQ/30/SEQ/00001.jpg`, `SEQ/30/SEQ.txt`; the same with 240.

Lines are VATIC's: track, x1, y1, x2, y2, frame, lost, occluded, generated, "class"; pixels counted from 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import list_images, nothing_found, paired, subfolders
from siamtrack.data.sequence import Sequence
from siamtrack.data.textfile import parse_rows

# The 30 frames a second are every eighth of 240, and some files for them have the lines of all.
_RATIO = 8
_COLUMNS = 9  # before the class


def load_30(root: Path) -> list[Sequence]:
    """Every sequence that is there, by name, at 30 frames a second.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the numbers of boxes and images differ by more than one, or a line is not VATIC's; names it.
    """
    return _load(root, 30)


def load_240(root: Path) -> list[Sequence]:
    """Every sequence that is there at 240 frames a second; see `load_30`."""
    return _load(root, 240)


def _load(root: Path, rate: int) -> list[Sequence]:
    sequences = []
    for folder in subfolders(root):
        for path in sorted((folder / str(rate)).glob("*.txt")):
            images = list_images(path.with_suffix(""))
            if images:
                with loading(path.stem):
                    sequences.append(_load_one(path, images))
    if not sequences:
        raise nothing_found(root, "Need for Speed", f"SEQUENCE/{rate}/SEQUENCE.txt and SEQUENCE/{rate}/SEQUENCE/*.jpg")
    return sequences


def _load_one(path: Path, images: list[Path]) -> Sequence:
    rows_T9 = _read_vatic(path)
    if abs(len(rows_T9) / len(images) - _RATIO) < 1:
        rows_T9 = rows_T9[::_RATIO]
    if abs(len(rows_T9) - len(images)) == 1:  # ten of the published videos are an image longer
        frames = min(len(rows_T9), len(images))
        rows_T9, images = rows_T9[:frames], images[:frames]
    boxes_T4 = np.hstack((rows_T9[:, 1:3], rows_T9[:, 3:5] - rows_T9[:, 1:3]))
    return Sequence(path.stem, paired(images, boxes_T4, path), boxes_T4, absent_T=rows_T9[:, 6] > 0)


def _read_vatic(path: Path) -> np.ndarray:
    """(T, 9) float64, the columns before the class."""
    lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    return parse_rows("\n".join(" ".join(line.split()[:_COLUMNS]) for line in lines), _COLUMNS, str(path))
