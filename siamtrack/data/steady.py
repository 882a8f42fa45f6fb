"""Crops of one object, each of its own size and place, made into a video that can be tracked.

Shape legend: T frames.
"""

from __future__ import annotations

import numpy as np

from siamtrack.data.images import Images
from siamtrack.data.sequence import Sequence

_MARGIN = 1.5  # side of the canvas in longest sides of an image
# The object's centre goes round the canvas's: radians a frame, and how far off, in mean sizes of the object. It moves
# by a quarter of its size a frame, a quarter of the way to where a tracker would lose it.
_STEP, _RADIUS = 1.0, 0.25


class OnCanvas:
    """Images put on a square canvas of their mean colour, each with its corner somewhere; what juts out is cut off."""

    in_order = False

    def __init__(self, images: Images, corner_T2: np.ndarray, side: int) -> None:
        self._images, self._corner_T2, self._side = images, corner_T2, side
        self.size = (side, side)

    def __len__(self) -> int:
        return len(self._images)

    def read(self, index: int) -> np.ndarray:
        image, (x, y) = self._images.read(index), self._corner_T2[index]
        canvas = np.full((self._side, self._side, 3), image.mean((0, 1)), np.uint8)
        seen = image[max(0, -y) : self._side - y, max(0, -x) : self._side - x]
        canvas[max(0, y) :, max(0, x) :][: len(seen), : seen.shape[1]] = seen
        return canvas

    def name(self, index: int) -> str:
        return self._images.name(index)

    def close(self) -> None:
        self._images.close()


def steady(sequence: Sequence) -> Sequence:
    """The sequence as a camera that follows the object would show it: the object goes round the centre of a canvas.

    A sequence whose images are all of one size is a video already and is returned as it is. Annotations of the frames
    other than the boxes are left out.

    Raises:
        ValueError: a frame has no box, or an image is unreadable.
    """
    if not sequence.annotated_T.all():
        raise ValueError(f"{sequence.name} has frames without a box; expected one in every frame")
    shapes = [sequence.images.read(index).shape for index in range(len(sequence))]
    if len(set(shapes)) == 1:
        return sequence
    side = int(np.max(shapes) * _MARGIN)
    angle_T = np.arange(len(sequence)) * _STEP
    size_px = np.sqrt(sequence.boxes_T4[:, 2:].prod(1)).mean()
    center_T2 = side / 2 + _RADIUS * size_px * np.stack((np.cos(angle_T), np.sin(angle_T)), 1)
    corner_T2 = np.round(center_T2 - sequence.boxes_T4[:, :2] - sequence.boxes_T4[:, 2:] / 2).astype(int)
    boxes_T4 = sequence.boxes_T4 + np.pad(corner_T2, ((0, 0), (0, 2)))
    return Sequence(sequence.name, OnCanvas(sequence.images, corner_T2, side), boxes_T4, size=(side, side))
