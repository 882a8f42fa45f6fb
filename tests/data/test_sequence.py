import pickle
import tracemalloc

import cv2
import numpy as np
import pytest

from siamtrack.data.images import ImageFiles, VideoImages
from siamtrack.data.sequence import NO_IMAGES, Sequence

from ..video.media import steady, write_video

BOXES_T4 = np.array([[0.0, 0, 5, 5]])


def test_the_size_comes_from_the_annotations_or_the_first_image(tmp_path):
    path = tmp_path / "1.png"
    cv2.imwrite(str(path), np.zeros((30, 50, 3), np.uint8))
    images = ImageFiles([path])
    assert Sequence("a", images, BOXES_T4, size=(7, 8)).image_size() == (7, 8)
    assert Sequence("a", images, BOXES_T4).image_size() == (50, 30)
    path.unlink()
    assert Sequence("b", images, BOXES_T4).image_size() == (50, 30)  # read once


def test_the_size_of_a_video_leaves_it_where_it_is(tmp_path, monkeypatch):
    from siamtrack.data import images as module

    opened = []
    monkeypatch.setattr(
        module, "read_video", lambda *args, real=module.read_video: opened.append(real(*args)) or opened[-1]
    )
    images = VideoImages(write_video(tmp_path / "v.mp4", steady(6)))
    height, width = images.read(2).shape[:2]
    assert Sequence("a", images, np.tile(BOXES_T4, (6, 1))).image_size() == (width, height)
    images.read(3)
    assert [reader.frames.gi_frame is None for reader in opened] == [False, True]


def test_a_size_that_is_nowhere_is_asked_for():
    with pytest.raises(ValueError, match="a: the size of its images is not known; expected width and height"):
        Sequence("a", NO_IMAGES, BOXES_T4).image_size()


class Marked:
    """Masks of one pixel each, whose value is the frame's parity."""

    def read(self, index):
        return np.array([[index % 2 == 1]])


def whole():
    others = tuple(np.full((frame, 4), float(frame)) for frame in range(5))
    return Sequence("a", NO_IMAGES, np.arange(20.0).reshape(5, 4), others=others, masks=Marked(), subset="b")


@pytest.mark.parametrize(
    "frames", [slice(1, 4), slice(None, None, -1), np.array([3, 0]), np.array([True, False, False, True, True])]
)
def test_a_part_has_the_others_and_masks_of_its_frames(frames):
    part, numbers = whole().part(frames), np.arange(5)[frames]
    assert part.boxes_T4[:, 0].tolist() == (4.0 * numbers).tolist() and part.subset == "b"
    assert [len(others) for others in part.others] == numbers.tolist()
    assert [bool(part.masks.read(frame)) for frame in range(len(part))] == [n % 2 == 1 for n in numbers]
    again = part.part(slice(1, 2))
    assert len(again.others) == 1 and bool(again.masks.read(0)) == (numbers[1] % 2 == 1)


def test_a_part_of_boxes_alone_has_boxes_alone():
    part = Sequence("a", NO_IMAGES, np.zeros((5, 4))).part(slice(2))
    assert part.others is None and part.masks is None and len(part) == 2


def test_sequences_go_to_other_processes():
    again = pickle.loads(pickle.dumps(whole()))
    assert again.name == "a" and len(again.others) == 5 and again.masks.read(1)


def test_a_sequence_itself_is_cheap():
    tracemalloc.start()
    sequences = [Sequence("a", NO_IMAGES, BOXES_T4) for _ in range(1000)]
    each = tracemalloc.get_traced_memory()[0] / len(sequences)
    tracemalloc.stop()
    assert each < 250
