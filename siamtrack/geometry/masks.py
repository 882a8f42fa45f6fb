"""Masks that a network gives in a small square: pasted into the frame, and the rotated box round them.

Shape legend: P P pixels of the small mask, H W of the frame, h w of a window of the frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

Box = tuple[float, float, float, float]

# Square pixels inside a contour; smaller ones are noise (`_mask_post_processing` of pysot's SiamMask tracker).
_LEAST_AREA = 100.0


@dataclass(frozen=True)
class PlacedMask:
    """A target's mask and its place in a frame; takes the memory of the small square alone.

    Attributes:
        probability_PP: float32, 0-1.
        box: x, y, width, height of what the square covers, frame pixels, 0-based; may reach beyond the frame.
        frame_size: width and height.
        threshold: probability above which a pixel of the frame belongs to the target.
        outside: takes the place of the probability beyond the square, towards which its border is interpolated.
    """

    probability_PP: np.ndarray
    box: Box
    frame_size: tuple[int, int]
    threshold: float
    outside: float = 0.0

    def in_frame(self) -> np.ndarray:
        """(H, W) bool: the pixels of the frame that belong to the target."""
        (left, top), inside_hw = self.window()
        inside_HW = np.zeros(self.frame_size[::-1], bool)
        inside_HW[top : top + inside_hw.shape[0], left : left + inside_hw.shape[1]] = inside_hw
        return inside_HW

    def window(self) -> tuple[tuple[int, int], np.ndarray]:
        """The same where it may be true: left and top of a window of the frame, and its pixels, (h, w) bool."""
        corner, probability_hw = paste(self.probability_PP, self.box, self.frame_size, self.outside)
        return corner, probability_hw > self.threshold

    @cached_property
    def rotated_box(self) -> np.ndarray | None:
        """(4, 2) float32 corners, frame pixels, 0-based; None where the mask is too small. See `rotated_box`."""
        corner, inside_hw = self.window()
        return rotated_box(inside_hw, corner)


def paste(
    mask_PP: np.ndarray, box: Box, frame_size: tuple[int, int], outside: float = 0.0
) -> tuple[tuple[int, int], np.ndarray]:
    """A mask interpolated at the pixels of a frame, bilinearly, in a window beyond which it would be `outside` alone.

    Args:
        mask_PP: float32.
        box: what it covers, see `PlacedMask`.
        frame_size: width and height.

    Returns:
        Left and top of the window, and its pixels, (h, w) float32; h or w is 0 where the mask lies beyond the frame.
    """
    step_x, step_y = box[2] / mask_PP.shape[1], box[3] / mask_PP.shape[0]
    # Interpolation reaches a step beyond the square's border pixels.
    left, right = _within(box[0] - step_x, box[0] + box[2] + step_x, frame_size[0])
    top, bottom = _within(box[1] - step_y, box[1] + box[3] + step_y, frame_size[1])
    if left >= right or top >= bottom:
        return (left, top), np.empty((max(bottom - top, 0), max(right - left, 0)), np.float32)
    # OpenCV's coordinates name pixel centres: the mask's first lies half a step from the border of what it covers.
    mapping = np.array(
        [
            [step_x, 0, box[0] + step_x / 2 - 0.5 - left],
            [0, step_y, box[1] + step_y / 2 - 0.5 - top],
        ]
    )
    size, border = (right - left, bottom - top), cv2.BORDER_CONSTANT
    window_hw = cv2.warpAffine(mask_PP, mapping, size, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=outside)
    return (left, top), window_hw


def _within(start: float, stop: float, side: int) -> tuple[int, int]:
    """First and last + 1 of a frame's pixels between two coordinates, on one axis."""
    return max(math.floor(start), 0), min(math.ceil(stop), side)


def rotated_box(inside_hw: np.ndarray, corner: tuple[int, int] = (0, 0)) -> np.ndarray | None:
    """The smallest rotated box round the largest of the regions that a mask falls into (MBR in SiamMask, section 3.2).

    It runs through the centres of the outermost pixels, as the published trackers have it.

    Args:
        inside_hw: bool.
        corner: left and top of this window in the frame.

    Returns:
        (4, 2) float32 x, y of the corners in order round the box, frame pixels, 0-based; None where no outline
        encloses more than 100 square pixels.
    """
    outlines, _ = cv2.findContours(inside_hw.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=corner)
    largest = max(outlines, key=cv2.contourArea, default=None)
    if largest is None or cv2.contourArea(largest) <= _LEAST_AREA:
        return None
    corners_42: np.ndarray = cv2.boxPoints(cv2.minAreaRect(largest)) + np.float32(0.5)
    return corners_42
