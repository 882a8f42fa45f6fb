"""Decoded images that are kept."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import numpy as np

from siamtrack.data.images import ImageFiles, Images, VideoImages, read_image

_AT_A_TIME = 1024  # images that are read ahead before the limit is looked at
_LEAST_LEFT = 1e8  # bytes: as good as full


class ImageCache:
    """Decoded images kept in memory up to a limit: where they all fit, decoding costs more than the rest of a pair.

    Args:
        limit_bytes: what is read after the limit is reached is not kept.
    """

    def __init__(self, limit_bytes: float = 6e9) -> None:
        self._images: dict[tuple[Path, int], np.ndarray] = {}
        self._left, self._full = limit_bytes, False
        self._lock, self._decoding = threading.Lock(), threading.Lock()

    def fill(self, images: Iterable[Images]) -> None:
        """Read ahead, with all cores, until all is in memory or the limit is reached; what is broken is left out."""

        def keep(path: Path) -> None:
            with suppress(ValueError):
                self._read_file(path)

        images = list(images)
        # Several targets of one image are sequences of their own.
        paths = iter(dict.fromkeys(path for some in images if isinstance(some, ImageFiles) for path in some.paths))
        with ThreadPoolExecutor() as pool:
            while (some := list(islice(paths, _AT_A_TIME))) and self._left > _LEAST_LEFT:
                deque(pool.map(keep, some), maxlen=0)
        for video in images:
            if isinstance(video, VideoImages) and self._left > _LEAST_LEFT:
                with suppress(ValueError):
                    self._read_frame(video, 0)

    def read(self, images: Images, index: int) -> np.ndarray:
        """H x W x 3 uint8 BGR; treat as read-only. A video is decoded to its end at the first look, if there is room.

        Raises:
            ValueError: the image is unreadable; names its file.
        """
        if isinstance(images, ImageFiles):
            return self._read_file(images.paths[index])
        return self._read_frame(images, index) if isinstance(images, VideoImages) else images.read(index)

    def _read_file(self, path: Path) -> np.ndarray:
        image = self._images.get((path, 0))
        return self._keep((path, 0), read_image(path)) if image is None else image

    def _read_frame(self, video: VideoImages, index: int) -> np.ndarray:
        image = self._images.get((video.path, index))
        if image is not None:
            return image
        with closing(video):
            if self._full:
                return video.read(index)
            with self._decoding:  # two threads in one video would send each other to its beginning
                image = self._images.get((video.path, index))
                return self._decode(video, index) if image is None else image

    def _decode(self, video: VideoImages, index: int) -> np.ndarray:
        """The frame; those that pass by are kept."""
        image = None
        for number in range(len(video)):
            frame = self._keep((video.path, number), video.read(number))
            image = frame if number == index else image
            if image is not None and self._full:
                break
        return video.read(index) if image is None else image  # which says that there is no such frame

    def _keep(self, key: tuple[Path, int], image: np.ndarray) -> np.ndarray:
        with self._lock:
            if image.nbytes > self._left:
                self._full = True
            elif key not in self._images:
                self._images[key] = image
                self._left -= image.nbytes
        return image
