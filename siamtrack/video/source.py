"""`open_source`: files, network streams, image folders and cameras as one iterator of frames."""

from __future__ import annotations

import glob
import itertools
import re
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from siamtrack.video.frames import Frame, VideoError
from siamtrack.video.read_ahead import ReadAhead
from siamtrack.video.readers import (
    IMAGE_SUFFIXES,
    FrameGenerator,
    Reader,
    read_camera,
    read_images,
    read_stream,
    read_video,
)

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


def open_source(
    source: str | Path | int, *, start: int = 0, end: int | None = None, read_ahead: int = 4
) -> FrameSource:
    """Open a source of frames and decode its first wanted frame.

    What `source` may be, and what the frames' timestamps then are:

        video file      its presentation times, so variable frame rate is kept
        URL             any protocol of FFmpeg (rtsp://, http://, udp://, ...): its presentation times
        image folder    index / 30: images state no time
        glob pattern    as an image folder; ``**`` matches folders at any depth
        camera number   (int or digit string) seconds on the wall clock since opening

    Presentation times start where the source says, not always at 0. Rotation metadata is honoured; grey,
    alpha and 10/16-bit input comes out as BGR uint8. Images are taken in natural order (2 before 10).

    Decoding runs in a background thread. A camera, or a stream that sends live (rtsp, rtp, udp, srt), does
    not wait: its consumer always gets the newest frame, and the indices show what was skipped.

    Args:
        start, end: yield the frames with start <= index < end only; `end` None is the end of the source.
        read_ahead: how many decoded frames may wait for the consumer, >= 1; of a live source only the newest.

    Raises:
        VideoError: missing, unreadable, not a video or without frame `start`.
        ValueError: a range or `read_ahead` that makes no sense.
    """
    if start < 0 or (end is not None and end <= start):
        raise ValueError(f"expected 0 <= start < end, got start={start}, end={end}")
    if read_ahead < 1:
        raise ValueError(f"expected read_ahead >= 1, got {read_ahead}")
    return FrameSource(str(source), _open_reader(source, start, end), read_ahead)


class FrameSource:
    """Iterator of `Frame` and context manager; made by `open_source`.

    Iterating raises `VideoError` where the source breaks off or its frames change size, after yielding every
    frame before that.

    Attributes:
        name: the source as it was given.
        fps: nominal frames per second; None where the source does not say.
        frame_count: how many frames will be yielded, by the file's header or the folder; None where unknown.
        size: (width, height) of every frame, pixels.
    """

    name: str
    fps: float | None
    frame_count: int | None
    size: tuple[int, int]

    def __init__(self, name: str, reader: Reader, read_ahead: int) -> None:
        self.name = name
        self.fps = reader.fps
        self.frame_count = reader.frame_count
        # The first frame is read here, so that a bad source fails in open_source and not somewhere in a loop.
        first = next(reader.frames)
        self.size = (first.image.shape[1], first.image.shape[0])
        ahead = ReadAhead(
            _same_size(name, self.size, reader.frames), 1 if reader.live else read_ahead, drop_old=reader.live
        )
        self._frames: Iterator[Frame] = itertools.chain([first], ahead)
        # Also runs when a source is dropped unclosed, or at exit, where a thread inside FFmpeg could crash.
        self._finalizer = weakref.finalize(self, ahead.close)

    def __iter__(self) -> FrameSource:
        return self

    def __next__(self) -> Frame:
        if not self._finalizer.alive:
            raise StopIteration
        return next(self._frames)

    def close(self) -> None:
        """Stop reading and release the source; iteration then is at its end. May be called again."""
        self._finalizer()

    def __enter__(self) -> FrameSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open_reader(source: str | Path | int, start: int, end: int | None) -> Reader:
    name = str(source)
    if isinstance(source, bool) or (isinstance(source, int) and source < 0):
        raise ValueError(f"expected a path, a URL or a camera number from 0, got {source}")
    if isinstance(source, int) or (isinstance(source, str) and source.isdecimal()):
        return read_camera(int(source), start, end)
    if isinstance(source, str) and _URL.match(source):
        return read_stream(source, start, end)
    path = Path(source)
    if path.is_dir():
        return read_images(path.iterdir(), name, start, end)
    if path.exists():
        if path.suffix.lower() in IMAGE_SUFFIXES:
            raise VideoError(f"{name}: expected a video, this is a single image; give its folder or a glob pattern")
        return read_video(path, start, end)
    if glob.has_magic(name):
        return read_images(map(Path, glob.iglob(name, recursive=True)), name, start, end)
    raise VideoError(f"{name}: no such file or folder; expected a video, an image folder, a URL or a camera number")


def _same_size(name: str, size: tuple[int, int], frames: FrameGenerator) -> FrameGenerator:
    try:
        for frame in frames:
            height, width = frame.image.shape[:2]
            if (width, height) != size:
                expected = f"expected {size[0]} x {size[1]} like the frames before"
                raise VideoError(f"{name}: frame {frame.index} is {width} x {height}, {expected}")
            yield frame
    finally:
        frames.close()
