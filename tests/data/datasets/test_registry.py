from pathlib import Path

import numpy as np
import pytest

from siamtrack.data.datasets.registry import DATASETS, TRAINING_SETS, get_dataset, get_training_set
from siamtrack.data.sequence import NO_IMAGES, Sequence

from .trees import numbered, write_images, write_lines


@pytest.mark.parametrize("name", DATASETS | TRAINING_SETS)
def test_an_empty_folder_and_a_missing_one_say_what_was_expected(name, tmp_path):
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match=r"holds no .* sequence \(expected .*(jpg|JPEG|txt|tsv)"):
            (DATASETS | TRAINING_SETS)[name].load(root)


@pytest.mark.parametrize("name", DATASETS)
def test_facts(name):
    dataset = DATASETS[name]
    assert dataset.summary and dataset.origin in (0, 1)
    assert (dataset.sequences == 0) == (name == "folder")
    if name.startswith("vot"):
        year = int(name[3:7])
        short_term = "reset" if year < 2020 else "anchor"
        assert dataset.protocol == ("long-term" if name.endswith("-lt") else short_term)
    else:
        assert dataset.protocol == ("got10k" if name.startswith("got10k") else "one-pass")


# Where the first box of a sequence of each family is, and its images.
_TREES = {
    "otb100": ("Basketball/groundtruth_rect.txt", "Basketball/img"),
    "dtb70": ("Gull1/groundtruth_rect.txt", "Gull1/img"),
    "tc128": ("Torus/Torus_gt.txt", "Torus/img"),
    "uav123": ("anno/UAV123/bike1.txt", "data_seq/UAV123/bike1"),
    "uav20l": ("anno/UAV20L/bike1.txt", "data_seq/UAV123/bike1"),
    "lasot": ("airplane/airplane-1/groundtruth.txt", "airplane/airplane-1/img"),
    "lasot-train": ("airplane/airplane-2/groundtruth.txt", "airplane/airplane-2/img"),
    "lasot-ext": ("atv/atv-1/groundtruth.txt", "atv/atv-1/img"),
    "got10k-val": ("val/GOT-10k_Val_000001/groundtruth.txt", "val/GOT-10k_Val_000001"),
    "got10k-train": ("train/GOT-10k_Train_000001/groundtruth.txt", "train/GOT-10k_Train_000001"),
    "vot2018": ("ants1/groundtruth.txt", "ants1/color"),
    "trackingnet-train": ("TRAIN_3/anno/a_0.txt", "TRAIN_3/frames/a_0"),
}


@pytest.mark.parametrize("name", _TREES)
def test_origin_lengths_and_bad_lines(name, tmp_path):
    dataset = DATASETS[name]
    boxes, images = (tmp_path / part for part in _TREES[name])
    write_lines(boxes, ["10,20,3,4", "11,21,3,4"])
    write_images(images, numbered(1, 2))
    (sequence,) = dataset.load(tmp_path)
    assert sequence.origin == dataset.origin
    assert sequence.boxes_T4[1].tolist() == [11 - dataset.origin, 21 - dataset.origin, 3, 4]
    assert (sequence.images.read(1) == 1).all()

    write_lines(boxes, ["10,20,3,4"] * 3)
    with pytest.raises(ValueError, match="2 images, but 3 boxes"):
        dataset.load(tmp_path)
    write_lines(boxes, ["10,20,3,4", "10,20,x,4"])
    with pytest.raises(ValueError, match=rf"{boxes.name} line 2: '10,20,x,4'"):
        dataset.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "track", "video"),
    [
        ("got10k-train", "GOT-10k_Train_000001", "GOT-10k_Train_000001"),
        ("lasot-train", "airplane-2", "airplane-2"),
        ("trackingnet-train", "a_1_0", "a_1"),
        ("imagenet-vid-train", "ILSVRC2015_train_00000000.2", "ILSVRC2015_train_00000000"),
        ("youtube-bb-train", "a_-b_4_1", "a_-b"),
        ("youtube-vos-train", "003234408d.1", "003234408d"),
        ("folder", "street", "street"),
    ],
)
def test_tracks_of_one_video_have_one_source_and_stills_none(name, track, video):
    tracks = [Sequence(track, NO_IMAGES, np.ones((2, 4))), Sequence(f"{track}_still", NO_IMAGES, np.ones((1, 4)))]
    assert TRAINING_SETS[name].sources(Path("anywhere"), tracks) == {track: video}


def test_what_only_trains_is_no_benchmark():
    shared = DATASETS.keys() & TRAINING_SETS.keys()
    assert shared == {"got10k-train", "lasot-train", "trackingnet-train", "folder"}
    assert all(DATASETS[name] is TRAINING_SETS[name] for name in shared)
    for name in TRAINING_SETS.keys() - shared:
        assert get_training_set(name).summary
        with pytest.raises(ValueError, match="no data set is called"):
            get_dataset(name)


def test_unknown_names_get_a_hint():
    with pytest.raises(ValueError, match="did you mean 'otb100'"):
        get_dataset("OTB10")
    with pytest.raises(ValueError, match="no training set is called 'coco-trian'; did you mean 'coco-train'"):
        get_training_set("coco-trian")
