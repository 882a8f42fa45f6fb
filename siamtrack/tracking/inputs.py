"""What people may pass as frames and boxes, and what they are told when it is something else."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

Color = Literal["bgr", "rgb"]

_LEAST_SIDE = 1e-3  # pixels; the square of anything smaller leaves float32's comfortable range


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
    if color not in (None, "bgr", "rgb"):
        raise ValueError(f"color is {color!r}; expected 'bgr' or 'rgb'")
    if isinstance(frame, Tensor):
        if frame.dtype != torch.uint8:
            raise TypeError(f"frame has dtype {frame.dtype}; expected uint8, 0-255")
        image, order = frame.detach().cpu().numpy(), color or "rgb"
        image = np.moveaxis(image, 0, -1) if image.ndim == 3 else image
    elif hasattr(frame, "getbands"):  # PIL, without importing it
        image, order = _pil_array(frame), color or "rgb"
    elif isinstance(frame, np.ndarray):
        image, order = frame, color or "bgr"
    else:
        raise TypeError(f"frame is {type(frame).__name__}; expected a numpy array, a torch tensor or a PIL image")
    if image.dtype != np.uint8:
        raise TypeError(f"frame has dtype {image.dtype}; expected uint8, 0-255 (convert it, e.g. with a fixed scale)")
    if image.ndim not in (2, 3) or image.size == 0 or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
        layout = "3 x height x width" if isinstance(frame, Tensor) else "height x width x 3"
        raise ValueError(f"frame has shape {tuple(np.shape(frame))}; expected {layout} (or 1 or 4 channels), not empty")
    if image.ndim == 2 or image.shape[2] == 1:
        return np.repeat(image.reshape(*image.shape[:2], 1), 3, 2)
    return np.ascontiguousarray(image[..., 2::-1] if order == "rgb" else image[..., :3])


def _pil_array(frame: Any) -> np.ndarray:
    if frame.mode.startswith(("I", "F")):
        raise TypeError(f"frame has mode {frame.mode}; expected 8 bits a channel (convert it, e.g. with a fixed scale)")
    return np.asarray(frame if frame.mode in ("L", "RGB", "RGBA") else frame.convert("RGB"))


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
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is named below
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
    if w < _LEAST_SIDE or h < _LEAST_SIDE:
        return f"has no area (sides of at least {_LEAST_SIDE:g} are)"
    if x >= width or y >= height or x + w <= 0 or y + h <= 0:
        return f"lies outside the {width}x{height} frame"
    return ""
