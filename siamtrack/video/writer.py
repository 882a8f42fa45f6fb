"""`VideoWriter`: annotated frames to an H.264 MP4 file that appears only once it is complete."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from siamtrack.video.frames import to_bgr8

# 1/60000 s suits the common frame rates, 29.97 and 59.94 included; MPEG-4 has no finer clock than 1/65535 s.
TICKS_PER_SECOND = 60_000

# Codes of ITU-T H.273: the matrix and range in which OpenCV turns BGR into yuv420p.
_BT601 = 6
_LIMITED_RANGE = 1


class VideoWriter:
    """Context manager that writes frames to `path`: MP4, H.264 (MPEG-4 where FFmpeg has no libx264), yuv420p.

    The video grows in a hidden file beside `path` and is moved there by `close`: whoever finds `path` finds a
    whole video. A ``with`` body that raises keeps the frames written until then. No frames, no file.

    yuv420p needs even sides: an odd side is extended by one pixel, a copy of the last row or column.

    Args:
        path: target, ``*.mp4``; missing parent folders are made, an existing file is replaced.
        fps: frame rate, > 0, of frames written without a timestamp.
        size: (width, height) in pixels that every frame must have; None takes that of the first frame.

    Raises:
        ValueError: `path` is not ``*.mp4`` or `fps` is not positive.
        OSError: the file cannot be made.
    """

    def __init__(self, path: str | Path, fps: float, size: tuple[int, int] | None = None) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() != ".mp4":
            raise ValueError(f"{path}: expected a file name ending in .mp4")
        if not fps > 0:
            raise ValueError(f"{path}: expected fps > 0, got {fps}")
        self.fps = fps
        self.size = size
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._part = self.path.absolute().with_name(f".{self.path.name}.part")
        self._container = av.open(str(self._part), "w", format="mp4")
        self._stream: VideoStream | None = None
        self._first_timestamp = 0.0
        self._frames = 0
        self._last_pts = -1
        self._closed = False

    def write(self, image: np.ndarray, timestamp: float | None = None) -> None:
        """Append one frame.

        Args:
            image: H x W x 3 uint8 BGR (or what `to_bgr8` takes); not kept.
            timestamp: seconds, on any clock; the video then keeps the distances from the first one, and one
                that does not increase is moved just behind its predecessor. None is the next frame at `fps`.
                Give all frames a timestamp or none.

        Raises:
            ValueError: the writer is closed, or the frame's size is not that of the video.
        """
        if self._closed:
            raise ValueError(f"{self.path}: the writer is closed")
        image = to_bgr8(image)
        height, width = image.shape[:2]
        self.size = self.size or (width, height)
        if (width, height) != self.size:
            raise ValueError(
                f"{self.path}: expected a frame of {self.size[0]} x {self.size[1]}, got {width} x {height}"
            )
        if self._stream is None:
            self._stream = self._add_stream(width + width % 2, height + height % 2)
            self._first_timestamp = timestamp or 0.0
        padded = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        # Not left to FFmpeg, whose default conversion rounds down and so darkens every frame by a few levels.
        yuv: np.ndarray = cv2.cvtColor(padded, cv2.COLOR_BGR2YUV_I420)
        frame = av.VideoFrame.from_ndarray(yuv, format="yuv420p")
        frame.time_base = Fraction(1, TICKS_PER_SECOND)
        frame.pts = self._next_pts(timestamp)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the video and move it to `path`. May be called again."""
        if self._closed:
            return
        self._closed = True
        if self._stream is not None:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        if self._stream is None:
            self._part.unlink(missing_ok=True)
        else:
            os.replace(self._part, self.path)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add_stream(self, width: int, height: int) -> VideoStream:
        h264 = "libx264" in av.codecs_available
        stream = self._container.add_stream(
            "libx264" if h264 else "mpeg4",
            rate=Fraction(self.fps).limit_denominator(1001),
            options={"preset": "veryfast", "crf": "20"} if h264 else {"qscale": "3"},
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        # Untagged, players take large frames for BT.709 and show other colours than those written.
        stream.codec_context.colorspace, stream.codec_context.color_range = _BT601, _LIMITED_RANGE
        stream.codec_context.time_base = stream.time_base = Fraction(1, TICKS_PER_SECOND)
        return stream

    def _next_pts(self, timestamp: float | None) -> int:
        seconds = self._frames / self.fps if timestamp is None else timestamp - self._first_timestamp
        self._frames += 1
        self._last_pts = max(round(seconds * TICKS_PER_SECOND), self._last_pts + 1)
        return self._last_pts
