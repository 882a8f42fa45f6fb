"""UAV123 and UAV20L (Mueller et al. 2016): `data_seq/UAV123/VIDEO/000001.jpg`, `anno/UAV123/SEQ.txt`, `anno/UAV20L`.

Boxes are x,y,w,h with the first pixel called 1 (no coordinate is below 1, and in 18 sequences the smallest is 1); NaN
where the target is absent. `att/SEQ.txt` beside the boxes has twelve flags.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import frame_number, list_images, nothing_found, paired, read_boxes, read_labels
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence

ORIGIN = 1.0

# The order of the flags in the files (paper, table 2): scale variation, aspect ratio change, low resolution, fast
# motion, full and partial occlusion, out of view, background clutter, illumination variation, viewpoint change, camera
# motion, similar objects.
ATTRIBUTES = ("SV", "ARC", "LR", "FM", "FOC", "POC", "OV", "BC", "IV", "VC", "CM", "SOB")

# Sequences of UAV123 that are parts of a video: the numbers of their first images (the benchmark's configSeqs.m); how
# many there are, the boxes tell. A part called VIDEO_2 is of VIDEO. All others are whole videos of their own name.
_STARTS = {
    "bird1": (1, 775, 1573),
    "car1": (1, 751, 1627),
    "car6": (1, 487, 1807, 2953, 3925),
    "car8": (1, 1357),
    "car16": (1, 415),
    "group1": (1, 1333, 2515, 3925),
    "group2": (1, 907, 1771),
    "group3": (1, 1567, 2827, 4369),
    "person2": (1, 1189),
    "person4": (1, 1501),
    "person5": (1, 877),
    "person7": (1, 1249),
    "person8": (1, 1075),
    "person12": (1, 601),
    "person14": (1, 847, 1813),
    "person17": (1, 1501),
    "person19": (1, 1243, 2791),
    "truck4": (1, 577),
    "uav1": (1, 1555, 2473),
}


def load_123(root: Path) -> list[Sequence]:
    """Those of the 123 sequences whose videos are there, by name.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations and images do not match, or a line is not a box.
    """
    return _load(root, "UAV123")


def load_20l(root: Path) -> list[Sequence]:
    """Those of the 20 long sequences whose videos are there; see `load_123`."""
    return _load(root, "UAV20L")


def _load(root: Path, version: str) -> list[Sequence]:
    sequences = []
    for path in sorted((root / "anno" / version).glob("*.txt")):
        video, start = part_of(path.stem)
        images = list_images(root / "data_seq" / "UAV123" / video)
        if images:
            with loading(path.stem):
                sequences.append(read_annotation(path, partial(_cut, images, start, path)))
    if not sequences:
        raise nothing_found(root, version, f"anno/{version}/SEQUENCE.txt and data_seq/UAV123/VIDEO/*.jpg")
    return sequences


def part_of(name: str) -> tuple[str, int]:
    """A sequence's video and the number of its first image there."""
    video, _, part = name.rpartition("_")
    if video in _STARTS and part.isdecimal() and 1 <= int(part) <= len(_STARTS[video]):
        return video, _STARTS[video][int(part) - 1]
    return name, 1


def read_annotation(path: Path, images: Callable[[np.ndarray], ImageFiles]) -> Sequence:
    """One sequence from its box file; `images` finds the images that belong to the boxes.

    Raises:
        ValueError: a line is not a box, or the flags are not twelve.
    """
    boxes_T4 = read_boxes(path, ORIGIN)
    flags = path.parent / "att" / path.name
    present = read_labels(flags, len(ATTRIBUTES)) > 0 if flags.is_file() else np.zeros(len(ATTRIBUTES), bool)
    return Sequence(
        path.stem,
        images(boxes_T4),
        boxes_T4,
        origin=ORIGIN,
        absent_T=np.isnan(boxes_T4).any(1),
        attributes=tuple(name for name, there in zip(ATTRIBUTES, present, strict=True) if there),
    )


def _cut(images: list[Path], start: int, where: Path, boxes_T4: np.ndarray) -> ImageFiles:
    last = start + len(boxes_T4) - 1
    return paired([image for image in images if start <= frame_number(image) <= last], boxes_T4, where)
