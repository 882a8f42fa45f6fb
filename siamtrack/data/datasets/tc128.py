"""Temple-Color 128 (Liang et al. 2015): `SEQ/img/0001.jpg`, `SEQ/SEQ_gt.txt`, `SEQ/SEQ_frames.txt` (first,last image).

Boxes are x,y,w,h; a third of the sequences are OTB's, with OTB's boxes, so the first pixel is called 1. 128 videos have
129 sequences: Jogging has two targets.
"""

from __future__ import annotations

from pathlib import Path

from siamtrack.data.datasets.files import frame_number, load_folders, paired, read_boxes
from siamtrack.data.sequence import Sequence
from siamtrack.data.textfile import parse_rows

ORIGIN = 1.0


def load(root: Path) -> list[Sequence]:
    """Every sequence that is there, by name.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations and images do not match, or a line is not a box.
    """
    # The file's name is not always the folder's: Yo_yos_ce1 holds Yo-yos_ce1_gt.txt.
    return load_folders(root, "Temple-Color 128", "*_gt.txt", _load_one)


def _load_one(path: Path, images: list[Path]) -> Sequence:
    folder, boxes_T4 = path.parent, read_boxes(path, ORIGIN)
    ranges = sorted(folder.glob("*_frames.txt"))
    if ranges:
        text = " ".join(ranges[0].read_text().split())
        ((first, last),) = parse_rows(text, 2, str(ranges[0]))
        images = [image for image in images if first <= frame_number(image) <= last]
    return Sequence(folder.name, paired(images, boxes_T4, folder), boxes_T4, origin=ORIGIN)
