"""The binary form in which vot-toolkit writes regions.

Little-endian: int16 version (1), uint32 number of frames; then for each frame a byte, which is

    0   a code: uint32
    1   a box: four float32 x, y, w, h
    2   a polygon: uint16 number of corners, then float32 x, y each
    3   a mask, run-length coded: refused here
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER, _CODE, _BOX, _POLYGON, _MASK = "<hI", 0, 1, 2, 3


def read_binary(path: Path) -> list[list[float]]:
    """Rows of 1 (a code), 4 (a box) or 8 (a polygon) numbers.

    Raises:
        ValueError: the file is cut off, too long, of another version, or holds masks or other polygons; names the file
            and the frame.
        OSError: the file cannot be read.
    """
    data = path.read_bytes()
    try:
        version, frames = struct.unpack_from(_HEADER, data)
    except struct.error:
        raise ValueError(f"{path} is too short ({len(data)} bytes) for binary VOT results") from None
    if version != 1:
        raise ValueError(f"{path} is of version {version}, expected binary VOT results of version 1")
    rows, offset = [], struct.calcsize(_HEADER)
    for frame in range(1, frames + 1):
        try:
            row, offset = _read_region(data, offset, f"{path} frame {frame}")
        except struct.error:
            raise ValueError(f"{path} ends in frame {frame} of {frames}") from None
        rows.append(row)
    if offset != len(data):
        raise ValueError(f"{path} has {len(data) - offset} bytes after its last frame, {frames}")
    return rows


def _read_region(data: bytes, offset: int, where: str) -> tuple[list[float], int]:
    """One region and where the next begins."""
    (kind,) = struct.unpack_from("<B", data, offset)
    offset += 1
    if kind == _POLYGON:
        (corners,) = struct.unpack_from("<H", data, offset)
        if corners != 4:
            raise ValueError(f"{where}: a polygon of {corners} corners, expected 4")
        form, offset = "<8f", offset + 2
    elif kind in (_CODE, _BOX):
        form = "<I" if kind == _CODE else "<4f"
    else:
        what = "a mask" if kind == _MASK else f"an unknown kind of region ({kind})"
        raise ValueError(f"{where}: {what}, expected a code, a box or a polygon of 4 corners")
    return [float(value) for value in struct.unpack_from(form, data, offset)], offset + struct.calcsize(form)
