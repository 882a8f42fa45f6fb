"""Makes the small real files that the video tests read."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

WIDTH, HEIGHT = 64, 48
TICKS = 90_000


def picture(brightness: int = 128, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Grey of the given brightness with a red top-left quarter, H x W x 3 uint8 BGR."""
    image = np.full((height, width, 3), brightness, np.uint8)
    image[: height // 2, : width // 2] = (0, 0, 255)
    return image


def write_video(
    path: Path,
    seconds: Sequence[float],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rotation: int = 0,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Path:
    """One frame per entry of `seconds`; frame i has brightness 4 * i."""
    with av.open(str(path), "w") as container:
        options = {"crf": "8"} if codec == "libx264" else {}  # so that brightness survives to about 1 level
        stream = container.add_stream(codec, rate=30, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = stream.time_base = Fraction(1, TICKS)
        if rotation:
            stream.set_display_rotation(rotation)
        for i, second in enumerate(seconds):
            # FFmpeg's own conversion from BGR would round down and lose up to 5 levels.
            yuv = cv2.cvtColor(picture(4 * i % 256, *size), cv2.COLOR_BGR2YUV_I420)
            frame = av.VideoFrame.from_ndarray(yuv, format="yuv420p")
            frame.time_base = Fraction(1, TICKS)
            frame.pts = round(second * TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def steady(count: int) -> list[float]:
    """Times of `count` frames at 30 per second."""
    return [i / 30 for i in range(count)]


def brightness(image: np.ndarray) -> float:
    """What `picture` was given, read from the bottom-right corner."""
    return float(image[-8:, -8:].mean())


def damage_packet(path: Path, number: int) -> Path:
    """Overwrite the compressed data of one frame with zeros."""
    with av.open(str(path)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][number]
        position, size = packet.pos, packet.size
    data = bytearray(path.read_bytes())
    data[position + 4 : position + size] = bytes(size - 4)
    path.write_bytes(data)
    return path
