import json

import cv2
import numpy as np
import pytest

from siamtrack.data.datasets.faults import collect_faults
from siamtrack.data.datasets.pysot_crops import load

from .trees import image_names, write_images, write_lines

VIDEO = "a/ILSVRC2015_train_00000000"


def write_list(root, videos, name="train.json"):
    write_lines(root / name, [json.dumps(videos)])
    for video, tracks in videos.items():
        crops = [f"{frame}.{track}.{kind}.jpg" for track, frames in tracks.items() for frame in frames for kind in "xz"]
        write_images(root / "crop511" / video, crops)
    return root


def test_tracks_of_the_list(tmp_path):
    # A box of 100 x 100 has context of 200 x 200 for 127 pixels: a pixel is 0.635 (times 510 / 511).
    tracks = {"00": {"000001": [10, 20, 110, 120], "000000": [0, 0, 100, 100]}, "03": {"000001": [110, 20, 160, 120]}}
    first, second = load(write_list(tmp_path, {VIDEO: tracks}))
    assert (first.name, second.name, first.size) == (f"{VIDEO}.00", f"{VIDEO}.03", (511, 511))
    assert image_names(first) == ["000000.00.x.jpg", "000001.00.x.jpg"]
    scale = 0.635 * 510 / 511
    np.testing.assert_allclose(first.boxes_T4, [[255.5 - 50 * scale] * 2 + [100 * scale] * 2] * 2)
    assert first.others[0].shape == (0, 4)
    np.testing.assert_allclose(first.others[1], [[255.5 + 50 * scale, 255.5 - 50 * scale, 50 * scale, 100 * scale]])
    # The second has context of 125 x 175 for 127 pixels, and its middle is 125 right of the first's left edge.
    scale = 127 / np.sqrt(125 * 175) * 510 / 511
    np.testing.assert_allclose(second.boxes_T4, [[255.5 - 25 * scale, 255.5 - 50 * scale, 50 * scale, 100 * scale]])
    np.testing.assert_allclose(second.others[0], [[255.5 - 125 * scale, 255.5 - 50 * scale] + [100 * scale] * 2])


def crop(image, box, side):
    """As par_crop.py cuts a crop of `side` pixels: corners x1, y1, x2, y2 of pixels counted by their centres."""
    x, y, w, h = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]
    around = np.sqrt((w + (w + h) / 2) * (h + (w + h) / 2)) * side / 127
    scale = (side - 1) / around
    mapping = np.array([[scale, 0, -scale * (x - around / 2)], [0, scale, -scale * (y - around / 2)]])
    return cv2.warpAffine(image, mapping, (side, side))


def test_the_boxes_are_where_the_objects_are(tmp_path):
    image, boxes = np.zeros((400, 600, 3), np.uint8), {"00": [200, 150, 280, 190], "01": [260, 210, 300, 300]}
    for left, top, right, bottom in boxes.values():
        image[top : bottom + 1, left : right + 1] = 255  # corners are pixels of the object
    write_list(tmp_path, {"v": {track: {"000000": box} for track, box in boxes.items()}})
    for track, box in boxes.items():
        cv2.imwrite(str(tmp_path / f"crop511/v/000000.{track}.x.jpg"), crop(image, box, 511))
    for sequence in load(tmp_path):
        white = (sequence.images.read(0)[..., 0] > 127).astype(np.uint8)
        _, _, found, _ = cv2.connectedComponentsWithStats(white)
        expected = np.concatenate((sequence.boxes_T4, sequence.others[0]))
        nearest = np.abs(found[1:, None, :4] - expected[None]).max(2).min(0)
        assert (nearest < 2.5).all()  # a pixel of the frame, of which a corner's width is one


def test_names_of_cocos_list_and_missing_crops(tmp_path):
    write_list(tmp_path, {"train2017/000000000009": {"00": {"000000": [1.5, 2, 30, 40]}}}, "train2017.json")
    listed = json.loads((tmp_path / "train2017.json").read_text())
    listed["train2017/000000000009"]["01"] = {"000000": [5, 5, 9, 9]}
    listed["train2017/000000000025"] = {"00": {"000000": [5, 5, 9, 9]}}
    (tmp_path / "train2017.json").write_text(json.dumps(listed))
    (sequence,) = load(tmp_path)
    assert sequence.name == "train2017/000000000009.00" and sequence.others[0].shape == (0, 4)


def test_boxes_without_area_stay(tmp_path):
    flat, sound = load(write_list(tmp_path, {"v": {"00": {"000000": [5, 5, 5, 5]}, "01": {"000000": [5, 5, 9, 9]}}}))
    assert flat.annotated_T.tolist() == [False] and sound.annotated_T.all()
    assert sound.others[0].shape == (0, 4)


@pytest.mark.parametrize(
    "tracks, message",
    [
        ({"00": {"000000": [1, 2, 3]}}, r"train.json: bad, track 00, frame 000000: box \[1, 2, 3\]"),
        ({"00": {"000000": "x"}}, "expected x1, y1, x2, y2"),
        ({"00": [1, 2, 3, 4]}, "train.json: bad is .*expected an object of tracks"),
        ([], "expected an object of tracks"),
    ],
)
def test_a_broken_video_leaves_the_others(tmp_path, tracks, message):
    write_list(tmp_path, {"bad": {"00": {"000000": [1, 2, 3, 4]}}, "good": {"00": {"000000": [1, 2, 30, 40]}}})
    listed = json.loads((tmp_path / "train.json").read_text())
    (tmp_path / "train.json").write_text(json.dumps({**listed, "bad": tracks}))
    with pytest.raises(ValueError, match=message):
        load(tmp_path)
    with collect_faults() as faults:
        assert [s.name for s in load(tmp_path)] == ["good.00"]
    assert [name for name, _ in faults] == ["bad"]


def test_shares_of_the_frame_are_refused(tmp_path):
    write_list(tmp_path, {"v": {"00": {"000000": [0.1, 0.2, 0.3, 0.4]}}})
    with pytest.raises(ValueError, match="train.json has boxes in shares of the frame, expected pixels"):
        load(tmp_path)
    (tmp_path / "train.json").write_text("[1]")
    with pytest.raises(ValueError, match="expected an object of videos"):
        load(tmp_path)
    (tmp_path / "train.json").write_text("{")
    with pytest.raises(ValueError, match="is no JSON file"):
        load(tmp_path)
