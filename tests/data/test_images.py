import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from siamtrack.data.image_cache import ImageCache
from siamtrack.data.images import ImageFiles, VideoImages, read_image, read_size

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


def test_the_cache_reads_images_once(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "i.png"), image)
    cache, files = ImageCache(), ImageFiles([tmp_path / "i.png"])
    first = cache.read(files, 0)
    np.testing.assert_array_equal(first, image)
    (tmp_path / "i.png").unlink()
    assert cache.read(files, 0) is first


def test_the_cache_stops_at_its_limit(tmp_path):
    for name in "ab":
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.zeros((8, 9, 3), np.uint8))
    cache, files = ImageCache(limit_bytes=300), ImageFiles([tmp_path / "a.png", tmp_path / "b.png"])
    first, second = cache.read(files, 0), cache.read(files, 1)
    assert cache.read(files, 0) is first
    assert cache.read(files, 1) is not second


def test_the_cache_reads_ahead_as_far_as_its_limit(tmp_path):
    """What is broken waits until it is asked for."""
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    cv2.imwrite(str(paths[0]), np.zeros((8, 9, 3), np.uint8))
    paths[1].write_text("no image")
    cv2.imwrite(str(paths[2]), np.ones((8, 9, 3), np.uint8))
    cache, files = ImageCache(), ImageFiles(paths)
    cache.fill([files])
    paths[0].unlink()
    assert cache.read(files, 0).shape == (8, 9, 3)
    with pytest.raises(ValueError, match="b.png"):
        cache.read(files, 1)


def test_reading_ahead_ends_at_the_limit_and_reads_nothing_twice(tmp_path, monkeypatch):
    monkeypatch.setattr("siamtrack.data.image_cache._AT_A_TIME", 2)
    monkeypatch.setattr("siamtrack.data.image_cache._LEAST_LEFT", 100)
    paths, read = [tmp_path / f"{number}.png" for number in range(9)], []
    for path in paths:
        cv2.imwrite(str(path), np.zeros((8, 9, 3), np.uint8))
    monkeypatch.setattr("siamtrack.data.image_cache.read_image", lambda path: read.append(path) or read_image(path))
    ImageCache(limit_bytes=4 * 8 * 9 * 3).fill([ImageFiles(paths[:1] * 5), ImageFiles(paths)])
    assert sorted(read) == paths[:4]


def test_a_video_is_decoded_once(video, monkeypatch):
    decoded = []
    decode = VideoImages._decode
    monkeypatch.setattr(VideoImages, "_decode", lambda self, index: decoded.append(index) or decode(self, index))
    cache, images = ImageCache(), VideoImages(video)
    assert [round(brightness(cache.read(images, index)) / 4) for index in (7, 2, 11, 0, 7)] == [7, 2, 11, 0, 7]
    assert decoded == list(range(FRAMES)) and images._frames is None
    other = VideoImages(video)  # another target of the same video
    assert cache.read(other, 3) is cache.read(images, 3) and len(decoded) == FRAMES
    ahead = ImageCache()
    ahead.fill([VideoImages(video)])
    assert len(ahead._images) == FRAMES


def test_frames_beyond_the_limit_are_decoded_again(video, monkeypatch):
    size = VideoImages(video).read(0).nbytes
    cache, images = ImageCache(limit_bytes=2.5 * size), VideoImages(video)
    assert [round(brightness(cache.read(images, index)) / 4) for index in (7, 1, 7, 0, 2)] == [7, 1, 7, 0, 2]
    assert len(cache._images) == 2 and images._frames is None
    decoded = []
    decode = VideoImages._decode
    monkeypatch.setattr(VideoImages, "_decode", lambda self, index: decoded.append(index) or decode(self, index))
    cache.read(images, 7)
    assert decoded == [7]  # what comes before is passed over


def test_a_video_that_is_not_there_is_named_by_the_cache(tmp_path):
    cache, gone = ImageCache(), VideoImages(tmp_path / "no.mp4")
    with pytest.raises(ValueError, match=r"no.mp4 is not a readable video: No such file"):
        cache.read(gone, 0)
    cache.fill([gone])


def test_an_image_that_claims_to_be_huge_is_not_readable(tmp_path):
    ok, data = cv2.imencode(".png", np.zeros((8, 9, 3), np.uint8))
    head = bytearray(data.tobytes())
    head[16:24] = (60000).to_bytes(4, "big") * 2  # width and height
    head[29:33] = zlib.crc32(head[12:29]).to_bytes(4, "big")
    (tmp_path / "huge.png").write_bytes(head)
    with pytest.raises(ValueError, match=r"huge.png is not a readable image"):
        read_image(tmp_path / "huge.png")


def test_unreadable_images_are_named_by_the_cache(tmp_path):
    (tmp_path / "text.jpg").write_text("no image")
    for path in (tmp_path / "text.jpg", tmp_path / "missing.jpg"):
        with pytest.raises(ValueError, match=path.name):
            ImageCache().read(ImageFiles([path]), 0)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_the_size_of_an_image(tmp_path, name):
    cv2.imwrite(str(tmp_path / name), np.zeros((30, 50, 3), np.uint8))
    assert read_size(tmp_path / name) == (50, 30)


def test_the_size_of_a_jpeg_is_in_its_head(tmp_path):
    path = tmp_path / "a.jpg"
    for flags in ([], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]):
        cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (300, 500, 3), np.uint8), flags)
        data = path.read_bytes()
        path.write_bytes(data[:700])  # the picture itself is cut away
        assert read_size(path) == (500, 300)


def test_a_jpeg_that_exif_turns_has_the_size_that_it_is_read_with(tmp_path):
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), np.zeros((30, 50, 3), np.uint8))
    # One entry: orientation (0x112), a short, 6: a quarter turn.
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:])
    assert ImageFiles([path]).read(0).shape == (50, 30, 3)
    assert read_size(path) == (30, 50)


def test_what_has_no_size_is_named(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff")
    for name in ("a.jpg", "b.jpg"):
        with pytest.raises(ValueError, match=f"{name} is not a readable image"):
            read_size(tmp_path / name)
