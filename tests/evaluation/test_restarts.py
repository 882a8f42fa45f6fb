"""Passes over one sequence from several places."""

from __future__ import annotations

import numpy as np

from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.restarts import restarts


class Numbered:
    """Images that are as bright as their number."""

    in_order = False
    size = (4, 4)

    def __len__(self) -> int:
        return 7

    def read(self, index: int) -> np.ndarray:
        return np.full((4, 4, 3), index, np.uint8)

    def name(self, index: int) -> str:
        return f"image {index}"

    def close(self) -> None:
        pass


def numbered(boxless: int | None = None) -> Sequence:
    """Box and image n both say n."""
    boxes_T4 = np.array([[n, n, 2.0, 2.0] for n in range(7)])
    if boxless is not None:
        boxes_T4[boxless, 2:] = 0
    return Sequence("walk", Numbered(), boxes_T4)


def test_five_passes_each_with_its_own_images_and_boxes() -> None:
    passes = restarts(numbered())
    frames = [one.boxes_T4[:, 0].tolist() for one in passes]
    assert frames == [[0, 1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6], [4, 5, 6], [6, 5, 4, 3, 2, 1, 0], [4, 3, 2, 1, 0]]
    for one, numbers in zip(passes, frames, strict=True):
        assert len(one.images) == len(one) == len(numbers)
        assert [int(one.images.read(n)[0, 0, 0]) for n in range(len(one))] == numbers
    assert len({one.name for one in passes}) == 5
    assert passes[3].images.name(0) == "image 6" and passes[3].image_size() == (4, 4)


def test_a_pass_cannot_begin_without_a_box() -> None:
    assert [one.boxes_T4[0, 0] for one in restarts(numbered(boxless=4))] == [0, 2, 6]
