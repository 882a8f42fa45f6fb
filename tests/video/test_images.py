"""Image folders and glob patterns, and `to_bgr8`."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from siamtrack.video import VideoError, open_source, to_bgr8

from .media import brightness, picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Frames 1 to 12 without leading zeros, brightness 10 x number, among other files."""
    for number in range(1, 13):
        cv2.imwrite(str(tmp_path / f"img{number}.png"), picture(10 * number))
    (tmp_path / "groundtruth.txt").write_text("1,2,3,4\n")
    return tmp_path


def test_folder_in_natural_order(folder: Path) -> None:
    with open_source(folder) as source:
        assert (source.fps, source.frame_count, source.size) == (30.0, 12, (64, 48))
        frames = list(source)
    assert [brightness(frame.image) for frame in frames] == [10 * number for number in range(1, 13)]
    assert [frame.timestamp for frame in frames] == pytest.approx([i / 30 for i in range(12)])


def test_folder_range(folder: Path) -> None:
    with open_source(str(folder), start=3, end=6) as source:
        assert source.frame_count == 3
        frames = list(source)
    assert [frame.index for frame in frames] == [3, 4, 5]
    assert [brightness(frame.image) for frame in frames] == [40, 50, 60]
    assert frames[0].timestamp == pytest.approx(0.1)
    with pytest.raises(VideoError, match="cannot start at frame 12, there are 12 frames"):
        open_source(folder, start=12)


def test_glob(folder: Path) -> None:
    with open_source(f"{folder}/img1*.png") as source:
        assert [brightness(frame.image) for frame in source] == [10, 100, 110, 120]
    with pytest.raises(VideoError, match=r"none\*\.png.*found none"):
        open_source(f"{folder}/none*.png")


def test_odd_images_become_bgr8(tmp_path: Path) -> None:
    grey = np.full((48, 64), 100, np.uint8)
    cv2.imwrite(str(tmp_path / "a_grey.png"), grey)
    cv2.imwrite(str(tmp_path / "b_alpha.PNG"), np.dstack([grey] * 3 + [grey // 2]))
    cv2.imwrite(str(tmp_path / "c_grey16.png"), grey.astype(np.uint16) * 257)
    cv2.imwrite(str(tmp_path / "d_colour16.tiff"), np.dstack([grey] * 3).astype(np.uint16) * 257)
    cv2.imwrite(str(tmp_path / "e.JPEG"), grey)
    with av.open(str(tmp_path / "f_grey_alpha.png"), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "ya8"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="gray")))
    with open_source(tmp_path) as source:
        images = [frame.image for frame in source]
    assert len(images) == 6
    for image in images:
        assert image.dtype == np.uint8 and image.shape == (48, 64, 3)
        assert np.abs(image.astype(int) - 100).max() <= 1


def test_size_change_comes_after_the_good_frames(folder: Path) -> None:
    cv2.imwrite(str(folder / "img8.png"), picture(width=80))
    indices = []
    with (
        pytest.raises(VideoError, match="frame 7 is 80 x 48, expected 64 x 48"),
        open_source(folder) as source,
    ):
        for frame in source:
            indices.append(frame.index)
    assert indices == list(range(7))
    assert list(source) == []


@pytest.mark.parametrize("content", [b"", b"not an image"])
def test_unreadable_image(folder: Path, content: bytes) -> None:
    (folder / "img5.png").write_bytes(content)
    with (
        pytest.raises(VideoError, match=r"img5\.png: expected a readable image as frame 4"),
        open_source(folder) as source,
    ):
        assert [next(source).index for _ in range(5)]


def test_empty_folder_and_single_image(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(VideoError, match=r"empty: expected images .*found none"):
        open_source(tmp_path / "empty")
    with pytest.raises(VideoError, match=r"img1\.png.*single image; give its folder"):
        open_source(folder / "img1.png")


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 2), (4, 6, 3), (4, 6, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_to_bgr8_layouts(shape: tuple[int, ...], dtype: type) -> None:
    value = 200 if dtype is np.uint8 else 200 * 257
    image = np.full(shape, value, dtype)
    if len(shape) == 3 and shape[2] in (2, 4):
        image[:, :, -1] = 7  # alpha leaves no trace
    out = to_bgr8(image)
    assert out.shape == (4, 6, 3) and out.dtype == np.uint8 and out.flags.c_contiguous
    assert (out == 200).all()


def test_to_bgr8_leaves_bgr8_alone() -> None:
    image = picture()
    assert to_bgr8(image) is image or np.shares_memory(to_bgr8(image), image)


@pytest.mark.parametrize("image", [np.zeros((4, 6), np.float32), np.zeros((4, 6, 5), np.uint8), np.zeros(4, np.uint8)])
def test_to_bgr8_rejects(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=f"{image.dtype}"):
        to_bgr8(image)
