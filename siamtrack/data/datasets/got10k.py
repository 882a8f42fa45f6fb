"""GOT-10k (Huang et al. 2019): `val/list.txt`, `val/SEQ/00000001.jpg`, `groundtruth.txt`, labels, `meta_info.ini`.

Boxes are x,y,w,h, pixels counted from 0. `cover.label` says how much of the target can be seen, from 0 to 8; what the
toolkit's report leaves out is cover 0, so that is what absent means here. Of the test set only first boxes are
published.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import (
    list_images,
    nothing_found,
    only_first,
    paired,
    read_boxes,
    read_labels,
    read_list,
    subfolders,
)
from siamtrack.data.sequence import Sequence


def load_train(root: Path) -> list[Sequence]:
    """The training sequences that are there; see `load_test`."""
    return _load(root, "train")


def load_val(root: Path) -> list[Sequence]:
    """The validation sequences that are there; see `load_test`."""
    return _load(root, "val")


def load_test(root: Path) -> list[Sequence]:
    """The test sequences that are there, in the order of the list; boxes after the first are NaN.

    Args:
        root: holds `test`, or is that folder.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations, labels and images do not match, or a line is not what it should be.
    """
    return _load(root, "test")


def _load(root: Path, subset: str) -> list[Sequence]:
    folder = root / subset if (root / subset).is_dir() else root
    listed = folder / "list.txt"
    folders = [folder / name for name in read_list(listed)] if listed.is_file() else subfolders(folder)
    sequences = []
    for path in folders:
        if (path / "groundtruth.txt").is_file():
            with loading(path.name):
                sequences.append(_load_one(path, withheld=subset == "test"))
    if not sequences:
        raise nothing_found(root, "GOT-10k", f"{subset}/SEQUENCE/groundtruth.txt")
    return sequences


def _load_one(folder: Path, withheld: bool) -> Sequence:
    images = list_images(folder)
    boxes_T4 = read_boxes(folder / "groundtruth.txt", 0)
    if withheld:
        boxes_T4 = only_first(boxes_T4, len(images))
    category, size = _read_meta(folder / "meta_info.ini")
    return Sequence(
        folder.name,
        paired(images, boxes_T4, folder),
        boxes_T4,
        absent_T=_absent(folder, len(boxes_T4)),
        category=category,
        size=size,
    )


def _absent(folder: Path, frames: int) -> np.ndarray | None:
    if (folder / "cover.label").is_file():
        return read_labels(folder / "cover.label", frames) == 0
    if (folder / "absence.label").is_file():
        return read_labels(folder / "absence.label", frames) == 1
    return None


def _read_meta(path: Path) -> tuple[str, tuple[int, int] | None]:
    """Object class and image size; "" and None where the file does not say."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    kind = re.search(r"^object_class:\s*(.+?)\s*$", text, re.MULTILINE)
    size = re.search(r"^resolution:\s*\(\s*(\d+)\D+(\d+)", text, re.MULTILINE)
    return kind[1] if kind else "", (int(size[1]), int(size[2])) if size else None
