import numpy as np
import pytest

from siamtrack.data.sequence import Sequence
from siamtrack.data.steady import steady


class Drawn:
    """Images of given sizes with a bright object where the boxes say."""

    in_order, size = False, (0, 0)

    def __init__(self, sizes, boxes_T4):
        self._sizes, self._boxes_T4 = sizes, boxes_T4.astype(int)

    def __len__(self):
        return len(self._sizes)

    def read(self, index):
        width, height = self._sizes[index]
        image = np.full((height, width, 3), 40, np.uint8)
        x, y, w, h = self._boxes_T4[index]
        image[y : y + h, x : x + w] = 250
        return image

    def name(self, index):
        return str(index)

    def close(self):
        pass


def crops(sizes=((60, 50), (90, 40), (50, 80))):
    boxes_T4 = np.array([[10.0, 10, 20, 20], [60, 15, 20, 20], [5, 50, 20, 20]])
    return Sequence("crops", Drawn(sizes, boxes_T4), boxes_T4)


def test_boxes_stay_on_their_object_and_move_little():
    video = steady(crops())
    assert len(video.images) == 3 and video.size == (135, 135)
    for index, (x, y, w, h) in enumerate(video.boxes_T4.astype(int)):
        image = video.images.read(index)
        assert image.shape == (135, 135, 3)
        assert (image[y : y + h, x : x + w] == 250).all()
        assert (image == 250).all(2).sum() == w * h
    centers_T2 = video.boxes_T4[:, :2] + video.boxes_T4[:, 2:] / 2
    assert np.abs(centers_T2 - 67.5).max() <= 0.25 * 20 + 0.5
    assert 0 < np.linalg.norm(np.diff(centers_T2, axis=0), axis=1).max() < 0.3 * 20


def test_a_video_stays_as_it_is():
    video = crops(sizes=((90, 80),) * 3)
    assert steady(video) is video


def test_frames_without_a_box_are_refused():
    video = crops()
    video.boxes_T4[1] = np.nan
    with pytest.raises(ValueError, match="crops has frames without a box"):
        steady(video)
