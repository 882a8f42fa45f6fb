"""Video files: timestamps, orientation, pixel formats, ranges and every way a file can be bad."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from siamtrack.video import VideoError, open_source

from .media import brightness, damage_packet, steady, write_video


def test_plain_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", steady(12))
    with open_source(path) as source:
        assert (source.name, source.frame_count, source.size) == (str(path), 12, (64, 48))
        assert source.fps == pytest.approx(30, rel=0.1)
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(12))
    for i, frame in enumerate(frames):
        assert frame.image.dtype == np.uint8 and frame.image.flags.c_contiguous
        assert brightness(frame.image) == pytest.approx(4 * i, abs=3)


def test_variable_frame_rate_keeps_timestamps(tmp_path: Path) -> None:
    seconds = [0.0, 0.04, 0.2, 0.21, 1.5]
    with open_source(write_video(tmp_path / "vfr.mp4", seconds)) as source:
        assert [frame.timestamp for frame in source] == pytest.approx(seconds, abs=1e-4)


@pytest.mark.parametrize(("rotation", "red_corner"), [(90, (-1, 0)), (180, (-1, -1)), (270, (0, -1))])
def test_rotation_metadata(tmp_path: Path, rotation: int, red_corner: tuple[int, int]) -> None:
    # The picture is red at its top left; the display matrix turns it counter-clockwise.
    with open_source(write_video(tmp_path / "turned.mp4", steady(3), rotation=rotation)) as source:
        image = next(source).image
    assert source.size == ((64, 48) if rotation == 180 else (48, 64))
    assert image.shape == (source.size[1], source.size[0], 3) and image.flags.c_contiguous
    red = image[:, :, 2].astype(int) - image[:, :, 0]
    corners = {(y, x): red[y, x] for y in (0, -1) for x in (0, -1)}
    assert max(corners, key=lambda corner: corners[corner]) == red_corner


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("grey.mkv", "ffv1", "gray"),
        ("grey16.mkv", "ffv1", "gray16le"),
        ("ten_bit.mp4", "libx264", "yuv420p10le"),
        ("alpha.mkv", "ffv1", "bgra"),
        ("alpha16.mov", "png", "rgba64be"),
    ],
)
def test_pixel_formats_become_bgr8(tmp_path: Path, name: str, codec: str, pix_fmt: str) -> None:
    path = write_video(tmp_path / name, steady(40), codec=codec, pix_fmt=pix_fmt)
    with open_source(path, start=30) as source:
        image = next(source).image
    assert image.dtype == np.uint8 and image.shape == (48, 64, 3)
    assert brightness(image) == pytest.approx(120, abs=3)


def test_start_and_end(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", steady(20))
    with open_source(path, start=5, end=9) as source:
        assert source.frame_count == 4
        frames = list(source)
    assert [frame.index for frame in frames] == [5, 6, 7, 8]
    assert frames[0].timestamp == pytest.approx(5 / 30, abs=1e-4)
    assert brightness(frames[0].image) == pytest.approx(20, abs=3)
    with open_source(path, start=15, end=99) as source:
        assert source.frame_count == len(list(source)) == 5
    with pytest.raises(VideoError, match="cannot start at frame 20, there are 20 frames"):
        open_source(path, start=20)


@pytest.mark.parametrize("arguments", [{"start": -1}, {"start": 3, "end": 3}, {"read_ahead": 0}])
def test_senseless_arguments(tmp_path: Path, arguments: dict[str, int]) -> None:
    path = write_video(tmp_path / "a.mp4", steady(3))
    with pytest.raises(ValueError, match="expected"):
        open_source(path, **arguments)


def test_missing_empty_and_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video\n" * 200)
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=16_000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 16_000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    for name in ("missing.mp4", "empty.mp4", "text.mp4", "sound.mp4"):
        with pytest.raises(VideoError, match=rf"{name}.*expected"):
            open_source(tmp_path / name)


@pytest.mark.parametrize(("name", "codec", "pix_fmt"), [("h.mp4", "libx264", "yuv420p"), ("p.mov", "png", "rgb24")])
def test_damage_in_the_middle_keeps_the_frames_before(tmp_path: Path, name: str, codec: str, pix_fmt: str) -> None:
    path = write_video(tmp_path / name, steady(40), codec=codec, pix_fmt=pix_fmt, size=(320, 240))
    indices, values = [], []
    with (
        pytest.raises(VideoError, match=rf"{name}.*decoding stopped at frame 20\b"),
        open_source(damage_packet(path, 20)) as source,
    ):
        for frame in source:
            indices.append(frame.index)
            values.append(brightness(frame.image))
    assert indices == list(range(20))
    assert values == pytest.approx([4 * i for i in indices], abs=4)


def test_truncated_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", steady(200), size=(320, 240))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    indices = []
    try:
        with open_source(path) as source:
            indices.extend(frame.index for frame in source)
    except VideoError as error:
        assert f"stopped at frame {len(indices)}" in str(error)
    assert indices == list(range(len(indices))) and 50 < len(indices) < 150


def test_truncated_mp4_without_its_index(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", steady(60))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(VideoError, match=r"a\.mp4: expected a video file"):
        open_source(path)


def test_truncated_mp4_with_its_index_in_front(tmp_path: Path) -> None:
    """FFmpeg reports a plain end of the file; the header's count tells."""
    clip = Path(__file__).parents[2] / "examples/market_street_1906.mp4"
    path = tmp_path / "cut.mp4"
    path.write_bytes(clip.read_bytes()[:300_000])
    indices = []
    with pytest.raises(VideoError, match="cut short: its header lists 262 frames"), open_source(path) as source:
        indices.extend(frame.index for frame in source)
    with open_source(path, end=50) as source:
        assert sum(1 for _ in source) == 50


def test_size_change_in_a_stream(tmp_path: Path) -> None:
    small = write_video(tmp_path / "small.ts", steady(10))
    large = write_video(tmp_path / "large.ts", steady(10), size=(128, 96))
    path = tmp_path / "both.ts"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    count = 0
    with (
        pytest.raises(VideoError, match="frame 10 is 128 x 96, expected 64 x 48"),
        open_source(path) as source,
    ):
        for _ in source:
            count += 1
    assert count == 10


def test_file_name_that_looks_like_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "a.mp4", steady(3)).rename(tmp_path / "10:30.mp4")
    with open_source("10:30.mp4") as source:
        assert len(list(source)) == 3
