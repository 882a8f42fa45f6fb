"""Sequences whose target is gone for a while and comes back in another part of the frame.

Other footage stands in for whole frames of the span, as when a film cuts to another scene. Afterwards the picture is
turned round by half of its width: what was on the left is on the right. The seam, where the picture's two borders now
meet, is artificial; frames in which it goes through the target have no box.

Shape legend: T frames.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siamtrack.data.edited import EditedImages
from siamtrack.data.sequence import Sequence
from siamtrack.data.vanish import fill


def return_elsewhere(sequence: Sequence, span: range, donor: Sequence) -> Sequence:
    """The sequence with its target absent in a span of frames, and back elsewhere.

    Args:
        sequence: with images.
        donor: another one, whose footage is seen in the span.

    Returns:
        Frames of the span are marked in `absent_T`, with NaN for boxes. Images are changed as they are read.

    Raises:
        ValueError: the span does not lie in the sequence, or either sequence has no images.
    """
    if not 0 < span.start < span.stop < len(sequence):
        raise ValueError(f"a span from {span.start} to {span.stop}, expected one inside {len(sequence)} frames")
    for one in (sequence, donor):
        if not len(one.images):
            raise ValueError(f"{one.name} has no images; expected some")
    width, _ = sequence.image_size()
    shift = width // 2

    def edit(index: int, image: np.ndarray) -> np.ndarray:
        if index in span:
            return fill(donor.images.read((index - span.start) % len(donor.images)), (image.shape[1], image.shape[0]))
        return image if index < span.start else np.roll(image, shift, 1)

    absent_T = np.isin(np.arange(len(sequence)), span)
    boxes_T4 = sequence.boxes_T4.copy()
    boxes_T4[absent_T] = np.nan
    boxes_T4[span.stop :] = _turned(boxes_T4[span.stop :], shift, width)
    return replace(
        sequence,
        name=f"{sequence.name}-elsewhere",
        images=EditedImages(sequence.images, edit, "spliced"),
        boxes_T4=boxes_T4,
        polygons_T8=None,
        absent_T=absent_T if sequence.absent_T is None else absent_T | sequence.absent_T,
        masks=None,
        others=None,
    )


def _turned(boxes_T4: np.ndarray, shift: int, width: int) -> np.ndarray:
    """Boxes in pictures turned round by so many pixels; NaN where the seam goes through."""
    left_T = (boxes_T4[:, 0] + shift) % width
    whole_T = left_T + boxes_T4[:, 2] <= width
    return np.where(whole_T[:, None], np.column_stack((left_T, boxes_T4[:, 1:])), np.nan)
