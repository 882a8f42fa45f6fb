"""YouTube-VOS (Xu et al. 2018), to train on: `train/JPEGImages/VIDEO/00000.jpg`, `train/Annotations/VIDEO/00000.png`.

`train/meta.json` has the categories: {"videos": {VIDEO: {"objects": {"1": {"category": "ape"}, "2": ...}}}}. Every
fifth frame is annotated; the others are left out. Boxes come from the masks: see `segmented.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import nothing_found, subfolders
from siamtrack.data.datasets.segmented import load_segmented
from siamtrack.data.sequence import Sequence


def load_train(root: Path) -> list[Sequence]:
    """The objects of the training videos that are there, by video and number.

    Args:
        root: holds `train`, or is that folder.

    Raises:
        FileNotFoundError: there is none.
        ValueError: a mask is unreadable, or meta.json is not what it should be.
    """
    folder = root / "train" if (root / "train").is_dir() else root
    meta = _read_meta(folder / "meta.json")
    sequences: list[Sequence] = []
    for masks in subfolders(folder / "Annotations"):
        with loading(masks.name):
            categories = _categories(meta.get(masks.name, {}), f"{folder / 'meta.json'}: {masks.name}")
            sequences += load_segmented(masks.name, folder / "JPEGImages" / masks.name, masks, categories)
    if not sequences:
        raise nothing_found(root, "YouTube-VOS", "train/Annotations/VIDEO/*.png and train/JPEGImages/VIDEO/*.jpg")
    return sequences


def _read_meta(path: Path) -> dict[str, Any]:
    """What is said of each video; nothing if there is no such file."""
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_bytes())["videos"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: expected an object with videos: {error!r}") from None


def _categories(video: dict[str, Any], where: str) -> dict[int, str]:
    try:
        return {int(number): str(entry["category"]) for number, entry in video.get("objects", {}).items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{where}: expected objects with a category each: {error!r}") from None
