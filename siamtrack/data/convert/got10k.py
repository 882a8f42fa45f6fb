"""Write a GOT-10k tree (Huang et al. 2019) that the got10k toolkit reads: `SEQ/00000001.jpg`, boxes, labels, sizes.

Shape legend: T frames.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from siamtrack.data.convert.files import (
    OnImage,
    number_lines,
    put_images,
    whole_lines,
    write_folders,
)
from siamtrack.data.sequence import Sequence

# cover.label: 0 nothing of the target can be seen, 8 all of it, between them steps of 15 % (GOT-10k's own readme).
_COVER_STEP, _COVER_ALL = 0.15, 8


def write(sequences: list[Sequence], out: Path, copy: bool = False, on_image: OnImage = lambda: None) -> None:
    """`out` becomes what GOT-10k calls a subset (`val`); boxes 0-based, frames without a box `nan`.

    absence.label is 1 where the target is labelled absent, has no box, or has it wholly off the image. cover.label
    knows only what the image cuts off, as no layout but GOT-10k's says how much is hidden. Where only the first box is
    published it stands alone and there are no labels, as in GOT-10k's test set.

    Args:
        sequences: with images.
        out: an empty or new folder.
        copy: copy JPEG files instead of linking them.
        on_image: called after each image.
    """
    write_folders(sequences, out, partial(_write_one, copy=copy, on_image=on_image))


def _write_one(sequence: Sequence, folder: Path, copy: bool, on_image: OnImage) -> None:
    size = sequence.image_size()
    put_images(sequence.images, folder, copy, on_image)
    kind = [f"object_class: {sequence.category}"] if sequence.category else []
    lines = ["[METAINFO]", *kind, f"resolution: ({size[0]}, {size[1]})"]
    (folder / "meta_info.ini").write_text("".join(f"{line}\n" for line in lines))
    if sequence.withheld:
        (folder / "groundtruth.txt").write_text(number_lines(sequence.boxes_T4[:1]))
        return
    (folder / "groundtruth.txt").write_text(number_lines(sequence.boxes_T4))
    absent_T = ~sequence.annotated_T if sequence.absent_T is None else ~sequence.annotated_T | sequence.absent_T
    cover_T = np.where(absent_T, 0, cover_levels(sequence.boxes_T4, size))
    (folder / "absence.label").write_text(whole_lines(cover_T == 0))
    (folder / "cover.label").write_text(whole_lines(cover_T))
    (folder / "cut_by_image.label").write_text(whole_lines(_cut(sequence.boxes_T4, size) & (cover_T > 0)))


def cover_levels(boxes_T4: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(T,) int, 0 to 8: how much of each box lies inside the image; 0 for what is no box."""
    low_T2 = np.clip(boxes_T4[:, :2], 0, size)
    high_T2 = np.clip(boxes_T4[:, :2] + boxes_T4[:, 2:], 0, size)
    area_T = boxes_T4[:, 2:].prod(1)
    is_box_T = (boxes_T4[:, 2:] > 0).all(1)
    share_T = np.divide((high_T2 - low_T2).prod(1), area_T, out=np.zeros(len(boxes_T4)), where=is_box_T)
    levels_T = np.clip(np.ceil(share_T / _COVER_STEP), 0, _COVER_ALL - 1)
    whole_T = share_T >= 1 - 1e-9  # summed edges differ from their width in the last bits
    return np.where(whole_T, _COVER_ALL, levels_T).astype(np.int64)


def _cut(boxes_T4: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(T,) bool: the box reaches the image's border, so the target may go on beyond it."""
    return ((boxes_T4[:, :2] <= 0) | (boxes_T4[:, :2] + boxes_T4[:, 2:] >= size)).any(1)
