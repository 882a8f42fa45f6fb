"""What people may pass as frames and boxes, and what they are told when it is something else."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import torch
from torch import Tensor

Color = Literal["bgr", "rgb"]


def as_bgr(frame: Any, color: Color | None = None) -> np.ndarray:
    """A frame as H x W x 3 uint8 BGR, contiguous. The caller's array is never changed and may be shared.

    Args:
        frame: uint8 and not empty: numpy H x W x 3 (BGR unless `color` says otherwise), H x W or H x W x 1 (grey),
            H x W x 4 (alpha last, ignored); a torch tensor C x H x W or a PIL image (both RGB unless `color` says
            otherwise).
        color: order of the channels; overrides what the type suggests.

    Raises:
        TypeError: not an image, or not uint8 (how a float or 16-bit range maps to 0-255 is for the caller to say).
        ValueError: another number of dimensions or channels, or an empty image.
    """
    if isinstance(frame, Tensor):
        image, order = frame.detach().cpu().numpy(), color or "rgb"
        image = image.transpose(1, 2, 0) if image.ndim == 3 else image
    elif hasattr(frame, "getbands"):  # PIL, without importing it
        image, order = (
            np.asarray(frame if frame.mode in ("L", "RGB", "RGBA") else frame.convert("RGB")),
            color or "rgb",
        )
    elif isinstance(frame, np.ndarray):
        image, order = frame, color or "bgr"
    else:
        raise TypeError(f"frame is {type(frame).__name__}; expected a numpy array, a torch tensor or a PIL image")
    if image.dtype != np.uint8:
        raise TypeError(f"frame has dtype {image.dtype}; expected uint8, 0-255 (convert it, e.g. with a fixed scale)")
    if image.ndim not in (2, 3) or image.size == 0:
        raise ValueError(f"frame has shape {image.shape}; expected height x width x 3, not empty")
    return _to_three_channels(image, order)


def _to_three_channels(image: np.ndarray, order: Color) -> np.ndarray:
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 1:
        return cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_GRAY2BGR)
    if channels not in (3, 4):
        raise ValueError(f"frame has shape {image.shape}; expected 1 (grey), 3 or 4 channels in the last dimension")
    color = image[..., :3]
    return np.ascontiguousarray(color[..., ::-1] if order == "rgb" else color)


def as_boxes(boxes: Any, width: int, height: int) -> Tensor:
    """Boxes as (N, 4) float32 xywh; integers are accepted and become floats.

    Args:
        boxes: one box of four numbers or N of them: left, top, width, height, pixels, 0-based.
        width, height: of the frame; every box must overlap it.

    Raises:
        TypeError: not numbers.
        ValueError: another shape, no box, not finite, not of positive size, or wholly outside the frame; names the box.
    """
    try:
        array = np.asarray(boxes.detach().cpu() if isinstance(boxes, Tensor) else boxes)
    except ValueError as error:
        raise ValueError(
            f"boxes {boxes!r} have rows of different lengths; expected x, y, width, height each"
        ) from error
    if array.dtype.kind not in "iuf":
        raise TypeError(
            f"boxes {boxes!r} are not numbers (dtype {array.dtype}); expected x, y, width, height in pixels"
        )
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or array.shape[1] != 4 or len(array) == 0:
        raise ValueError(f"boxes have shape {np.shape(boxes)}; expected (4,) or (N, 4): x, y, width, height")
    array = array.astype(np.float32)
    for box in array:
        problem = _box_problem(box, width, height)
        if problem:
            raise ValueError(f"box {tuple(box.tolist())} {problem}; expected x, y, width, height in pixels")
    return torch.from_numpy(array)


def _box_problem(box: np.ndarray, width: int, height: int) -> str:
    x, y, w, h = box
    if not np.isfinite(box).all():
        return "is not finite"
    if w <= 0 or h <= 0:
        return "has no area"
    if x >= width or y >= height or x + w <= 0 or y + h <= 0:
        return f"lies outside the {width}x{height} frame"
    return ""
