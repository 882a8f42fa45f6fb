import cv2
import numpy as np
import pytest

from siamtrack.data import lint
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence

W, H = 40, 30


def write_images(folder, sizes, suffix=".jpg"):
    """Noise, each image another."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index, (width, height) in enumerate(sizes):
        path = folder / f"{index + 1:04d}{suffix}"
        noise = np.random.default_rng(index).integers(0, 256, (height, width, 3), np.uint8)
        assert cv2.imwrite(str(path), noise)
        paths.append(path)
    return paths


def sequence_of(tmp_path, boxes, name="ball", **fields):
    boxes_T4 = np.array(boxes, np.float64)
    paths = write_images(tmp_path / name, [(W, H)] * len(boxes_T4), fields.pop("suffix", ".jpg"))
    return Sequence(name, ImageFiles(paths), boxes_T4, **fields)


GOOD = [[5, 5, 10, 10]] * 4


def found(sequences, **kinds):
    return [(f.severity, f.message, f.frames) for f in lint.check(sequences, **kinds)]


def test_a_clean_sequence_yields_nothing(tmp_path):
    seen = []
    assert lint.check([sequence_of(tmp_path, GOOD)], lambda: seen.append(1)) == []
    assert len(seen) == 4


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("damage", ["missing", "cut short", "no image"])
def test_an_unreadable_image_is_named_with_its_frame(tmp_path, suffix, damage):
    sequence = sequence_of(tmp_path, GOOD, suffix=suffix)
    path = sequence.images.paths[2]
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-200] if damage == "cut short" else b"hello")
    ((severity, message, frames),) = found([sequence])
    assert severity == "error" and str(path) in message and frames == (2,)


def test_a_thumbnail_does_not_hide_that_a_picture_is_cut_short(tmp_path):
    sequence = sequence_of(tmp_path, GOOD)
    path = sequence.images.paths[1]
    whole = path.read_bytes()
    exif = b"\xff\xe1" + (len(whole) + 8).to_bytes(2, "big") + b"Exif\0\0" + whole
    path.write_bytes(whole[:2] + exif + whole[2:])
    assert found([sequence]) == []
    path.write_bytes(whole[:2] + exif + whole[2:-200])
    assert [frames for _, _, frames in found([sequence])] == [(1,)]


def test_different_numbers_of_images_boxes_and_labels(tmp_path):
    sequence = sequence_of(tmp_path, GOOD, absent_T=np.zeros(3, bool), tags={"occlusion": np.zeros(5, bool)})
    more = Sequence("ball", ImageFiles(sequence.images.paths[:3]), sequence.boxes_T4)
    assert found([more]) == [("error", "3 images, but 4 boxes", ())]
    assert found([sequence]) == [
        ("error", "3 absence labels, but 4 boxes", ()),
        ("error", "5 occlusion tags, but 4 boxes", ()),
    ]


def test_annotations_without_images_are_looked_at_alone():
    (note,) = found([Sequence("ball", ImageFiles(), np.array(GOOD, np.float64))])
    assert note[0] == "note" and "no images" in note[1]


def test_images_of_another_size_than_the_rest(tmp_path):
    paths = write_images(tmp_path / "ball", [(W, H), (W, H), (H, W), (W, H)])
    ((severity, message, frames),) = found([Sequence("ball", ImageFiles(paths), np.array(GOOD, np.float64))])
    assert (severity, frames) == ("warning", (2,)) and "30x40" in message and "40x30" in message


def test_images_of_another_size_than_the_annotations_say(tmp_path):
    ((severity, message, _),) = found([sequence_of(tmp_path, GOOD, size=(80, 60))])
    assert severity == "warning" and "40x30" in message and "80x60" in message


def test_frozen_images(tmp_path):
    sequence = sequence_of(tmp_path, GOOD)
    first, second, third, fourth = sequence.images.paths
    third.write_bytes(second.read_bytes())
    fourth.write_bytes(first.read_bytes())  # the same again, but not in a row
    ((severity, message, frames),) = found([sequence])
    assert (severity, frames) == ("warning", (2,)) and "1 image equal" in message


@pytest.mark.parametrize(
    ("box", "severity", "words"),
    [
        ([np.nan] * 4, "warning", "NaN"),
        ([0, 0, 0, 0], "warning", "without area"),
        ([5, 5, 10, 0], "warning", "without area"),
        ([5, 5, -3, 10], "error", "negative"),
        ([W, 5, 10, 10], "error", "wholly off the image"),
        ([-10, 5, 10, 10], "error", "wholly off the image"),
        ([-3, 5, 10, 10], "note", "partly off the image"),
        ([5, H - 5, 10, 10], "note", "partly off the image"),
    ],
)
def test_odd_boxes(tmp_path, box, severity, words):
    ((is_severity, message, frames),) = found([sequence_of(tmp_path, [*GOOD, box, *GOOD])])
    assert (is_severity, frames) == (severity, (4,)) and words in message


@pytest.mark.parametrize("box", [[np.nan] * 4, [0, 0, 0, 0], [5, 5, 0, 10], [W + 5, 5, 10, 10]])
def test_a_first_box_that_no_tracker_can_start_from(tmp_path, box):
    ((severity, message, frames),) = found([sequence_of(tmp_path, [box, *GOOD])])
    assert (severity, frames) == ("error", (0,)) and "no tracker can start" in message


def test_boxes_of_an_absent_target_may_be_missing_or_off_the_image(tmp_path):
    boxes = [GOOD[0], [np.nan] * 4, [0, 0, 0, 0], [W + 5, 5, 10, 10], GOOD[0]]
    sequence = sequence_of(tmp_path, boxes, absent_T=np.array([0, 1, 1, 1, 0], bool))
    assert found([sequence]) == [("note", "3 boxes of an absent target", (1, 2, 3))]


def test_withheld_boxes_are_no_fault(tmp_path):
    ((severity, message, _),) = found([sequence_of(tmp_path, [GOOD[0], *[[np.nan] * 4] * 5])])
    assert severity == "note" and "withheld" in message


def test_two_sequences_of_one_name(tmp_path):
    sequence = sequence_of(tmp_path, GOOD)
    ((severity, message, _),) = found([sequence, sequence])
    assert severity == "error" and "2 sequences" in message


# As files that count from 0 have them: clipped at all four borders, each for several frames.
CLIPPED = np.array([[0, 5, 10, 10], [0, 0, 10, 10], [W - 10, 5, 10, 10], [W - 10, H - 10, 10, 10]] * 3, np.float64)


@pytest.mark.parametrize("declared", [0.0, 1.0])
@pytest.mark.parametrize("counts_from", [0.0, 1.0])
def test_files_that_count_pixels_from_another_number_than_declared(tmp_path, declared, counts_from):
    in_file = CLIPPED + [counts_from, counts_from, 0, 0]
    sequence = sequence_of(tmp_path, in_file - [declared, declared, 0, 0], origin=declared)
    suspicions = [message for severity, message, _ in found([sequence]) if severity == "warning"]
    if declared == counts_from:
        assert suspicions == []
    else:
        (message,) = suspicions
        assert f"look {counts_from:g}-based, but were read as {declared:g}-based" in message
        assert f"smallest x or y is {counts_from:g}" in message


def test_the_evidence_for_another_base_may_be_spread_over_sequences(tmp_path):
    in_file = CLIPPED + [1, 1, 0, 0]
    parts = [sequence_of(tmp_path, box[None], f"part{i}") for i, box in enumerate(in_file)]
    warnings = [f for f in lint.check(parts) if f.severity == "warning"]
    assert [f.sequence for f in warnings] == [""] and "1-based" in warnings[0].message


def test_boxes_that_reach_beyond_the_image_are_no_evidence_for_another_base(tmp_path):
    boxes = np.concatenate([CLIPPED + [1, 1, 0, 0], [[W - 5, 5, 10, 10]]])
    assert [f for f in lint.check([sequence_of(tmp_path, boxes)]) if f.severity == "warning"] == []


def test_real_sequences_are_as_known(shared):
    from siamtrack.data.datasets import otb

    sequences = [s for s in otb.load(shared / "data/eval/OTB") if s.name in ("Biker", "Crossing")]
    # Biker rides out at the upper border.
    ((severity, message, frames),) = found(sequences)
    assert (severity, message, frames) == ("note", "7 boxes partly off the image", tuple(range(71, 78)))


def test_a_video_is_read_in_order_and_let_go_of():
    class Video:
        in_order = True

        def __init__(self):
            self.read_so_far = []
            self.closed = False

        def __len__(self):
            return 50

        def read(self, index):
            self.read_so_far.append(index)
            return np.full((H, W, 3), index, np.uint8)

        def name(self, index):
            return f"frame {index}"

        def close(self):
            self.closed = True

    video = Video()
    assert lint.check([Sequence("ball", video, np.tile(np.array(GOOD[0], np.float64), (50, 1)))], threads=8) == []
    assert video.read_so_far == list(range(50)) and video.closed
