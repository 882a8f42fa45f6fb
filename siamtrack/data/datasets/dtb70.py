"""DTB70 (Li & Yeung 2017), drone videos: `SEQ/img/00001.jpg`, `SEQ/groundtruth_rect.txt`.

Boxes are x,y,w,h in the format of OTB; the first pixel is taken to be called 1 as there.
"""

from __future__ import annotations

from pathlib import Path

from siamtrack.data.datasets.files import load_folders, paired, read_boxes
from siamtrack.data.sequence import Sequence

ORIGIN = 1.0


def load(root: Path) -> list[Sequence]:
    """Every sequence that is there, by name.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations and images do not match, or a line is not a box.
    """
    return load_folders(root, "DTB70", "groundtruth_rect.txt", _load_one)


def _load_one(path: Path, images: list[Path]) -> Sequence:
    boxes_T4 = read_boxes(path, ORIGIN)
    return Sequence(path.parent.name, paired(images, boxes_T4, path.parent), boxes_T4, origin=ORIGIN)
