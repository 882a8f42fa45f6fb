"""Sequences whose target is gone for known spans: they tell what a tracker's score is worth.

In each span the target is absent in one of three ways, and comes back where it is by then:

    removed    background from beside it lies in its place
    occluded   a piece of other footage lies over it and moves with it
    cut        whole frames of other footage stand in, as when a film cuts to another scene

They are made, not filmed. Nothing is occluded bit by bit, the frame changes from one image to the next, a removed
target may leave a seam and its shadow, a neighbour that looks like the target may be what is laid over it, and frames
in which the target is hidden in the footage itself count as the annotators have them. A tracker that does well here may
still do badly on real occlusions; one that does badly here has a score that means little.

Shape legend: T frames.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Ordered
from dataclasses import replace
from functools import cache
from typing import Literal, get_args

import numpy as np

from siamtrack.data.edited import EditedImages
from siamtrack.data.sequence import Sequence
from siamtrack.data.vanish import fill, occlude, remove, textured_patch

Absence = Literal["removed", "occluded", "cut"]
ABSENCES: tuple[Absence, ...] = get_args(Absence)

# Shares of a sequence: about a quarter of the frames in two spans, and room before, between and after.
_STARTS, _LENGTH = (0.30, 0.65), 0.12
_LEAST_FRAMES = 8  # the fewest with a frame in every part

FrameEdit = Callable[[np.ndarray], np.ndarray]


def spans(frames: int) -> tuple[range, range]:
    """The two spans without the target.

    Raises:
        ValueError: the sequence is too short to have both.
    """
    if frames < _LEAST_FRAMES:
        raise ValueError(f"a sequence of {frames} frames is too short to splice; expected at least {_LEAST_FRAMES}")
    length = max(1, round(_LENGTH * frames))
    first, second = (round(start * frames) for start in _STARTS)
    return range(first, first + length), range(second, second + length)


def splice(sequence: Sequence, absences: tuple[Absence, Absence], donor: Sequence) -> Sequence:
    """The sequence with its target gone in two spans; the same arguments give the same images.

    Args:
        sequence: with images.
        absences: how the target is absent, a span each.
        donor: another sequence, whose footage is laid over the target or stands in for whole frames.

    Returns:
        Absent frames are marked in `absent_T`, with NaN for boxes. Images are changed as they are read. Frames of a
        span in which the annotators have no box stay as they are, but in a cut, and are not marked. The name is the
        sequence's with the ways of absence.

    Raises:
        ValueError: too few frames, or either sequence has no images.
    """
    for one in (sequence, donor):
        if not len(one.images):
            raise ValueError(f"{one.name} has no images; expected some to splice")
    edits: dict[int, FrameEdit] = {}
    for number, (span, absence) in enumerate(zip(spans(len(sequence)), absences, strict=True)):
        edits |= _EDITS[absence](sequence, span, donor, f"{sequence.name} {number}")
    gone_T = np.zeros(len(sequence), bool)
    gone_T[list(edits)] = True
    before_T = np.zeros_like(gone_T) if sequence.absent_T is None else sequence.absent_T
    return replace(
        sequence,
        name=f"{sequence.name}-{'-'.join(dict.fromkeys(absences))}",
        images=EditedImages(sequence.images, lambda index, image: _edited(edits, index, image), "spliced"),
        boxes_T4=np.where(gone_T[:, None], np.nan, sequence.boxes_T4),
        polygons_T8=None if sequence.polygons_T8 is None else np.where(gone_T[:, None], np.nan, sequence.polygons_T8),
        absent_T=gone_T | before_T,
    )


def splice_each(sequences: Ordered[Sequence], absences: Callable[[int], tuple[Absence, Absence]]) -> list[Sequence]:
    """Every sequence spliced, the next one its donor.

    Args:
        absences: number of the sequence -> how its target is absent in each span.

    Raises:
        ValueError: there are fewer than two, or one cannot be spliced; see `splice`.
    """
    if len(sequences) < 2:
        raise ValueError("a sequence is spliced with footage of another; expected at least two sequences")
    donors = [*sequences[1:], sequences[0]]
    return [splice(one, absences(n), donor) for n, (one, donor) in enumerate(zip(sequences, donors, strict=True))]


def in_turn(number: int) -> tuple[Absence, Absence]:
    """Ways of absence dealt out to the spans of many sequences one after the other, for `splice_each`."""
    first, second = (ABSENCES[(2 * number + span) % len(ABSENCES)] for span in (0, 1))
    return first, second


def _edited(edits: Mapping[int, FrameEdit], index: int, image: np.ndarray) -> np.ndarray:
    return edits[index](image) if index in edits else image


def _removed(sequence: Sequence, span: range, donor: Sequence, seed: str) -> dict[int, FrameEdit]:
    def edit(frame: int) -> FrameEdit:
        return lambda image: remove(image, sequence.boxes_T4[frame])

    return {frame: edit(frame) for frame in _seen(sequence, span)}


def _occluded(sequence: Sequence, span: range, donor: Sequence, seed: str) -> dict[int, FrameEdit]:
    seen = _seen(sequence, span)

    @cache  # one thing passes in front of the target, the same in all frames of the span
    def patch() -> np.ndarray:
        rng = np.random.default_rng(zlib.crc32(seed.encode()))
        image = donor.images.read(int(rng.integers(len(donor.images))))
        return textured_patch(image, sequence.boxes_T4[seen[0]], rng)

    def edit(frame: int) -> FrameEdit:
        return lambda image: occlude(image, sequence.boxes_T4[frame], patch())

    return {frame: edit(frame) for frame in seen}


def _cut(sequence: Sequence, span: range, donor: Sequence, seed: str) -> dict[int, FrameEdit]:
    start = zlib.crc32(seed.encode()) % len(donor.images)

    def edit(frame: int) -> FrameEdit:
        source = (start + frame - span.start) % len(donor.images)
        return lambda image: fill(donor.images.read(source), (image.shape[1], image.shape[0]))

    return {frame: edit(frame) for frame in span}


def _seen(sequence: Sequence, span: range) -> list[int]:
    """Frames of the span in which there is a target to take away."""
    seen_T = sequence.annotated_T
    if sequence.absent_T is not None:
        seen_T &= ~sequence.absent_T
    return [frame for frame in span if seen_T[frame]]


_EDITS: dict[Absence, Callable[[Sequence, range, Sequence, str], dict[int, FrameEdit]]] = {
    "removed": _removed,
    "occluded": _occluded,
    "cut": _cut,
}
