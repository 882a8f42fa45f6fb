"""OTB (Wu et al. 2013, 2015): `SEQ/img/0001.jpg`, `SEQ/groundtruth_rect.txt`; 2013, 50 and 100 are selections by name.

Folders with several targets hold `groundtruth_rect.1.txt` and `.2.txt`; those sequences are called `Jogging.1` and
`Jogging.2`. Boxes in the files are x,y,w,h with the first pixel called 1; separators are commas, tabs or blanks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import (
    frame_number,
    list_images,
    nothing_found,
    paired,
    plain,
    read_boxes,
    subfolders,
)
from siamtrack.data.sequence import Sequence

ORIGIN = 1.0

# First and last image that belongs to the sequence, where a folder may hold others. From the benchmark's own list,
# configSeqs.m; Diving's range follows from its 215 boxes. BlurCar's images bear these very numbers.
_RANGES = {
    "BlurCar1": (247, 988),
    "BlurCar3": (3, 359),
    "BlurCar4": (18, 397),
    "David": (300, 770),
    "Diving": (1, 215),
    "Football1": (1, 74),
    "Freeman3": (1, 460),
    "Freeman4": (1, 283),
    "Tiger1": (6, 354),
}

# The published lists; OTB-100 is every sequence of otb_attributes.json.
_OTB2013 = """
Basketball Bolt Boy Car4 CarDark CarScale Coke Couple Crossing David David2 David3 Deer Dog1 Doll Dudek FaceOcc1
FaceOcc2 Fish FleetFace Football Football1 Freeman1 Freeman3 Freeman4 Girl Ironman Jogging.1 Jogging.2 Jumping Lemming
Liquor Matrix Mhyang MotorRolling MountainBike Shaking Singer1 Singer2 Skating1 Skiing Soccer Subway Suv Sylvester
Tiger1 Tiger2 Trellis Walking Walking2 Woman
"""
_OTB50 = """
Basketball Biker Bird1 BlurBody BlurCar2 BlurFace BlurOwl Bolt Box Car1 Car4 CarDark CarScale ClifBar Couple Crowds
David Deer Diving DragonBaby Dudek Football Freeman4 Girl Human3 Human4.2 Human6 Human9 Ironman Jump Jumping Liquor
Matrix MotorRolling Panda RedTeam Shaking Singer2 Skating1 Skating2.1 Skating2.2 Skiing Soccer Surfer Sylvester Tiger2
Trellis Walking Walking2 Woman
"""


def load(root: str | Path) -> list[Sequence]:
    """Every sequence under `root`, by name, whether or not the benchmark has it.

    Raises:
        FileNotFoundError: there is no sequence.
        ValueError: annotations and images do not match, or a line is not a box.
    """
    return _load(Path(root), lambda name: name)


def load_2013(root: Path) -> list[Sequence]:
    """The 51 targets of OTB-2013; see `load`."""
    return _of_benchmark(root, "OTB-2013", names(2013))


def load_50(root: Path) -> list[Sequence]:
    """The 50 targets of OTB-50; see `load`."""
    return _of_benchmark(root, "OTB-50", names(50))


def load_100(root: Path) -> list[Sequence]:
    """The 100 targets of OTB-100; see `load`."""
    return _of_benchmark(root, "OTB-100", names(100))


def _of_benchmark(root: Path, what: str, listed: Iterable[str]) -> list[Sequence]:
    known = _spellings(listed)
    sequences = keep(_load(root, lambda name: known.get(plain(name))), listed)
    if not sequences:
        raise nothing_found(root, what, "Basketball/groundtruth_rect.txt and others of its list")
    return sequences


def _load(root: Path, called: Callable[[str], str | None]) -> list[Sequence]:
    """The sequences under `root` that are `called` something, by the names of their folders."""
    images = {folder: list_images(folder / "img") for folder in subfolders(root)}
    targets = [target for folder, there in images.items() if there for target in _targets(folder)]
    if not targets:
        raise nothing_found(root, "OTB", "SEQUENCE/groundtruth_rect.txt and SEQUENCE/img/*.jpg")
    sequences = []
    for name, path in targets:
        known_as = called(name)
        if known_as is not None:
            with loading(known_as):
                sequences.append(_load_one(name, path, images[path.parent]))
    return sequences


def keep(sequences: Iterable[Sequence], listed: Iterable[str]) -> list[Sequence]:
    """Those of a list, under the benchmark's own names and with its attributes (IV, OCC ...).

    Names are matched without regard to case, `-`, `_` and `.`; Human4's only target may lack its number.

    Raises:
        ValueError: two of them are the same sequence of the list.
    """
    known, kept = _spellings(listed), dict[str, Sequence]()
    for sequence in sequences:
        name = known.get(plain(sequence.name))
        if name is None:
            continue
        if name in kept:
            raise ValueError(f"{kept[name].name!r} and {sequence.name!r} are both {name}; expected one of them")
        kept[name] = sequence
    return [replace(sequence, name=name, attributes=tuple(_attributes()[name])) for name, sequence in kept.items()]


def _spellings(listed: Iterable[str]) -> dict[str, str]:
    """Names as they are matched -> the benchmark's own."""
    known = {plain(name): name for name in listed}
    if "human42" in known:
        known.setdefault("human4", known["human42"])
    return known


def names(version: Literal[2013, 50, 100]) -> list[str]:
    """The published list of OTB-2013, OTB-50 or OTB-100."""
    return list(_attributes()) if version == 100 else {2013: _OTB2013, 50: _OTB50}[version].split()


@lru_cache(maxsize=1)
def _attributes() -> dict[str, list[str]]:
    """Sequence name -> attributes.

    The benchmark's web site lists other attributes for 14 sequences. The ones used here add up to the numbers in the
    titles of published plots (IV 38, OPR 63, SV 64, OCC 49, DEF 44, MB 29, FM 39, IPR 51, OV 14, BC 31, LR 9), and the
    sequences of low resolution (LR) have boxes below 400 pixels, as the paper defines it.
    """
    return json.loads(Path(__file__).with_name("otb_attributes.json").read_text())


def _targets(folder: Path) -> list[tuple[str, Path]]:
    """Name and box file of each target; of files that are not empty (Human4 has an empty one)."""
    numbered, single = [], []
    for path in sorted(folder.glob("groundtruth_rect*.txt")):
        number = re.fullmatch(r"groundtruth_rect\.?(\d*)", path.stem)
        if number and path.read_text(errors="replace").strip():
            if number[1]:
                numbered.append((f"{folder.name}.{number[1]}", path))
            else:
                single.append((folder.name, path))
    return numbered or single


def _load_one(name: str, path: Path, images: list[Path]) -> Sequence:
    boxes_T4 = read_boxes(path, ORIGIN)
    chosen, boxes_T4 = _cut(path.parent.name, images, boxes_T4)
    return Sequence(name, paired(chosen, boxes_T4, path.parent), boxes_T4, origin=ORIGIN)


def _cut(name: str, images: list[Path], boxes_T4: np.ndarray) -> tuple[list[Path], np.ndarray]:
    """The images and boxes of the sequence; copies in circulation are cut already, or half, or not at all."""
    if name not in _RANGES:
        return images, boxes_T4
    first, last = _RANGES[name]
    inside = np.array([first <= frame_number(image) <= last for image in images])
    if len(boxes_T4) == len(images):
        if len(images) == last - first + 1:
            return images, boxes_T4
        boxes_T4 = boxes_T4[inside]
    return [image for image, there in zip(images, inside, strict=True) if there], boxes_T4
