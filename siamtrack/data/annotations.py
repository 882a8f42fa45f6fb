"""Ground truth without images: pysot's JSON lists, flat folders of text files, or a data set as it is published.

Shape legend: T frames.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from siamtrack.data.datasets import lasot, otb, uav123
from siamtrack.data.datasets.files import read_boxes, read_labels, read_list
from siamtrack.data.datasets.registry import Dataset, get_dataset
from siamtrack.data.datasets.vot import absent_frames, split_regions
from siamtrack.data.sequence import NO_IMAGES, Sequence
from siamtrack.data.wording import amount


def load_annotations(dataset: str, path: Path) -> list[Sequence]:
    """The sequences of a data set under the benchmark's own names; without images, but where its own root is given.

    Args:
        dataset: name in the registry; it says what the files call the first pixel, and OTB's and LaSOT's names leave
            out what does not belong to that list or split.
        path: a JSON file as pysot and TracKit have them; a folder of SEQUENCE.txt with lines of x,y,w,h, with flags in
            `absent/SEQUENCE.txt` (1: absent), UAV123's twelve attributes in `att/SEQUENCE.txt` and the names to use in
            `testing_set.txt` where there are such; or the data set's own root, images included.

    Raises:
        FileNotFoundError: there is nothing at `path`, or nothing of this data set.
        ValueError: the data set is unknown, or a file holds something else; names the file and the place in it.
    """
    known = get_dataset(dataset)
    if path.is_file():
        sequences = _read_json(path, known)
    elif _box_files(path):
        sequences = _read_flat(path, dataset, known)
    else:
        sequences = known.load(path)
    try:
        kept = _KEEP.get(dataset, list)(sequences)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if not kept:
        raise ValueError(
            f"{path}: none of its {amount(len(sequences), 'sequence')} ({sequences[0].name} ...) is of {dataset}"
        )
    if 0 < known.sequences < len(kept):
        raise ValueError(f"{path} holds {len(kept)} sequences, but {dataset} has {known.sequences}; is it another set?")
    return kept


def _keep_named(keep: Callable[[Iterable[str]], list[str]], sequences: list[Sequence]) -> list[Sequence]:
    names = set(keep(sequence.name for sequence in sequences))
    return [replace(s, category=lasot.category(s.name)) for s in sequences if s.name in names]


# Data sets that are a selection from one collection of files.
_KEEP: dict[str, Callable[[list[Sequence]], list[Sequence]]] = {
    "otb100": lambda sequences: otb.keep(sequences, otb.names(100)),
    "otb50": lambda sequences: otb.keep(sequences, otb.names(50)),
    "otb2013": lambda sequences: otb.keep(sequences, otb.names(2013)),
    "lasot": partial(_keep_named, lasot.keep_test),
    "lasot-train": partial(_keep_named, lasot.keep_train),
    "lasot-ext": partial(_keep_named, lasot.keep_extension),
}


def _box_files(folder: Path) -> list[Path]:
    """The files of a flat folder: `SEQUENCE.txt`, but no lists of names."""
    return [path for path in sorted(folder.glob("*.txt")) if path.name not in _LISTS]


_LISTS = ("list.txt", "testing_set.txt", "training_set.txt", "groundtruth.txt", "groundtruth_rect.txt")


def _read_flat(folder: Path, dataset: str, known: Dataset) -> list[Sequence]:
    paths = _box_files(folder)
    listed = folder / "testing_set.txt"
    if listed.is_file() and dataset == "lasot":
        paths = [folder / f"{name}.txt" for name in read_list(listed)]
    if dataset in ("uav123", "uav20l"):
        return [uav123.read_annotation(path, lambda boxes_T4: NO_IMAGES) for path in paths]
    return [_read_one(path, known.origin) for path in paths]


def _read_one(path: Path, origin: float) -> Sequence:
    boxes_T4 = read_boxes(path, origin)
    flags = path.parent / "absent" / path.name
    absent_T = read_labels(flags, len(boxes_T4)) > 0 if flags.is_file() else None
    return Sequence(path.stem, NO_IMAGES, boxes_T4, origin=origin, absent_T=absent_T)


def _read_json(path: Path, known: Dataset) -> list[Sequence]:
    if zipfile.is_zipfile(path):
        raise ValueError(f"{path} is a zip archive; unpack it and give the file or folder that was in it")
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:  # broken JSON, or bytes that are no text
        raise ValueError(f"{path} is no JSON file: {error}") from None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise ValueError(f"{path}: expected an object of sequences, as pysot's lists have it")
    if not entries:
        raise ValueError(f"{path} holds no sequence")
    return [_from_entry(name, entry, known, f"{path}: {name}") for name, entry in entries.items()]


def _from_entry(name: str, entry: dict[str, Any], known: Dataset, where: str) -> Sequence:
    boxes_T4, polygons_T8 = _regions(entry.get("gt_rect"), known, where)
    frames = len(boxes_T4)
    for key in ("img_names", "image_files"):
        if key in entry and len(_texts(entry, key, where)) != frames:
            raise ValueError(f"{where}: {len(entry[key])} {key}, but {amount(frames, 'box', 'boxes')} in gt_rect")
    tags = {key: _labels(values, frames, f"{where}: {key}") for key, values in entry.items() if _is_labels(key, values)}
    # What pysot calls absent is 1 where the target is there: frames that have a 0 are left out of its scores.
    present_T = tags.pop("absent", None)
    if present_T is not None and len(entry["absent"]) != frames:
        labels = amount(len(entry["absent"]), "label")
        raise ValueError(f"{where}: {labels} in absent, but {amount(frames, 'box', 'boxes')} in gt_rect")
    has_size = isinstance(entry.get("width"), int) and isinstance(entry.get("height"), int)
    return Sequence(
        name,
        NO_IMAGES,
        boxes_T4,
        origin=known.origin,
        polygons_T8=polygons_T8,
        absent_T=_absent(boxes_T4, known) if present_T is None else ~present_T,
        tags=tags,
        attributes=tuple(_texts(entry, "attr", where) or _texts(entry, "attributes", where)),
        size=(entry["width"], entry["height"]) if has_size else None,
    )


def _absent(boxes_T4: np.ndarray, known: Dataset) -> np.ndarray | None:
    """VOT alone says by a missing region that the target is absent."""
    return None if known.protocol == "one-pass" else absent_frames(boxes_T4)


def _regions(rows: object, known: Dataset, where: str) -> tuple[np.ndarray, np.ndarray | None]:
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{where}: no gt_rect, expected a list of boxes, one a frame")
    regions = []
    for frame, row in enumerate(rows):
        try:
            region = [float("nan") if value is None else float(value) for value in row]
        except (TypeError, ValueError):
            region = []
        if len(region) not in (4, 8):
            raise ValueError(f"{where}: gt_rect[{frame}] is {str(row)[:80]}, expected 4 or 8 numbers")
        regions.append(region)
    boxes_T4, polygons_T8 = split_regions(regions)
    if polygons_T8 is not None and known.protocol == "one-pass":
        raise ValueError(f"{where}: gt_rect has polygons, which only VOT has; is it another data set?")
    origin = known.origin
    return boxes_T4 - np.array([origin, origin, 0, 0]), None if polygons_T8 is None else polygons_T8 - origin


def _texts(entry: dict[str, Any], key: str, where: str) -> list[str]:
    """A list of names; none where there is no such field, or null in it."""
    values = entry.get(key)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{where}: {key} is {str(values)[:80]}, expected a list of texts")
    return values


_NO_LABELS = ("init_rect", "gt_rect", "img_names", "image_files", "attr", "attributes")


def _is_labels(key: str, values: object) -> bool:
    """Whether a field of a sequence has a label a frame: every list but those that are known for something else."""
    return key == "absent" or (key not in _NO_LABELS and isinstance(values, list))


def _labels(values: object, frames: int, where: str) -> np.ndarray:
    """(T,) bool; missing ones at the end are 0, as the vot-toolkit takes them (VOT2018 has empty lists)."""
    if not isinstance(values, list):
        raise ValueError(f"{where} is {str(values)[:80]}, expected a list of 0 and 1")
    for frame, value in enumerate(values):
        if value not in (0, 1):
            raise ValueError(f"{where}[{frame}] is {str(value)[:80]}, expected 0 or 1")
    if len(values) > frames:
        raise ValueError(f"{where}: {amount(len(values), 'label')}, but {amount(frames, 'frame')}")
    return np.array(values + [0] * (frames - len(values))) == 1
