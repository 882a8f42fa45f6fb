"""One reader per kind of source. Each opens its source at once and then yields the wanted frames lazily.

All take the half-open range `start` <= index < `end` (`end` None: to the end) and raise `VideoError`.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from siamtrack.video.frames import Frame, VideoError, to_bgr8

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
IMAGE_FPS = 30.0
"""Nominal rate of image folders, and of the rare video that states neither timestamps nor a rate."""

NETWORK_TIMEOUT = 10.0
"""Seconds without data after which a network stream counts as lost."""

LIVE_SCHEMES = frozenset({"rtsp", "rtsps", "rtp", "udp", "srt"})
"""Protocols that send at the pace of the world, whether or not anyone keeps up."""

FrameGenerator = Generator[Frame, None, None]

# By quarter turns counter-clockwise, as the display matrix counts them.
_TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


@dataclass(frozen=True)
class Reader:
    """An opened source.

    Attributes:
        frames: the wanted frames; closing it closes the source.
        fps: nominal frames per second, where known.
        frame_count: how many frames `frames` yields, where known beforehand.
        live: frames arrive at the pace of the world and cannot be waited for.
    """

    frames: FrameGenerator
    fps: float | None
    frame_count: int | None
    live: bool = False


def read_video(path: Path, start: int, end: int | None) -> Reader:
    """A video file, upright as its rotation metadata says. Only wanted frames are converted to BGR."""
    location = str(path.absolute())  # a relative "10:30.mp4" would be taken for a URL
    container, stream = _open(location, str(path), "a video file that FFmpeg can read")
    fps = _rate(stream)
    declared = _declared(container, stream)
    count = max(0, min(declared, declared if end is None else end) - start) if declared else None
    return Reader(_frames(str(path), _decode_file(container, stream, location, declared), fps, start, end), fps, count)


def read_stream(url: str, start: int, end: int | None) -> Reader:
    """A network stream, of any protocol that FFmpeg knows."""
    container, stream = _open(url, url, "a video stream that FFmpeg can read", timeout=NETWORK_TIMEOUT)
    live = url.partition("://")[0].lower() in LIVE_SCHEMES
    fps = _rate(stream)
    return Reader(_frames(url, _decode_in_order(container, stream), fps, start, end), fps, None, live)


def read_images(paths: Iterable[Path], name: str, start: int, end: int | None) -> Reader:
    """Images as a video of `IMAGE_FPS`, in natural order of their paths; other files are passed over.

    EXIF orientation is honoured.
    """
    images = sorted((path for path in paths if path.suffix.lower() in IMAGE_SUFFIXES), key=natural_order)
    _check_start(name, len(images), start, "images (" + ", ".join(sorted(IMAGE_SUFFIXES)) + ")")
    wanted = images[start:end]

    def frames() -> FrameGenerator:
        for index, path in enumerate(wanted, start):
            yield Frame(index, index / IMAGE_FPS, _read_image(path, index))

    return Reader(frames(), IMAGE_FPS, len(wanted))


def read_camera(number: int, start: int, end: int | None) -> Reader:
    """A camera of this machine; timestamps are wall-clock seconds since it was opened."""
    capture = cv2.VideoCapture(number)
    if not capture.isOpened():
        raise VideoError(f"camera {number}: expected a connected camera with this number, it cannot be opened")
    opened = time.monotonic()

    def frames() -> FrameGenerator:
        try:
            for index in itertools.count() if end is None else range(end):
                arrived, image = capture.read()
                if not arrived:
                    raise VideoError(f"camera {number}: stopped delivering at frame {index}")
                if index >= start:
                    yield Frame(index, time.monotonic() - opened, to_bgr8(image))
        finally:
            capture.release()

    return Reader(frames(), capture.get(cv2.CAP_PROP_FPS) or None, None, live=True)


def count_frames(path: Path) -> int:
    """How many frames `read_video` yields of a whole file: it is decoded, as headers do not tell (edit lists, damage).

    Raises:
        VideoError: the file is no video, or damaged.
    """
    location = str(path.absolute())
    container, stream = _open(location, str(path), "a video file that FFmpeg can read")
    declared = _declared(container, stream)
    count = 0
    with closing(_decode_file(container, stream, location, declared)) as decoded:
        try:
            for _ in decoded:
                count += 1
        except av.FFmpegError as error:
            raise VideoError(f"{path}: decoding stopped at frame {count} ({error.strerror})") from error
    return count


def _declared(container: InputContainer, stream: VideoStream) -> int:
    """Frames by the header, 0 if unknown: only the MP4 family counts them; AVI counts time slots, Matroska nothing."""
    return stream.frames if "mp4" in container.format.name.split(",") else 0


def _open(location: str, name: str, expected: str, timeout: float | None = None) -> tuple[InputContainer, VideoStream]:
    try:
        container = av.open(location, "r", timeout=timeout)
    except av.FFmpegError as error:
        raise VideoError(f"{name}: expected {expected} ({error.strerror})") from error
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        container.close()
        raise VideoError(f"{name}: expected {expected}, there is no video in it")
    return container, stream


def _rate(stream: VideoStream) -> float | None:
    rate = stream.average_rate or stream.guessed_rate
    return float(rate) if rate else None


def _decode_in_order(container: InputContainer, stream: VideoStream) -> Generator[av.VideoFrame, None, None]:
    """All frames; where FFmpeg fails, the earlier frames that its decoder still holds and then its error."""
    # Frame threads would add frames from behind the damage, and hold back one frame each: lag, in a stream.
    stream.thread_type = "SLICE"
    with container:
        try:
            yield from container.decode(stream)
        except av.FFmpegError:
            yield from stream.decode(None)
            raise


def _decode_file(
    container: InputContainer, stream: VideoStream, location: str, declared: int
) -> Generator[av.VideoFrame, None, None]:
    """All frames, decoded in parallel; a damaged file as `_decode_in_order` gives it.

    FFmpeg takes the end of a file that was cut short for the end of the video; the `declared` frames tell (0: unknown).
    Packets are counted, as edit lists rightly drop decoded frames.
    """
    stream.thread_type = "AUTO"
    done = packets = 0
    with container:
        try:
            for packet in container.demux(stream):
                packets += packet.size > 0  # an empty one at the end flushes the decoder
                for frame in packet.decode():
                    yield frame
                    done += 1
            if packets < declared:
                raise VideoError(f"{location}: cut short: its header lists {declared} frames, {packets} are there")
            return
        except av.FFmpegError:
            pass
    # Frame threads lose good frames that were in flight beside the damaged one; a second pass brings them.
    container, stream = _open(location, location, "a video file")
    yield from itertools.islice(_decode_in_order(container, stream), done, None)


def _frames(
    name: str, decoded: Generator[av.VideoFrame, None, None], fps: float | None, start: int, end: int | None
) -> FrameGenerator:
    index = 0
    with closing(decoded):
        try:
            for raw in itertools.islice(decoded, end):
                if index >= start:
                    seconds = index / (fps or IMAGE_FPS) if raw.pts is None else raw.time
                    yield Frame(index, seconds, _upright_bgr(raw))
                index += 1
        except av.FFmpegError as error:
            raise VideoError(
                f"{name}: expected another video frame, decoding stopped at frame {index} ({error.strerror})"
            ) from error
    _check_start(name, index, start, "video frames")


def _upright_bgr(raw: av.VideoFrame) -> np.ndarray:
    image = raw.to_ndarray(format="bgr24")
    turn = _TURNS.get(round(raw.rotation / 90) % 4)
    return np.ascontiguousarray(image) if turn is None else cv2.rotate(image, turn)


def _read_image(path: Path, index: int) -> np.ndarray:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
        if image is None:
            raise ValueError(f"its {data.size} bytes do not decode")
        return to_bgr8(image)
    except (OSError, ValueError, cv2.error) as error:
        raise VideoError(f"{path}: expected a readable image as frame {index} ({error})") from error


def natural_order(path: Path) -> tuple[list[tuple[str, int]], str]:
    """Sort key under which frame2 comes before frame10; the plain text settles frame2 and frame02."""
    text = str(path)
    return [(word, int(digits or 0)) for word, digits in re.findall(r"(\D*)(\d*)", text)], text


def _check_start(name: str, count: int, start: int, what: str) -> None:
    if count == 0:
        raise VideoError(f"{name}: expected {what}, found none")
    if start >= count:
        raise VideoError(f"{name}: cannot start at frame {start}, there are {count} frames (0 to {count - 1})")
