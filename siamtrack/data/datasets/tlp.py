"""TLP (Moudgil & Gandhi 2018), long videos: `SEQ/img/00001.jpg`, `SEQ/groundtruth_rect.txt`.

Lines are frame,x,y,w,h,isLost: the frame counts from 1, pixels from 0 (they were drawn with VATIC).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from siamtrack.data.datasets.files import load_folders, paired
from siamtrack.data.sequence import Sequence
from siamtrack.data.textfile import read_rows


def load(root: Path) -> list[Sequence]:
    """Every sequence that is there, by name.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations and images do not match, or a line is not six numbers; names it.
    """
    return load_folders(root, "TLP", "groundtruth_rect.txt", _load_one)


def _load_one(path: Path, images: list[Path]) -> Sequence:
    rows_T6 = read_rows(path, 6)
    wrong_T = rows_T6[:, 0] != np.arange(1, len(rows_T6) + 1)
    if wrong_T.any():
        line = int(np.flatnonzero(wrong_T)[0]) + 1
        raise ValueError(f"{path} line {line}: frame {rows_T6[line - 1, 0]:g}, expected frame {line}")
    boxes_T4 = rows_T6[:, 1:5]
    return Sequence(path.parent.name, paired(images, boxes_T4, path.parent), boxes_T4, absent_T=rows_T6[:, 5] > 0)
