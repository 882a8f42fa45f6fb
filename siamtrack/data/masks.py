"""Where a target is, pixel by pixel: masks are decoded when they are asked for.

Shape legend: K corners of a polygon.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np


class Masks(Protocol):
    """The masks of one target. `read` may be called from several threads."""

    def read(self, index: int) -> np.ndarray:
        """H x W bool, as large as the image of that frame: the pixels of the target.

        Raises:
            ValueError: the mask is unreadable; names its file.
        """


class PartOfMasks:
    """The masks of some frames of a sequence, or in another order.

    Args:
        frames: (T,) int, where each frame is in the whole.
    """

    def __init__(self, whole: Masks, frames: np.ndarray) -> None:
        self._whole, self._frames = whole, frames

    def read(self, index: int) -> np.ndarray:
        return self._whole.read(int(self._frames[index]))


class NumberedMasks:
    """PNG files, one a frame, in which each pixel has the number of its object; the targets of a video share them.

    Args:
        paths: in the order of the frames.
        number: of the target.
    """

    __slots__ = ("_number", "_paths")

    def __init__(self, paths: tuple[Path, ...], number: int) -> None:
        self._paths, self._number = paths, number

    def read(self, index: int) -> np.ndarray:
        return read_numbers(self._paths[index]) == self._number


class PolygonMask:
    """The mask of a still: what is within at least one of some polygons.

    Args:
        polygons: (K, 2) float each, x and y, pixels.
        size: width and height of the image.
    """

    __slots__ = ("_polygons", "_size")

    def __init__(self, polygons: Iterable[np.ndarray], size: tuple[int, int]) -> None:
        self._polygons, self._size = tuple(polygons), size

    def read(self, index: int) -> np.ndarray:
        return fill_polygons(self._polygons, self._size)


class RunLengthMask:
    """The mask of a still: numbers of pixels, in turn not of the target and of it, down the columns from the left.

    Args:
        runs: (R,) int, adding up to width times height.
        size: width and height of the image.

    Raises:
        ValueError: a run is negative, or they add up to something else.
    """

    __slots__ = ("_runs", "_size")

    def __init__(self, runs: np.ndarray, size: tuple[int, int]) -> None:
        width, height = size
        if (runs < 0).any() or runs.sum() != width * height:
            raise ValueError(f"runs of {runs.sum()} pixels, expected {width} x {height} = {width * height}")
        self._runs, self._size = runs.astype(np.uint32), size

    def read(self, index: int) -> np.ndarray:
        width, height = self._size
        values = np.arange(len(self._runs)) % 2 == 1
        return np.ascontiguousarray(np.repeat(values, self._runs).reshape(width, height).T)


# Polygons are filled on a finer grid, as COCO's own code does it (cocoapi, maskApi.c, rleFrPoly: scale 5); odd, so that
# no pixel is half within. OpenCV's own filling has every pixel that the outline touches: 4 % too many at 40 pixels.
_FINE = 5
_SHIFT = 4  # binary digits after the point of OpenCV's corners


def fill_polygons(polygons: Iterable[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """H x W bool: the pixels that are within a polygon by more than half.

    Args:
        polygons: (K, 2) float each, x and y, continuous pixels; they may reach beyond the image.
        size: width and height.
    """
    width, height = size
    mask = np.zeros((height, width), bool)
    polygons = [corners_K2 for corners_K2 in polygons if len(corners_K2)]
    if not polygons:
        return mask
    corners_N2 = np.concatenate(polygons)
    left, top = (int(low) for low in np.clip(np.floor(corners_N2.min(0)), 0, size))
    right, bottom = (int(high) for high in np.clip(np.ceil(corners_N2.max(0)), 0, size))
    if right <= left or bottom <= top:
        return mask
    fine = np.zeros(((bottom - top) * _FINE, (right - left) * _FINE), np.uint8)
    for corners_K2 in polygons:
        # OpenCV counts from the centre of the first pixel.
        fine_K2 = (np.asarray(corners_K2, np.float64) - (left, top)) * _FINE - 0.5
        cv2.fillPoly(fine, [np.rint(fine_K2 * 2**_SHIFT).astype(np.int32)], 1, shift=_SHIFT)
    share = fine.reshape(bottom - top, _FINE, right - left, _FINE).mean((1, 3))
    mask[top:bottom, left:right] = share > 0.5
    return mask


def parse_runs(text: str) -> np.ndarray:
    """(R,) int64 run lengths from COCO's compressed text (cocoapi, maskApi.c, rleToString).

    A character has five bits of a number from the lowest on, and a sixth that says that more follow; from the fourth
    number on, numbers are differences to the last but one.

    Raises:
        ValueError: the text ends within a number, or has a character that is not used.
    """
    runs: list[int] = []
    value = bits = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64:
            raise ValueError(f"run lengths have the character {character!r}, expected one from '0' to 'o'")
        value |= (code & 31) << bits
        bits += 5
        if not code & 32:
            if code & 16:
                value -= 1 << bits
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = bits = 0
    if bits:
        raise ValueError(f"run lengths end within a number: ...{text[-20:]!r}")
    return np.array(runs, np.int64)


_PNG, _GREY, _INDEXED = b"\x89PNG\r\n\x1a\n", 0, 3
_DEPTH_AT, _COLOUR_AT = 8, 9  # in the header's content: width, height (four bytes each), bit depth, colour type


def read_numbers(path: Path) -> np.ndarray:
    """H x W uint8: the numbers of the pixels in an indexed or grey PNG.

    Raises:
        ValueError: the file is missing, cut short, no PNG, or has colours without numbers; names it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} is not a readable image: {error.strerror}") from error
    grey, depth = _as_grey(data, path)
    image = cv2.imdecode(np.frombuffer(grey, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError(f"{path} is not a readable image")
    return image if depth == 8 else image // (255 // (2**depth - 1))  # OpenCV spreads 1, 2 and 4 bits over 0 to 255


def _as_grey(data: bytes, path: Path) -> tuple[bytes, int]:
    """The same PNG without its palette, and its bits a pixel: OpenCV gives colours for numbers otherwise."""
    if not data.startswith(_PNG):
        raise ValueError(f"{path} is no PNG file")
    parts, depth, position, kind = [_PNG], 0, len(_PNG), b""
    while kind != b"IEND":
        length, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        content = data[position + 8 : position + 8 + length]
        if len(data) < position + 12 + length:
            raise ValueError(f"{path} is cut short")
        if kind == b"IHDR":
            depth, colour = content[_DEPTH_AT], content[_COLOUR_AT]
            if colour not in (_GREY, _INDEXED) or depth > 8:
                raise ValueError(f"{path} has colour type {colour} and {depth} bits, expected an indexed or grey PNG")
            content = content[:_COLOUR_AT] + bytes([_GREY]) + content[_COLOUR_AT + 1 :]
        if kind in (b"IHDR", b"IDAT", b"IEND"):
            check = (
                zlib.crc32(kind + content).to_bytes(4, "big") if kind == b"IHDR" else data[position + 8 + length :][:4]
            )
            parts.append(length.to_bytes(4, "big") + kind + content + check)
        position += 12 + length
    return b"".join(parts), depth


def box_around(mask: np.ndarray) -> np.ndarray:
    """(4,) float64 xywh of the smallest box round the pixels of an H x W bool mask; NaN if there are none."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    return np.array([x, y, width, height], np.float64) if width else np.full(4, np.nan)
