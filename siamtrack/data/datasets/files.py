"""What the loaders of all data sets share: image lists, label files, what to say where nothing is found.

Shape legend: T frames.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence
from siamtrack.data.textfile import is_number, read_rows, split_numbers
from siamtrack.data.wording import amount
from siamtrack.video.readers import IMAGE_SUFFIXES, natural_order


def list_images(folder: Path) -> list[Path]:
    """Image files of a folder in natural order (2 before 10); none if there is no such folder."""
    if not folder.is_dir():
        return []
    names = [Path(name) for name in os.listdir(folder) if not name.startswith(".")]
    return [folder / name for name in sorted(names, key=natural_order) if name.suffix.lower() in IMAGE_SUFFIXES]


def frame_number(image: Path) -> int:
    """The number that an image is called by: the last digits of its name.

    Raises:
        ValueError: there are none.
    """
    digits = re.findall(r"\d+", image.stem)
    if not digits:
        raise ValueError(f"{image} has no frame number in its name")
    return int(digits[-1])


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder, by name; none if it does not exist."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def load_folders(root: Path, what: str, boxes: str, load_one: Callable[[Path, list[Path]], Sequence]) -> list[Sequence]:
    """Every folder in `root` that holds a box file and images in `img/`, by name.

    Args:
        root: folder of the data set.
        what: to call it in the error.
        boxes: pattern that the box file is called by; the first that fits.
        load_one: makes a sequence of box file and images.

    Raises:
        FileNotFoundError: there is none.
    """
    sequences = []
    for folder in subfolders(root):
        paths, images = sorted(folder.glob(boxes)), list_images(folder / "img")
        if paths and images:
            with loading(folder.name):
                sequences.append(load_one(paths[0], images))
    if not sequences:
        raise nothing_found(root, what, f"SEQUENCE/{boxes} and SEQUENCE/img/*.jpg")
    return sequences


def read_list(path: Path) -> list[str]:
    """The lines of a file of names, without blank ones.

    Raises:
        OSError: the file cannot be read.
    """
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return [line.strip() for line in lines if line.strip()]


def read_boxes(path: Path, origin: float) -> np.ndarray:
    """(T, 4) float64 xywh, 0-based, from lines of x,y,w,h whose first pixel is called `origin`.

    Raises:
        ValueError: a line is not four numbers; names it.
    """
    return read_rows(path, 4) - np.array([origin, origin, 0.0, 0.0])


def read_labels(path: Path, frames: int, pad: bool = False) -> np.ndarray:
    """(T,) float64: a number a frame, in lines or separated by commas or blanks.

    Args:
        pad: take missing ones at the end as 0.

    Raises:
        ValueError: one is no number, or there are not as many as frames; names file and line.
    """
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    try:
        values = np.array(split_numbers(text), np.float64)
    except ValueError:
        raise ValueError(_no_number(path, text)) from None
    if pad and len(values) < frames:
        values = np.pad(values, (0, frames - len(values)))
    if len(values) != frames:
        raise ValueError(f"{path}: {amount(len(values), 'label')}, but {amount(frames, 'frame')}")
    return values


def _no_number(path: Path, text: str) -> str:
    for line, row in enumerate(text.splitlines(), 1):
        for label in split_numbers(row):
            if not is_number(label):
                return f"{path} line {line}: {label[:80]!r}, expected a number"
    return f"{path}: expected numbers"


def paired(images: list[Path], boxes_T4: np.ndarray, where: Path) -> ImageFiles:
    """The images, after a look at their number.

    Raises:
        ValueError: there are more or fewer than boxes.
    """
    if len(images) != len(boxes_T4):
        raise ValueError(f"{where}: {amount(len(images), 'image')}, but {amount(len(boxes_T4), 'box', 'boxes')}")
    return ImageFiles(images)


def only_first(boxes_T4: np.ndarray, frames: int) -> np.ndarray:
    """(T, 4) with NaN after the rows that are published, where that is the first one alone; else what was given."""
    if len(boxes_T4) != 1:
        return boxes_T4
    return np.concatenate((boxes_T4, np.full((max(frames, 1) - 1, 4), np.nan)))


def nothing_found(root: Path, what: str, expected: str) -> FileNotFoundError:
    """The error for a root that holds no sequence at all."""
    missing = "" if root.is_dir() else ", it is no folder"
    return FileNotFoundError(f"{root} holds no {what} sequence (expected {expected}){missing}")


def plain(name: str) -> str:
    """A name as it is matched: `Jogging.1`, `jogging-1` and `jogging_1` are the same."""
    return re.sub(r"[-_.]", "", name).lower()
