"""The images of a sequence: files, or the frames of a video."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import closing
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from siamtrack.data.wording import amount
from siamtrack.video.frames import VideoError
from siamtrack.video.readers import FrameGenerator, count_frames, read_video


class Images(Protocol):
    """What a sequence is read from. `read` may be called from several threads.

    Attributes:
        in_order: reading out of order decodes from the beginning again.
    """

    in_order: bool

    def __len__(self) -> int:
        """Number of images."""

    def read(self, index: int) -> np.ndarray:
        """H x W x 3 uint8 BGR.

        Raises:
            ValueError: the image is unreadable; names its file.
        """

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the first image, which is read once.

        Raises:
            ValueError: it is unreadable; names its file.
        """

    def name(self, index: int) -> str:
        """What to call an image in a message."""

    def close(self) -> None:
        """Let go of what reading needs; reading again opens it again."""


class ImageFiles:
    """One file an image.

    Attributes:
        paths: in order.
    """

    in_order = False

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self.paths = tuple(paths)

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, index: int) -> np.ndarray:
        return read_image(self.paths[index])

    @cached_property
    def size(self) -> tuple[int, int]:
        return _size(self.read(0))

    def name(self, index: int) -> str:
        return str(self.paths[index])

    def close(self) -> None:
        pass  # files are open only while they are read


class ChosenImages:
    """Some of other images, in any order."""

    def __init__(self, images: Images, index_T: np.ndarray) -> None:
        self._images, self._index_T = images, index_T
        self.in_order = images.in_order

    def __len__(self) -> int:
        return len(self._index_T)

    def read(self, index: int) -> np.ndarray:
        return self._images.read(int(self._index_T[index]))

    @property
    def size(self) -> tuple[int, int]:
        return self._images.size

    def name(self, index: int) -> str:
        return self._images.name(int(self._index_T[index]))

    def close(self) -> None:
        self._images.close()


def _size(image: np.ndarray) -> tuple[int, int]:
    return image.shape[1], image.shape[0]


def read_image(path: Path) -> np.ndarray:
    """H x W x 3 uint8 BGR.

    Raises:
        ValueError: the file is missing, cut short or no image; names it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} is not a readable image: {error.strerror}") from error
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    except cv2.error as error:  # a header that claims more pixels than OpenCV takes
        raise ValueError(f"{path} is not a readable image: {error.err}") from error
    if image is None:
        raise ValueError(f"{path} is not a readable image")
    if _is_cut_short(data):
        raise ValueError(f"{path} is cut short")
    return image


# Start of frame in a JPEG: what holds the size. FFC4, FFC8 and FFCC are other things (ITU T.81, table B.1).
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_HEAD = 1 << 16


def read_size(path: Path) -> tuple[int, int]:
    """Width and height of an image as `read_image` gives it; of most JPEG files only the beginning is read.

    Raises:
        ValueError: the file is missing or no image; names it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_JPEG_HEAD)
    except OSError as error:
        raise ValueError(f"{path} is not a readable image: {error.strerror}") from error
    return _jpeg_size(head) or _size(read_image(path))


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    """From the segments before the picture; None if this is no JPEG, goes on too long, or may be turned by Exif."""
    position = 2 if head.startswith(b"\xff\xd8") else len(head)
    while position + 9 <= len(head) and head[position] == 0xFF:
        marker, length = head[position + 1], int.from_bytes(head[position + 2 : position + 4], "big")
        if head[position + 4 : position + 8] == b"Exif":
            return None
        if marker in _JPEG_SIZES:
            height, width = (int.from_bytes(head[position + at : position + at + 2], "big") for at in (5, 7))
            return width, height
        position += 2 + length
    return None


def _is_cut_short(data: bytes) -> bool:
    """A JPEG whose end is missing; OpenCV reads it all the same, with grey for what is missing.

    Both markers stand in an embedded thumbnail too, but not in the picture's own data after its start of scan (FFDA).
    """
    return data.startswith(b"\xff\xd8") and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda")


class VideoImages:
    """The frames of a video file. Reading them in order is fast; going back decodes again from the beginning.

    The file stays open between reads until its last frame was read, or `close`.

    Attributes:
        path: of the file.
    """

    in_order = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._frames: FrameGenerator | None = None
        self._next = 0
        self._last: np.ndarray | None = None

    def __len__(self) -> int:
        """Number of frames, exact: the first call decodes the whole file.

        Raises:
            ValueError: the file is missing, no video, or damaged; names it.
        """
        try:
            return _count_frames(self.path, self.path.stat().st_mtime_ns)
        except OSError as error:
            raise ValueError(f"{self.path} is not a readable video: {error.strerror}") from error

    def read(self, index: int) -> np.ndarray:
        with self._lock:
            if self._last is None or index != self._next - 1:
                self._last = self._decode(index)
            return self._last.copy()

    @cached_property
    def size(self) -> tuple[int, int]:
        # Read by another, which is closed at once: this one goes on where it is.
        with closing(VideoImages(self.path)) as images:
            return _size(images.read(0))

    def close(self) -> None:
        with self._lock:
            self._end()
            self._last = None

    def _decode(self, index: int) -> np.ndarray:
        try:
            if self._frames is None or index < self._next:
                self._end()
                self._frames = read_video(self.path, index, None).frames
                self._next = index
            for frame in self._frames:
                self._next = frame.index + 1
                if frame.index == index:
                    if self._next == len(self):
                        self._end()
                    return frame.image
        except VideoError as error:
            self._end()
            raise ValueError(str(error)) from error
        self._end()
        raise ValueError(f"{self.path} has {amount(len(self), 'frame')}, there is no frame {index}")

    def _end(self) -> None:
        if self._frames is not None:
            self._frames.close()
        self._frames = None

    def name(self, index: int) -> str:
        return f"{self.path} frame {index}"


@cache
def _count_frames(path: Path, modified_ns: int) -> int:
    """Of the file as it was at that time; the targets of one video share the count."""
    try:
        return count_frames(path)
    except VideoError as error:
        raise ValueError(str(error)) from error
