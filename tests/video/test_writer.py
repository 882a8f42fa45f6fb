"""`VideoWriter`: what goes in comes out, and a file appears only whole."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import numpy as np
import pytest

from siamtrack.video import VideoWriter, open_source

from .media import picture


def gradient(shift: int, width: int = 96, height: int = 64) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.dstack([x + shift, 2 * y + shift, (x + y) // 2 + shift]).astype(np.uint8)


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "out.mp4"
    images = [gradient(2 * i) for i in range(20)]
    with VideoWriter(path, 25) as writer:
        for image in images:
            writer.write(image)
    with open_source(path) as source:
        assert (source.frame_count, source.size) == (20, (96, 64))
        assert source.fps == pytest.approx(25, rel=1e-3)
        frames = list(source)
    assert [frame.timestamp for frame in frames] == pytest.approx([i / 25 for i in range(20)], abs=1e-4)
    for frame, image in zip(frames, images, strict=True):
        assert np.abs(frame.image.astype(int) - image).mean() < 2


def test_timestamps_are_kept_and_made_increasing(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, 30) as writer:
        for timestamp in (100.0, 100.04, 100.5, 100.5, 100.3, 102.0):
            writer.write(picture(), timestamp)
    with open_source(path) as source:
        times = [frame.timestamp for frame in source]
    assert times == pytest.approx([0, 0.04, 0.5, 0.5, 0.5, 2.0], abs=1e-3)
    assert all(a < b for a, b in itertools.pairwise(times))


def test_file_appears_only_when_closed(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_text("older")
    writer = VideoWriter(path, 30)
    writer.write(picture())
    assert path.read_text() == "older"
    writer.close()
    writer.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.mp4"]
    with open_source(path) as source:
        assert len(list(source)) == 1
    with pytest.raises(ValueError, match="closed"):
        writer.write(picture())


def test_no_frames_no_file(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", 30):
        pass
    assert list(tmp_path.iterdir()) == []


def test_exception_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt), VideoWriter(path, 30) as writer:
        for _ in range(7):
            writer.write(picture())
        raise KeyboardInterrupt
    with open_source(path) as source:
        assert len(list(source)) == 7


@pytest.mark.parametrize(("width", "height"), [(97, 65), (96, 65), (97, 64), (1, 1)])
def test_odd_sizes_are_padded(tmp_path: Path, width: int, height: int) -> None:
    image = gradient(10, width, height)
    with VideoWriter(tmp_path / "out.mp4", 30, (width, height)) as writer:
        writer.write(image)
    with open_source(tmp_path / "out.mp4") as source:
        out = next(source).image
    assert out.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(out[:height, :width].astype(int) - image).mean() < 5


def test_other_size(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", 30) as writer:
        writer.write(picture())
        with pytest.raises(ValueError, match="expected a frame of 64 x 48, got 80 x 48"):
            writer.write(picture(width=80))


@pytest.mark.parametrize(("name", "fps"), [("out.avi", 30), ("out.mp4", 0), ("out.mp4", float("nan"))])
def test_bad_arguments(tmp_path: Path, name: str, fps: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        VideoWriter(tmp_path / name, fps)


def test_mpeg4_where_there_is_no_x264(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", {"mpeg4"})
    with VideoWriter(tmp_path / "out.mp4", 29.97) as writer:
        for i in range(5):
            writer.write(gradient(i))
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "mpeg4"
        assert sum(1 for _ in container.decode(video=0)) == 5
