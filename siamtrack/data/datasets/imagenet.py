"""ImageNet VID and DET (Russakovsky et al. 2015), from the folder that holds `Annotations` and `Data`.

    Data/VID/train/ILSVRC2015_VID_train_0000/ILSVRC2015_train_00000000/000000.JPEG
    Annotations/VID/train/ILSVRC2015_VID_train_0000/ILSVRC2015_train_00000000/000000.xml
    Data/VID/val/ILSVRC2015_val_00000000/000000.JPEG
    Data/DET/train/ILSVRC2013_train/n01440764/n01440764_1.JPEG      (ILSVRC2014_train_0000/ ... likewise)

Folders may be nested otherwise below `train` and `val`, as the `a` to `e` that pysot's recipe links to; both trees must
be alike. Coordinates are taken as they are, counted from 0, and sizes are xmax - xmin and ymax - ymin, as pysot and
pytracking have them. Categories are WordNet numbers (n02084071: dog). What has no image is left out.

Every XML file is read, about 8,500 a second once the disk has them: two minutes for the 1.1 million of VID.

Shape legend: T frames, M objects of a frame.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import nothing_found
from siamtrack.data.datasets.others import each_without
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence


def load_vid_train(root: Path) -> list[Sequence]:
    """Every target of the training videos that are there, in the frames where it has a box.

    Named VIDEO_FOLDER.TRACK, with the tags `occluded` and `generated` (the box was interpolated). A target that leaves
    and comes back is one sequence, without the frames between.

    Raises:
        FileNotFoundError: there is none.
        ValueError: an annotation is not what it should be; names it.
    """
    return _load_vid(root, "train")


def load_vid_val(root: Path) -> list[Sequence]:
    """Those of the validation videos; see `load_vid_train`."""
    return _load_vid(root, "val")


def load_det_train(root: Path) -> list[Sequence]:
    """Every object of the training images that are there, as a still named IMAGE.NUMBER; see `load_vid_train`."""
    sequences: list[Sequence] = []
    for name, files in _annotated(root, "DET/train"):
        for xml, image in files:
            with loading(f"{name}/{xml.stem}"):
                sequences += _stills(xml, image)
    if not sequences:
        raise nothing_found(root, "ImageNet DET", "Annotations/DET/train/FOLDER/*.xml and Data/DET/train/FOLDER/*.JPEG")
    return sequences


def _load_vid(root: Path, split: str) -> list[Sequence]:
    sequences: list[Sequence] = []
    for name, files in _annotated(root, f"VID/{split}"):
        with loading(name):
            sequences += _tracks(name, files)
    if not sequences:
        expected = f"Annotations/VID/{split}/VIDEO/*.xml and Data/VID/{split}/VIDEO/*.JPEG"
        raise nothing_found(root, "ImageNet VID", expected)
    return sequences


def _annotated(root: Path, split: str) -> Iterator[tuple[str, list[tuple[Path, Path]]]]:
    """Each folder of a split, by name: what it is called below it, and its annotations and their images, by name."""
    top = root / "Annotations" / split
    for folder, below, names in os.walk(top, followlinks=True):  # pysot's recipe makes links
        below.sort()
        name = Path(folder).relative_to(top).as_posix()
        images = root / "Data" / split / name
        there = set(os.listdir(images)) if any(file.endswith(".xml") for file in names) and images.is_dir() else set()
        stems = [file[: -len(".xml")] for file in sorted(names) if file.endswith(".xml")]
        yield name, [(Path(folder, f"{s}.xml"), images / f"{s}.JPEG") for s in stems if f"{s}.JPEG" in there]


class _Object(NamedTuple):
    track: str
    category: str
    occluded: bool
    generated: bool


class _Frame(NamedTuple):
    """What one annotation file says; `boxes_M4` is in the order of the objects."""

    image: Path
    size: tuple[int, int] | None
    objects: list[_Object]
    boxes_M4: np.ndarray


def _read_frame(xml: Path, image: Path) -> _Frame:
    try:
        tree = ElementTree.parse(xml).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"{xml} is no XML file: {error}") from None
    found = tree.findall("object")
    objects = [
        _Object(
            entry.findtext("trackid", ""),
            entry.findtext("name", ""),
            entry.findtext("occluded") == "1",
            entry.findtext("generated") == "1",
        )
        for entry in found
    ]
    boxes_M4 = np.array([_read_box(entry, xml) for entry in found]).reshape(-1, 4)
    return _Frame(image, _read_size(tree), objects, boxes_M4)


def _read_box(entry: ElementTree.Element, xml: Path) -> list[float]:
    texts = [entry.findtext(f"bndbox/{key}", "") for key in ("xmin", "ymin", "xmax", "ymax")]
    try:
        left, top, right, bottom = (float(text) for text in texts)
    except ValueError:
        raise ValueError(f"{xml}: bndbox {texts}, expected the numbers xmin, ymin, xmax, ymax") from None
    return [left, top, right - left, bottom - top]


def _read_size(tree: ElementTree.Element) -> tuple[int, int] | None:
    width, height = tree.findtext("size/width", ""), tree.findtext("size/height", "")
    return (int(width), int(height)) if width.isdecimal() and height.isdecimal() else None


def _tracks(name: str, files: list[tuple[Path, Path]]) -> list[Sequence]:
    frames = [_read_frame(xml, image) for xml, image in files]
    others = [each_without(frame.boxes_M4) for frame in frames]
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)  # of each track: frame, and number of the object there
    for number, frame in enumerate(frames):
        for own, entry in enumerate(frame.objects):
            if not entry.track:
                raise ValueError(f"{files[number][0]}: object {own + 1} has no trackid")
            places[entry.track].append((number, own))
    return [
        Sequence(
            f"{name}.{track}",
            ImageFiles(frames[number].image for number, _ in place),
            np.stack([frames[number].boxes_M4[own] for number, own in place]),
            tags={
                "occluded": np.array([frames[number].objects[own].occluded for number, own in place]),
                "generated": np.array([frames[number].objects[own].generated for number, own in place]),
            },
            category=frames[place[0][0]].objects[place[0][1]].category,
            size=frames[place[0][0]].size,
            others=tuple(others[number][own] for number, own in place),
        )
        for track, place in places.items()
    ]


def _stills(xml: Path, image: Path) -> list[Sequence]:
    frame = _read_frame(xml, image)
    images, others = ImageFiles([image]), each_without(frame.boxes_M4)
    return [
        Sequence(
            f"{xml.stem}.{own}",
            images,
            frame.boxes_M4[own : own + 1],
            category=entry.category,
            size=frame.size,
            others=(others[own],),
        )
        for own, entry in enumerate(frame.objects)
    ]
