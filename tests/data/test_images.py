from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from siamtrack.data.images import ImageFiles, VideoImages

from ..video.media import brightness, damage_packet, steady, write_video

FRAMES = 12


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("video") / "v.mp4", steady(FRAMES))


@pytest.mark.parametrize("order", [range(FRAMES), range(FRAMES - 1, -1, -1), [0, 5, 5, 2, 11, 11, 0]])
def test_frames_of_a_video_in_any_order(video, order):
    images = VideoImages(video)
    assert len(images) == FRAMES
    for index in order:
        assert brightness(images.read(index)) == pytest.approx(4 * index, abs=2)


@pytest.mark.parametrize("name, codec", [("v.avi", "libx264"), ("v.mkv", "libx264")])
def test_the_length_is_counted_where_no_header_tells_it(tmp_path, name, codec):
    assert len(VideoImages(write_video(tmp_path / name, steady(7), codec=codec))) == 7


def test_a_video_is_read_by_many_threads(video):
    images = VideoImages(video)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda i: brightness(images.read(i)), [*range(FRAMES)] * 3))
    np.testing.assert_allclose(found, [*range(0, 4 * FRAMES, 4)] * 3, atol=2)


def test_what_was_read_is_the_callers_own(video):
    images = VideoImages(video)
    images.read(3)[:] = 255
    assert brightness(images.read(3)) == pytest.approx(12, abs=2)


def test_reading_in_order_opens_the_video_once(video, monkeypatch):
    from siamtrack.data import images as module

    opened = []
    monkeypatch.setattr(module, "read_video", lambda *args, real=module.read_video: opened.append(args) or real(*args))
    images = VideoImages(video)
    for index in range(FRAMES):
        images.read(index)
    assert len(opened) == 1


def test_a_closed_video_is_opened_again_by_reading(video, monkeypatch):
    from siamtrack.data import images as module

    opened = []
    monkeypatch.setattr(
        module, "read_video", lambda *args, real=module.read_video: opened.append(real(*args)) or opened[-1]
    )
    images = VideoImages(video)
    images.read(3)
    images.close()
    images.close()
    assert opened[0].frames.gi_frame is None  # a generator that ended, and closed the file
    assert [brightness(images.read(i)) for i in (3, 4)] == pytest.approx([12, 16], abs=2)
    assert len(opened) == 2


def test_frames_that_are_not_there(video):
    images = VideoImages(video)
    with pytest.raises(ValueError, match=r"v.mp4.*frame 12"):
        images.read(FRAMES)
    assert brightness(images.read(1)) == pytest.approx(4, abs=2)


def test_damaged_and_wrong_videos_are_named(tmp_path):
    damaged = VideoImages(damage_packet(write_video(tmp_path / "bad.mp4", steady(FRAMES)), 6))
    with pytest.raises(ValueError, match="bad.mp4"):
        len(damaged)
    (tmp_path / "no.mp4").write_text("text")
    with pytest.raises(ValueError, match="no.mp4"):
        len(VideoImages(tmp_path / "no.mp4"))


def test_image_files(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 5, 3), 7, np.uint8))
    (tmp_path / "b.png").write_text("text")
    images = ImageFiles([tmp_path / "a.png", tmp_path / "b.png"])
    assert images.read(0).shape == (4, 5, 3)
    with pytest.raises(ValueError, match=r"b.png is not a readable image"):
        images.read(1)
