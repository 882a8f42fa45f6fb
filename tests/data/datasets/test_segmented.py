"""YouTube-VOS and DAVIS: boxes from masks."""

import json

import numpy as np
import pytest

from siamtrack.data.datasets import davis, youtube_vos
from siamtrack.data.datasets.faults import collect_faults

from .trees import image_names, write_images, write_lines, write_numbers


def frame(*objects):
    """6 x 8 numbers; each object is its number, rows and columns."""
    numbers = np.zeros((6, 8), np.uint8)
    for number, rows, columns in objects:
        numbers[slice(*rows), slice(*columns)] = number
    return numbers


FRAMES = {
    "00000": frame((1, (1, 3), (2, 6))),
    "00005": frame((1, (2, 4), (2, 6)), (2, (4, 6), (0, 3))),
    "00010": frame((2, (3, 6), (0, 3))),
}


def write_video(images, masks):
    """Images of every frame, masks of every fifth."""
    write_images(images, [f"{n:05d}.jpg" for n in range(11)])
    for name, numbers in FRAMES.items():
        write_numbers(masks / f"{name}.png", numbers)


def write_vos(root, video="0a1"):
    write_video(root / "train/JPEGImages" / video, root / "train/Annotations" / video)


def write_meta(root, objects, video="0a1"):
    write_lines(root / "train/meta.json", [json.dumps({"videos": {video: {"objects": objects}}})])


def test_objects_of_a_video(tmp_path):
    write_vos(tmp_path)
    write_meta(tmp_path, {"1": {"category": "ape", "frames": ["00000"]}, "2": {"category": "cat"}})
    ape, cat = youtube_vos.load_train(tmp_path)
    assert [(s.name, s.category) for s in (ape, cat)] == [("0a1.1", "ape"), ("0a1.2", "cat")]
    assert image_names(cat) == ["00000.jpg", "00005.jpg", "00010.jpg"] and (cat.images.read(1) == 5).all()
    nan = [np.nan] * 4
    np.testing.assert_array_equal(ape.boxes_T4, [[2, 1, 4, 2], [2, 2, 4, 2], nan])
    np.testing.assert_array_equal(cat.boxes_T4, [nan, [0, 4, 3, 2], [0, 3, 3, 3]])
    assert ape.absent_T.tolist() == [False, False, True] and cat.annotated_T.tolist() == [False, True, True]
    assert [others.tolist() for others in cat.others] == [[[2, 1, 4, 2]], [[2, 2, 4, 2]], []]
    for number, name in enumerate(FRAMES):
        np.testing.assert_array_equal(cat.masks.read(number), FRAMES[name] == 2)


def test_the_root_may_be_the_training_folder_and_meta_may_be_missing(tmp_path):
    write_vos(tmp_path)
    assert [s.category for s in youtube_vos.load_train(tmp_path / "train")] == ["", ""]


def test_frames_need_an_image_and_a_mask(tmp_path):
    write_vos(tmp_path)
    write_vos(tmp_path, "0b2")
    (tmp_path / "train/JPEGImages/0a1/00005.jpg").unlink()
    for path in (tmp_path / "train/JPEGImages/0b2").iterdir():
        path.unlink()
    ape, cat = youtube_vos.load_train(tmp_path)
    assert image_names(ape) == ["00000.jpg", "00010.jpg"] and ape.masks.read(1).sum() == 0 < cat.masks.read(1).sum()


def test_a_broken_mask_or_entry_leaves_the_other_videos(tmp_path):
    for video in ("0a1", "0b2", "0c3"):
        write_vos(tmp_path, video)
    write_meta(tmp_path, {"1": {}}, "0c3")
    path = tmp_path / "train/Annotations/0b2/00005.png"
    path.write_bytes(path.read_bytes()[:-5])
    with collect_faults() as faults:
        assert [s.name for s in youtube_vos.load_train(tmp_path)] == ["0a1.1", "0a1.2"]
    assert [name for name, _ in faults] == ["0b2", "0c3"]
    assert "00005.png is cut short" in str(faults[0][1]) and "meta.json: 0c3: expected objects" in str(faults[1][1])


@pytest.mark.parametrize("text", ["{", "[]", '{"video": 1}', '{"videos": 1}'])
def test_a_broken_meta_is_an_error_of_the_whole(tmp_path, text):
    write_vos(tmp_path)
    (tmp_path / "train/meta.json").write_text(text)
    with pytest.raises(ValueError, match=r"meta.json: expected an object with videos"):
        youtube_vos.load_train(tmp_path)


def test_davis_takes_the_videos_of_its_list(tmp_path):
    for video in ("bear", "bus"):
        write_video(tmp_path / "JPEGImages/480p" / video, tmp_path / "Annotations/480p" / video)
    write_lines(tmp_path / "ImageSets/2017/train.txt", ["bus", "not-there"])
    first, second = davis.load_train(tmp_path)
    assert (first.name, second.name, first.category) == ("bus.1", "bus.2", "")
    np.testing.assert_array_equal(second.masks.read(2), FRAMES["00010"] == 2)
