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
