"""Videos in which every pixel has the number of its object: `VIDEO/00000.png` beside `VIDEO/00000.jpg`.

Shape legend: T frames.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from siamtrack.data.datasets.files import list_images
from siamtrack.data.datasets.others import with_others
from siamtrack.data.images import ImageFiles
from siamtrack.data.masks import NumberedMasks, box_around, read_numbers
from siamtrack.data.sequence import Sequence

_THREADS = min(8, os.cpu_count() or 1)


def load_segmented(name: str, images: Path, masks: Path, categories: dict[int, str] | None = None) -> list[Sequence]:
    """The objects of one video, named VIDEO.NUMBER, in all frames that have an image and a mask; none if none has.

    Boxes are the smallest round the masks, so every mask is decoded once (720p: about 110 a second and core, so minutes
    for the 94,000 of YouTube-VOS); a frame without the object has a NaN box, and it is absent there.

    Args:
        name: of the video.
        images: folder of its frames.
        masks: folder of its masks.
        categories: kind of each object by its number, where they are told.

    Raises:
        ValueError: a mask is unreadable.
    """
    by_stem = {path.stem: path for path in list_images(images)}
    paths = tuple(path for path in list_images(masks) if path.suffix == ".png" and path.stem in by_stem)
    files = ImageFiles(by_stem[path.stem] for path in paths)
    with ThreadPoolExecutor(_THREADS) as pool:
        boxes = list(pool.map(_read_boxes, paths))
    numbers = sorted({number for frame in boxes for number in frame})
    nowhere = np.full(4, np.nan)
    sequences = []
    for number in numbers:
        boxes_T4 = np.stack([frame.get(number, nowhere) for frame in boxes])
        sequences.append(
            Sequence(
                f"{name}.{number}",
                files,
                boxes_T4,
                absent_T=np.isnan(boxes_T4).any(1),
                category=(categories or {}).get(number, ""),
                masks=NumberedMasks(paths, number),
            )
        )
    return with_others(sequences)


def _read_boxes(path: Path) -> dict[int, np.ndarray]:
    """The box of each object of a frame, by its number; 0 is background."""
    numbers = read_numbers(path)
    there = np.flatnonzero(np.bincount(numbers.ravel(), minlength=1))
    return {number: box_around(numbers == number) for number in there.tolist() if number}
