"""DTB70 (Li & Yeung 2017), drone videos: `SEQ/img/00001.jpg`, `SEQ/groundtruth_rect.txt`.

Boxes are x,y,w,h in the format of OTB; the first pixel is taken to be called 1 as there.
"""

from __future__ import annotations

from pathlib import Path

from siamtrack.data.datasets.files import list_images, nothing_found, paired, read_boxes, subfolders
from siamtrack.data.sequence import Sequence

ORIGIN = 1.0


def load(root: Path) -> list[Sequence]:
    """Every sequence that is there, by name.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations and images do not match, or a line is not a box.
    """
    sequences = []
    for folder in subfolders(root):
        path, images = folder / "groundtruth_rect.txt", list_images(folder / "img")
        if path.is_file() and images:
            boxes_T4 = read_boxes(path, ORIGIN)
            sequences.append(Sequence(folder.name, paired(images, boxes_T4, folder), boxes_T4, origin=ORIGIN))
    if not sequences:
        raise nothing_found(root, "DTB70", "SEQUENCE/groundtruth_rect.txt and SEQUENCE/img/*.jpg")
    return sequences
