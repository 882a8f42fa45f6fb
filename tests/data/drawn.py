"""Sequences that are drawn: a bright square on a dim, noisy ground, held in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siamtrack.data.sequence import Sequence

WIDTH, HEIGHT, SIDE = 120, 80, 16


class Drawn:
    """Images in memory; `reads` counts how often each was asked for."""

    in_order = False
    size = WIDTH, HEIGHT

    def __init__(self, images):
        self.images, self.reads = images, [0] * len(images)

    def __len__(self):
        return len(self.images)

    def read(self, index):
        self.reads[index] += 1
        return self.images[index].copy()

    def name(self, index):
        return f"drawn {index}"

    def close(self):
        pass


def ground(name, frames, seed, level):
    """Nothing but noise round a grey level."""
    rng = np.random.default_rng(seed)
    images = rng.integers(level - 10, level + 10, (frames, HEIGHT, WIDTH, 3)).astype(np.uint8)
    return Sequence(name, Drawn(list(images)), np.tile([40.0, 24, SIDE, SIDE], (frames, 1)))


def square(name, frames, seed=0, step=(2.0, 1.0), start=(40.0, 24.0), level=60):
    """The square is white and black in quarters, moves by `step` a frame and is annotated exactly."""
    plain, boxes = ground(name, frames, seed, level), []
    for frame, image in enumerate(plain.images.images):
        x, y = (round(start[axis] + frame * step[axis]) for axis in (0, 1))
        image[y : y + SIDE, x : x + SIDE] = 255
        image[y : y + SIDE // 2, x : x + SIDE // 2] = 0
        boxes.append([x, y, SIDE, SIDE])
    return replace(plain, boxes_T4=np.array(boxes, np.float64))
