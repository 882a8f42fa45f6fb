"""Images that are changed as they are read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from siamtrack.data.images import Images

Edit = Callable[[int, np.ndarray], np.ndarray]


class EditedImages:
    """Other images, each passed through a function when it is read.

    Args:
        images: those that are read.
        edit: (index, H x W x 3 uint8 BGR image of its own) -> the image that stands for it; called from any thread.
        mark: what is added to the names of the images, so that a message does not take them for the files as they are.
    """

    def __init__(self, images: Images, edit: Edit, mark: str) -> None:
        self._images, self._edit, self._mark = images, edit, mark
        self.in_order = images.in_order

    def __len__(self) -> int:
        return len(self._images)

    def read(self, index: int) -> np.ndarray:
        return self._edit(index, self._images.read(index))

    @property
    def size(self) -> tuple[int, int]:
        image = self.read(0)
        return image.shape[1], image.shape[0]

    def name(self, index: int) -> str:
        return f"{self._images.name(index)} ({self._mark})"

    def close(self) -> None:
        self._images.close()
