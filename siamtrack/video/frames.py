"""What every source yields: one `Frame`, whose image is always BGR uint8."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


class VideoError(RuntimeError):
    """A source that cannot be opened or read further; the message names it and what was expected."""


@dataclass(frozen=True)
class Frame:
    """One image of a source.

    Attributes:
        index: position in the source, from 0; a source opened with ``start=100`` yields index 100 first.
        timestamp: seconds on the source's own clock (see `siamtrack.video.open_source`).
        image: H x W x 3 uint8, BGR, contiguous.
    """

    index: int
    timestamp: float
    image: np.ndarray


def to_bgr8(image: np.ndarray) -> np.ndarray:
    """Any common image layout -> H x W x 3 uint8 BGR, contiguous; an image that is so already is not copied.

    Args:
        image: H x W, H x W x 1 (grey), H x W x 2 (grey + alpha), H x W x 3 (BGR) or H x W x 4 (BGR + alpha),
            uint8 or uint16. Alpha is dropped, not blended. uint16 is divided by 257: 65535 becomes 255.

    Raises:
        ValueError: another dtype or shape; the message names it.
    """
    channels = image.shape[2] if image.ndim == 3 else 1
    if image.dtype not in (np.uint8, np.uint16) or image.ndim not in (2, 3) or not 1 <= channels <= 4 or not image.size:
        raise ValueError(f"expected a non-empty uint8 or uint16 image, H x W (x 1..4), got {image.dtype} {image.shape}")
    if channels < 3:
        image = np.repeat(image.reshape(*image.shape[:2], channels)[:, :, :1], 3, axis=2)
    image = np.ascontiguousarray(image[:, :, :3])
    return image if image.dtype == np.uint8 else cv2.convertScaleAbs(image, alpha=1 / 257)
