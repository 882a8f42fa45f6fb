"""Builds tiny data sets in their official layouts."""

import cv2
import numpy as np
from PIL import Image


def write_images(folder, names):
    """8 x 6 pixels each; image i has brightness i (modulo 256)."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        cv2.imwrite(str(folder / name), np.full((6, 8, 3), i % 256, np.uint8))


def numbered(first, last, digits=4):
    """0001.jpg and so on."""
    return [f"{i:0{digits}d}.jpg" for i in range(first, last + 1)]


def write_lines(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def image_names(sequence):
    return [path.name for path in sequence.images.paths]


def write_numbers(path, numbers, bits=8):
    """An indexed PNG with a palette of its own, as YouTube-VOS and DAVIS have them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(numbers, np.uint8), "P")
    image.putpalette([value for n in range(256) for value in (255 - n, n * 37 % 256, n * 91 % 256)])
    image.save(path, bits=bits)
