"""The images of a sequence: files, or the frames of a video."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np


class Images(Protocol):
    """What a sequence is read from. `read` may be called from several threads."""

    def __len__(self) -> int:
        """Number of images."""

    def read(self, index: int) -> np.ndarray:
        """H x W x 3 uint8 BGR.

        Raises:
            ValueError: the image is unreadable; names its file.
        """

    def name(self, index: int) -> str:
        """What to call an image in a message."""


class ImageFiles:
    """One file an image.

    Attributes:
        paths: in order.
    """

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self.paths = tuple(paths)

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, index: int) -> np.ndarray:
        return read_image(self.paths[index])

    def name(self, index: int) -> str:
        return str(self.paths[index])


def read_image(path: Path) -> np.ndarray:
    """H x W x 3 uint8 BGR.

    Raises:
        ValueError: the file is no readable image; names it.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} is not a readable image")
    return image
