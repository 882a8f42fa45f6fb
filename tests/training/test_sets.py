"""Every training set, from its official layout to a batch of pairs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from siamtrack.data.datasets.registry import TRAINING_SETS
from siamtrack.data.pair_config import PairConfig
from siamtrack.nets.types import NetSpec
from siamtrack.training.data import load_data
from siamtrack.training.data_config import DataConfig

from ..data.datasets import test_coco as coco
from ..data.datasets import test_imagenet as imagenet
from ..data.datasets import test_pysot_crops as crops
from ..data.datasets import test_segmented as segmented
from ..data.datasets import test_youtube_bb as youtube_bb
from ..data.datasets.trees import numbered, write_images, write_lines
from .tiny import draw_pack

_SPEC = NetSpec(63, 127, 8)


def boxed(images: str, boxes: str) -> Callable[[Path], None]:
    """Two videos of three images of 8 x 6; {} is their number."""

    def write(root: Path) -> None:
        for video in (1, 2):
            write_images(root / images.format(video), numbered(1, 3))
            write_lines(root / boxes.format(video), ["1,1,4,3"] * 3)

    return write


def write_det(root: Path) -> None:
    for image in (1, 2):
        two = imagenet.xml_object((4, 1, 3, 1)), imagenet.xml_object((8, 5, 6, 4), name="n02121808")
        imagenet.write_xml(root / f"Annotations/DET/train/d/{image}.xml", *two)
        write_images(root / "Data/DET/train/d", [f"{image}.JPEG"])


def write_davis(root: Path) -> None:
    folder = root / "JPEGImages/480p/goat", root / "Annotations/480p/goat"
    segmented.write_video(*folder)
    write_lines(root / "ImageSets/2017/train.txt", ["goat"])


def write_crops(root: Path) -> None:
    crops.write_list(root, {"v": {"00": {"000000": [0, 0, 90, 90]}, "01": {"000000": [60, 60, 99, 99]}}})
    for path in (root / "crop511").rglob("*.x.jpg"):
        cv2.imwrite(str(path), np.zeros((511, 511, 3), np.uint8))


WRITE: dict[str, Callable[[Path], object]] = {
    "got10k-val": boxed("val/GOT-10k_Val_{:06d}", "val/GOT-10k_Val_{:06d}/groundtruth.txt"),
    "got10k-train": boxed("train/GOT-10k_Train_{:06d}", "train/GOT-10k_Train_{:06d}/groundtruth.txt"),
    "lasot-train": boxed("airplane/airplane-{}2/img", "airplane/airplane-{}2/groundtruth.txt"),
    "trackingnet-train": boxed("TRAIN_3/frames/a_{}", "TRAIN_3/anno/a_{}.txt"),
    "folder": boxed("video{}", "video{}/groundtruth.txt"),
    "imagenet-vid-train": imagenet.write_video,
    "imagenet-vid-val": lambda root: imagenet.write_video(root, "ILSVRC2015_val_00000000", "val"),
    "imagenet-det-train": write_det,
    "coco-train": lambda root: coco.write_coco(root, coco.instance(5), coco.instance(6, 25)),
    "coco-val": lambda root: coco.write_coco(root, coco.instance(5), coco.instance(6, 25), split="val2017"),
    "youtube-bb-train": lambda root: youtube_bb.write_set(root, *youtube_bb.PERSON, youtube_bb.DOG),
    "youtube-vos-train": lambda root: (
        segmented.write_vos(root),
        segmented.write_meta(root, {n: {"category": n} for n in "12"}),
    ),
    "davis-train": write_davis,
    "pysot-crops": write_crops,
    "pack": lambda root: draw_pack(root, tracks=8),
}
_MASKED = ("coco-train", "coco-val", "youtube-vos-train", "davis-train")


@pytest.mark.parametrize("name", TRAINING_SETS)
def test_a_batch_of_it(name: str, tmp_path: Path) -> None:
    WRITE[name](tmp_path)
    config = DataConfig.model_validate({"sources": {"mine": {"kind": name}}})
    pairs = PairConfig(negative_like=0.4, negative_beside=0.2, distracted=0.2, other_target=0.2, search_shift_px=4)
    data = load_data(config, pairs, {"mine": tmp_path}, _SPEC, seed=0)
    batch = data.train.batch(range(16))
    assert not data.faults and not data.train.skipped
    assert batch.search_N3HW.shape == (16, 3, 127, 127) and 0 < batch.positive_N.sum() < 16
    assert (batch.mask_N1HW is not None) == (name in _MASKED)
