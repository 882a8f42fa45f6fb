"""COCO 2017 (Lin et al. 2014): `annotations/instances_train2017.json`, `train2017/000000000009.jpg`; likewise val2017.

Every instance is a still of its own, named IMAGE.ANNOTATION, with the other instances of its image and a mask. Boxes
are x,y,width,height in continuous pixels counted from 0. Crowds (iscrowd) are left out, and images that are not there.

An instance takes 1.5 kB of memory on average, so the 850,000 of the training set 1.3 GB, and twice that while the list
is read, which takes about a minute.

Shape legend: M instances of an image.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import nothing_found
from siamtrack.data.datasets.others import each_without
from siamtrack.data.images import ImageFiles
from siamtrack.data.masks import Masks, PolygonMask, RunLengthMask, parse_runs
from siamtrack.data.sequence import Sequence


def load_train(root: Path) -> list[Sequence]:
    """The instances of the training images that are there.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the list is not what it should be; names the place.
    """
    return _load(root, "train2017")


def load_val(root: Path) -> list[Sequence]:
    """The instances of the validation images that are there; see `load_train`."""
    return _load(root, "val2017")


def _load(root: Path, split: str) -> list[Sequence]:
    listed, folder = root / "annotations" / f"instances_{split}.json", root / split
    sequences: list[Sequence] = []
    if listed.is_file() and folder.is_dir():
        images, of_image, categories = _read_list(listed)
        there = set(os.listdir(folder))
        for image in images:
            if image["file_name"] in there and image["id"] in of_image:
                with loading(image["file_name"]):
                    sequences += _instances(folder, image, of_image.pop(image["id"]), categories)
    if not sequences:
        raise nothing_found(root, "COCO", f"annotations/instances_{split}.json and {split}/*.jpg")
    return sequences


def _read_list(path: Path) -> tuple[list[dict[str, Any]], dict[int, list[dict[str, Any]]], dict[int, str]]:
    """Images, the instances of each image by its id, and the names of the categories by theirs."""
    try:
        content = json.loads(path.read_bytes())
        images = [{key: image[key] for key in ("id", "file_name", "width", "height")} for image in content["images"]]
        categories = {category["id"]: category["name"] for category in content["categories"]}
        of_image: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for instance in content["annotations"]:
            image_id, _ = instance["image_id"], instance["id"]
            if not instance.get("iscrowd"):
                of_image[image_id].append(instance)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no list of COCO instances: {error!r}") from None
    except ValueError as error:
        raise ValueError(f"{path} is no JSON file: {error}") from None
    return images, dict(of_image), categories


def _instances(
    folder: Path, image: dict[str, Any], instances: list[dict[str, Any]], categories: dict[int, str]
) -> list[Sequence]:
    files, size = ImageFiles([folder / image["file_name"]]), (image["width"], image["height"])
    boxes_M4 = np.array([_read_box(instance) for instance in instances])
    return [
        Sequence(
            f"{Path(image['file_name']).stem}.{instance['id']}",
            files,
            boxes_M4[own : own + 1],
            category=_category(instance, categories),
            size=size,
            others=(others_M4,),
            masks=_read_mask(instance, size),
        )
        for own, (instance, others_M4) in enumerate(zip(instances, each_without(boxes_M4), strict=True))
    ]


def _read_box(instance: dict[str, Any]) -> list[float]:
    try:
        x, y, width, height = (float(number) for number in instance["bbox"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            f"annotation {instance.get('id')}: bbox is {instance.get('bbox')}, expected x,y,width,height"
        ) from None
    return [x, y, width, height]


def _category(instance: dict[str, Any], categories: dict[int, str]) -> str:
    number = instance.get("category_id")
    if number not in categories:
        raise ValueError(f"annotation {instance.get('id')}: no category has the id {number}")
    return categories[number]


def _read_mask(instance: dict[str, Any], size: tuple[int, int]) -> Masks | None:
    """From polygons [[x,y,x,y...], ...] or from run lengths, as numbers or as text; None if there is neither."""
    given = instance.get("segmentation")
    if not given:
        return None
    try:
        if isinstance(given, dict):
            counts = given["counts"]
            if given["size"] != [size[1], size[0]]:
                raise ValueError(f"size {given['size']}, expected height and width of the image, {size[1]}, {size[0]}")
            return RunLengthMask(parse_runs(counts) if isinstance(counts, str) else np.array(counts, np.int64), size)
        return PolygonMask([_corners(polygon) for polygon in given], size)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"annotation {instance.get('id')}: segmentation is no mask: {error}") from None


def _corners(polygon: list[float]) -> np.ndarray:
    """(K, 2) float32 of x,y,x,y..., which is exact to a ten-thousandth of a pixel."""
    corners_K2 = np.empty((len(polygon) // 2, 2), np.float32)  # its own memory: a view would be a third larger
    corners_K2[:] = np.reshape(polygon, (-1, 2))
    return corners_K2
