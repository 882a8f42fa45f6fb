"""LaSOT (Fan et al. 2019, 2021): `airplane/airplane-1/img/00000001.jpg`, `groundtruth.txt`, two files of labels.

The folder of the class may be missing. Boxes are x,y,w,h with the first pixel called 1: where the target can be seen,
no coordinate of the 280 test sequences is below 1, and in 151 of them the smallest is 1. A target is absent where it is
fully occluded or out of view. `lasot_test.json` has the numbers of each class's test sequences (testing_set.txt).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import list_images, nothing_found, paired, read_boxes, read_labels
from siamtrack.data.sequence import Sequence

ORIGIN = 1.0


def load_test(root: Path) -> list[Sequence]:
    """Those of the 280 test sequences that are there, by class and number.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations, labels and images do not match, or a line is not a box.
    """
    return _load(root, "LaSOT test", keep_test)


def load_train(root: Path) -> list[Sequence]:
    """Those of the 1120 training sequences that are there; see `load_test`."""
    return _load(root, "LaSOT training", keep_train)


def load_extension(root: Path) -> list[Sequence]:
    """Sequences of the 15 further classes (LaSOText) that are there; see `load_test`."""
    return _load(root, "LaSOText", keep_extension)


def keep_test(names: Iterable[str]) -> list[str]:
    """Those that name test sequences."""
    return [name for name in names if _number(name) in _test_numbers().get(category(name), ())]


def keep_train(names: Iterable[str]) -> list[str]:
    """Those that name training sequences."""
    numbers = _test_numbers()
    return [name for name in names if category(name) in numbers and _number(name) not in numbers[category(name)]]


def keep_extension(names: Iterable[str]) -> list[str]:
    """Those of other classes than LaSOT's 70."""
    return [name for name in names if category(name) not in _test_numbers()]


def category(name: str) -> str:
    """`airplane` of `airplane-1`."""
    return name.rpartition("-")[0]


def _number(name: str) -> int:
    digits = name.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0


@lru_cache(maxsize=1)
def _test_numbers() -> dict[str, list[int]]:
    return json.loads(Path(__file__).with_name("lasot_test.json").read_text())


def _named(root: Path) -> dict[str, Path]:
    """Name -> folder of every sequence that has images, by class and number."""
    found = [*root.glob("*/groundtruth.txt"), *root.glob("*/*/groundtruth.txt")]
    folders = {path.parent.name: path.parent for path in found if (path.parent / "img").is_dir()}
    return {name: folders[name] for name in sorted(folders, key=lambda name: (category(name), _number(name)))}


def _load(root: Path, what: str, keep: Callable[[Iterable[str]], list[str]]) -> list[Sequence]:
    folders = _named(root)
    names = keep(folders)
    if not names:
        raise nothing_found(root, what, "CLASS/CLASS-NUMBER/groundtruth.txt and CLASS/CLASS-NUMBER/img/*.jpg")
    sequences = []
    for name in names:
        with loading(name):
            sequences.append(_load_one(folders[name]))
    return sequences


def _load_one(folder: Path) -> Sequence:
    boxes_T4 = read_boxes(folder / "groundtruth.txt", ORIGIN)
    images = paired(list_images(folder / "img"), boxes_T4, folder)
    labels = [folder / name for name in ("full_occlusion.txt", "out_of_view.txt")]
    flags = [read_labels(path, len(boxes_T4)) > 0 for path in labels if path.is_file()]
    return Sequence(
        folder.name,
        images,
        boxes_T4,
        origin=ORIGIN,
        absent_T=np.logical_or.reduce(flags) if flags else None,
        category=category(folder.name),
    )
