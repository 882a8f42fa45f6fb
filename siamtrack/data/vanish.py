"""Taking a target out of an image, in three ways. Images are H x W x 3 uint8 BGR, boxes xywh, pixels, 0-based."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import cv2
import numpy as np

# The box is grown by so much before anything is laid over it: annotators cut off hair, feet and shadows.
_GROW = 1.3
# Share of the grown box's smaller side over which a patch is blended; what `_GROW` adds on each side is more (0.115).
_FEATHER = 0.1
_STEPS = (1.0, 1.5)  # how far beside the target a patch is taken, in grown boxes
_DIRECTIONS = [way for way in product((-1, 0, 1), repeat=2) if way != (0, 0)]
_INPAINT_PX = 3.0  # radius of Telea's method, pixels; the value of OpenCV's own example
_PATCH_TRIES = 8


def remove(image_HWC: np.ndarray, box_4: np.ndarray, spared_4: np.ndarray | None = None) -> np.ndarray:
    """Background in the target's place: the neighbouring patch whose rim fits best, blended; a new image.

    Where no neighbour lies in the image, it is painted in from the rim (Telea 2004).

    Args:
        spared_4: another box, of which no patch may show anything.
    """
    height, width = image_HWC.shape[:2]
    grown = _grow(box_4)
    left, top, right, bottom = _inside(grown, width, height)
    result_HWC = image_HWC.copy()
    if left >= right or top >= bottom:
        return result_HWC
    target = image_HWC[top:bottom, left:right].astype(np.float32)
    cover_HW1 = _cover(grown, (left, top, right, bottom))
    rim_HW = cover_HW1[..., 0] < 1
    patches = [
        image_HWC[y : y + bottom - top, x : x + right - left].astype(np.float32)
        for x, y in _neighbours(image_HWC, left, top, right, bottom)
        if spared_4 is None or _is_apart((x, y, right - left, bottom - top), spared_4)
    ]
    if not patches or not rim_HW.any():
        mask = np.zeros((height, width), np.uint8)
        mask[top:bottom, left:right] = 255
        return cv2.inpaint(image_HWC, mask, _INPAINT_PX, cv2.INPAINT_TELEA)
    patch = min(patches, key=lambda patch: float(np.abs(patch - target)[rim_HW].mean()))
    result_HWC[top:bottom, left:right] = np.rint(target + cover_HW1 * (patch - target)).astype(np.uint8)
    return result_HWC


def occlude(image_HWC: np.ndarray, box_4: np.ndarray, patch_HWC: np.ndarray) -> np.ndarray:
    """A patch of something else, as large as the target, in front of it; a new image."""
    left, top, right, bottom = _grow(box_4)
    patch = cv2.resize(patch_HWC, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    x0, y0, x1, y1 = _inside((left, top, right, bottom), image_HWC.shape[1], image_HWC.shape[0])
    result_HWC = image_HWC.copy()
    if x0 < x1 and y0 < y1:
        result_HWC[y0:y1, x0:x1] = patch[y0 - top : y1 - top, x0 - left : x1 - left]
    return result_HWC


def textured_patch(image_HWC: np.ndarray, box_4: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part of an image as large as the grown box (or as fits), the least plain of a few at random places."""
    left, top, right, bottom = _grow(box_4)
    height, width = image_HWC.shape[:2]
    w, h = min(right - left, width), min(bottom - top, height)
    corners = [(int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))) for _ in range(_PATCH_TRIES)]
    patches = [image_HWC[y : y + h, x : x + w] for x, y in corners]
    return max(patches, key=lambda patch: float(patch.std((0, 1)).mean())).copy()


def fill(image_HWC: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """An image enlarged or reduced until it fills width and height, what sticks out cut off evenly."""
    width, height = size
    scale = max(width / image_HWC.shape[1], height / image_HWC.shape[0])
    large = max(width, round(image_HWC.shape[1] * scale)), max(height, round(image_HWC.shape[0] * scale))
    resized = cv2.resize(image_HWC, large, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (large[0] - width) // 2, (large[1] - height) // 2
    return np.ascontiguousarray(resized[top : top + height, left : left + width])


def _grow(box_4: np.ndarray) -> tuple[int, int, int, int]:
    """left, top, right, bottom of the grown box, whole pixels outwards."""
    center, half = box_4[:2] + box_4[2:] / 2, box_4[2:] * (_GROW / 2)
    left, top = np.floor(center - half).astype(int).tolist()
    right, bottom = np.ceil(center + half).astype(int).tolist()
    return left, top, right, bottom


def _inside(edges: tuple[int, int, int, int], width: int, height: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = edges
    return max(left, 0), max(top, 0), min(right, width), min(bottom, height)


def _cover(grown: tuple[int, int, int, int], part: tuple[int, int, int, int]) -> np.ndarray:
    """(h, w, 1) float32: 0 at the grown box's edge, 1 from the feather's width on; of the part that is in the image."""
    feather = max(1.0, _FEATHER * min(grown[2] - grown[0], grown[3] - grown[1]))
    ramps = []
    for axis in (0, 1):
        middle = np.arange(part[axis], part[axis + 2]) + 0.5
        depth = np.minimum(middle - grown[axis], grown[axis + 2] - middle)
        ramps.append(np.clip(depth / feather, 0, 1))
    return np.minimum(ramps[1][:, None], ramps[0][None])[..., None].astype(np.float32)


def _neighbours(image_HWC: np.ndarray, left: int, top: int, right: int, bottom: int) -> Iterator[tuple[int, int]]:
    """Corners of the places of the same size beside a place that lie in the image whole."""
    w, h = right - left, bottom - top
    for step, (dx, dy) in product(_STEPS, _DIRECTIONS):
        x, y = left + round(dx * step * w), top + round(dy * step * h)
        if x >= 0 and y >= 0 and x + w <= image_HWC.shape[1] and y + h <= image_HWC.shape[0]:
            yield x, y


def _is_apart(one: tuple[int, int, int, int], other_4: np.ndarray) -> bool:
    x, y, w, h = one
    return bool(
        x + w <= other_4[0] or y + h <= other_4[1] or other_4[0] + other_4[2] <= x or other_4[1] + other_4[3] <= y
    )
