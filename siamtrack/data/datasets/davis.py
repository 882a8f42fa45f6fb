"""DAVIS 2017 (Pont-Tuset et al. 2017): `JPEGImages/480p/bear/00000.jpg`, `Annotations/480p/bear/00000.png`.

`ImageSets/2017/train.txt` names the videos to train on. Boxes come from the masks: see `segmented.py`.
"""

from __future__ import annotations

from pathlib import Path

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import nothing_found, read_list
from siamtrack.data.datasets.segmented import load_segmented
from siamtrack.data.sequence import Sequence


def load_train(root: Path) -> list[Sequence]:
    """The objects of the training videos that are there, in the order of the list.

    Raises:
        FileNotFoundError: there is none.
        ValueError: a mask is unreadable.
    """
    listed = root / "ImageSets" / "2017" / "train.txt"
    sequences: list[Sequence] = []
    for video in read_list(listed) if listed.is_file() else []:
        with loading(video):
            images, masks = (root / kind / "480p" / video for kind in ("JPEGImages", "Annotations"))
            sequences += load_segmented(video, images, masks)
    if not sequences:
        expected = "ImageSets/2017/train.txt, Annotations/480p/VIDEO/*.png and JPEGImages/480p/VIDEO/*.jpg"
        raise nothing_found(root, "DAVIS 2017", expected)
    return sequences
