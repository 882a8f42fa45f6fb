"""What is wrong with a data set: every image decoded, every box looked at.

Shape legend: T frames, N boxes, E edges.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Many
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from siamtrack.data.images import Images
from siamtrack.data.sequence import Sequence
from siamtrack.data.wording import amount

Severity = Literal["error", "warning", "note"]

# A border that boxes were clipped to shows as this many boxes that end just there; fewer may be chance.
_PILE_UP = 3
# Boxes are printed with two decimals or more.
_SAME_PIXEL = 0.01


@dataclass(frozen=True)
class Finding:
    """Something about a sequence.

    Attributes:
        sequence: its name; "" for the whole data set.
        severity: "error": evaluation fails or its numbers are wrong; "warning": look at it; "note": good to know.
        message: what, in words.
        frames: where, counted from 0; empty for the whole sequence.
    """

    sequence: str
    severity: Severity
    message: str
    frames: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Picture:
    """What stays of an image that was looked at: size (0, 0) if it could not be read, and then why."""

    size: tuple[int, int]
    checksum: int = 0
    error: str = ""


def check(
    sequences: Many[Sequence], on_image: Callable[[], object] = lambda: None, threads: int | None = None
) -> list[Finding]:
    """Everything found, in the order of the sequences, errors first; then what concerns the data set as a whole.

    A picture that was damaged in its middle but decodes all the same is not recognised.

    Args:
        sequences: a data set as loaded.
        on_image: called after each image.
        threads: that decode images; as many as there are cores if None.
    """
    findings: list[Finding] = []
    severities = ("error", "warning", "note")
    unsuspected: list[tuple[Sequence, np.ndarray]] = []
    with ThreadPoolExecutor(threads) as pool:
        try:
            for sequence in sequences:
                pictures = _look_at(sequence.images, pool, on_image)
                sizes_T2 = _frame_sizes(sequence, pictures)
                shifted = list(_check_base([(sequence, sizes_T2)], sequence.name))
                found = [*_check_lengths(sequence), *_check_pictures(sequence, pictures), *shifted]
                found += _check_boxes(sequence, sizes_T2)
                findings += sorted(found, key=lambda finding: severities.index(finding.severity))
                if not shifted:
                    unsuspected.append((sequence, sizes_T2))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [*findings, *_check_names(sequences), *_check_base(unsuspected, "")]


def _look_at(images: Images, pool: ThreadPoolExecutor, on_image: Callable[[], object]) -> list[_Picture]:
    def look(index: int) -> _Picture:
        try:
            image = images.read(index)
        except (ValueError, OSError) as error:
            return _Picture((0, 0), error=str(error))
        return _Picture((image.shape[1], image.shape[0]), zlib.crc32(np.ascontiguousarray(image).data))

    pictures = []
    # Threads overtake one another.
    over = map if images.in_order else pool.map
    try:
        for picture in over(look, range(len(images))):
            pictures.append(picture)
            on_image()
    finally:
        images.close()
    return pictures


def _frame_sizes(sequence: Sequence, pictures: list[_Picture]) -> np.ndarray:
    """(T, 2) width and height of each frame, NaN where unknown."""
    sizes_T2 = np.full((len(sequence), 2), np.nan)
    if sequence.size is not None:
        sizes_T2[:] = sequence.size
    for frame, picture in enumerate(pictures[: len(sequence)]):
        if not picture.error:
            sizes_T2[frame] = picture.size
    return sizes_T2


def _check_names(sequences: Many[Sequence]) -> Iterator[Finding]:
    for name, times in Counter(sequence.name for sequence in sequences).items():
        if times > 1:
            yield Finding(name, "error", f"{times} sequences have this name; results would replace each other")


def _check_lengths(sequence: Sequence) -> Iterator[Finding]:
    name, frames, images = sequence.name, len(sequence), len(sequence.images)
    if images == 0:
        yield Finding(name, "note", "there are no images; only the annotations were looked at")
    elif images != frames:
        yield Finding(name, "error", f"{amount(images, 'image')}, but {amount(frames, 'box', 'boxes')}")
    fields = {"polygon": sequence.polygons_T8, "absence label": sequence.absent_T, "anchor": sequence.anchors_T}
    fields |= {f"{tag} tag": values_T for tag, values_T in sequence.tags.items()}
    for what, values_T in fields.items():
        if values_T is not None and len(values_T) != frames:
            yield Finding(name, "error", f"{amount(len(values_T), what)}, but {amount(frames, 'box', 'boxes')}")


def _check_pictures(sequence: Sequence, pictures: list[_Picture]) -> Iterator[Finding]:
    name = sequence.name
    for frame, picture in enumerate(pictures):
        if picture.error:
            yield Finding(name, "error", picture.error, (frame,))
    sizes = Counter(picture.size for picture in pictures if not picture.error)
    if len(sizes) > 1:
        usual = sizes.most_common(1)[0][0]
        odd = tuple(i for i, picture in enumerate(pictures) if not picture.error and picture.size != usual)
        others = ", ".join(_by(size) for size in sizes if size != usual)
        yield Finding(name, "warning", f"images of different sizes: {others}, the others {_by(usual)}", odd)
    elif sizes and sequence.size is not None and sequence.size not in sizes:
        (size,) = sizes
        yield Finding(name, "warning", f"images are {_by(size)}, the annotations say {_by(sequence.size)}")
    same = tuple(
        i for i in range(1, len(pictures)) if not pictures[i].error and pictures[i].checksum == pictures[i - 1].checksum
    )
    if same:
        yield Finding(name, "warning", f"{amount(len(same), 'image')} equal to the one before, pixel by pixel", same)


def _check_boxes(sequence: Sequence, sizes_T2: np.ndarray) -> Iterator[Finding]:
    name, boxes_T4 = sequence.name, sequence.boxes_T4
    if not len(boxes_T4):
        yield Finding(name, "error", "there is no box")
        return
    known_T = np.isfinite(boxes_T4).all(1)
    absent_T = _absent(sequence)
    low_T2, high_T2 = boxes_T4[:, :2], boxes_T4[:, :2] + boxes_T4[:, 2:]
    # Comparisons with NaN (no box, unknown size) are False.
    outside_T = sequence.annotated_T & ((high_T2 <= 0) | (low_T2 >= sizes_T2)).any(1)
    partly_T = sequence.annotated_T & ~outside_T & ((low_T2 < 0) | (high_T2 > sizes_T2)).any(1)
    if not sequence.annotated_T[0] or outside_T[0]:
        shown = ", ".join(f"{value:g}" for value in boxes_T4[0])
        why = "lies off the image" if outside_T[0] else "has no area" if known_T[0] else "is missing"
        yield Finding(name, "error", f"no tracker can start: the first box ({shown}) {why}", (0,))
    if sequence.withheld:
        yield Finding(name, "note", "only the first box is there; the others are withheld")
        return
    later_T = np.arange(len(boxes_T4)) > 0
    expected_T = later_T & ~absent_T
    kinds: list[tuple[Severity, np.ndarray, str]] = [
        ("error", known_T & (boxes_T4[:, 2:] < 0).any(1), "with a negative size"),
        ("error", expected_T & outside_T, "wholly off the image"),
        ("warning", expected_T & ~known_T, "missing (NaN), and no label says that the target is absent"),
        ("warning", expected_T & known_T & _is_flat(boxes_T4), "without area, and no label says that it is absent"),
        ("note", later_T & absent_T, "of an absent target"),
        ("note", partly_T, "partly off the image"),
    ]
    for severity, there_T, what in kinds:
        frames = tuple(np.flatnonzero(there_T).tolist())
        if frames:
            yield Finding(name, severity, f"{amount(len(frames), 'box', 'boxes')} {what}", frames)


def _absent(sequence: Sequence) -> np.ndarray:
    """(T,) bool; all False where labels are missing or do not fit."""
    if sequence.absent_T is None or len(sequence.absent_T) != len(sequence):
        return np.zeros(len(sequence), bool)
    return sequence.absent_T


def _is_flat(boxes_N4: np.ndarray) -> np.ndarray:
    return (boxes_N4[:, 2:] == 0).any(1) & (boxes_N4[:, 2:] >= 0).all(1)


def _check_base(sized: list[tuple[Sequence, np.ndarray]], name: str) -> Iterator[Finding]:
    """Whether files that were read as counting pixels from `origin` count from a pixel less or more.

    Boxes that were clipped to the image pile up on its border: right at 0 and at its width and height if the origin is
    right, a pixel beside it if not.
    """
    if not sized or len({sequence.origin for sequence, _ in sized}) > 1:
        return
    origin = sized[0][0].origin
    low_E = np.concatenate([sequence.boxes_T4[sequence.annotated_T, :2].ravel() for sequence, _ in sized])
    beyond_E = np.concatenate([_beyond(sequence, sizes_T2) for sequence, sizes_T2 in sized])
    if not len(low_E) or not len(beyond_E):
        return
    smallest, largest = low_E.min(), beyond_E.max()
    if abs(largest - 1) < _SAME_PIXEL and smallest > 1 - _SAME_PIXEL:
        shift, clipped = 1, int((np.abs(beyond_E - 1) < _SAME_PIXEL).sum())
    elif abs(smallest + 1) < _SAME_PIXEL and largest < -1 + _SAME_PIXEL:
        shift, clipped = -1, int((np.abs(low_E + 1) < _SAME_PIXEL).sum())
    else:
        return
    if clipped >= _PILE_UP:
        yield Finding(
            name,
            "warning",
            f"boxes look {origin + shift:g}-based, but were read as {origin:g}-based: as the files have them, the "
            f"smallest x or y is {smallest + origin:g} and the right or lower edge ends {_beside(largest + origin)}; "
            f"{clipped} edges pile up there",
        )


def _beyond(sequence: Sequence, sizes_T2: np.ndarray) -> np.ndarray:
    """(E,) right and lower edges, from the border of the image on; only those that are known."""
    beyond_T2 = sequence.boxes_T4[:, :2] + sequence.boxes_T4[:, 2:] - sizes_T2
    return beyond_T2[sequence.annotated_T & np.isfinite(beyond_T2).all(1)].ravel()


def _beside(pixels: float) -> str:
    """Of x + w or y + h, in the numbers of the files."""
    return f"at width or height {pixels:+g}" if abs(pixels) >= _SAME_PIXEL else "at width or height"


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
