"""The other objects of a frame: what a tracker may take for its target.

Shape legend: M objects of a frame, T frames.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siamtrack.data.sequence import Sequence

_NONE_04 = np.empty((0, 4))
_NONE_04.flags.writeable = False


def each_without(boxes_M4: np.ndarray) -> list[np.ndarray]:
    """For each of M objects of a frame the boxes of the others, those that have an area; float64 xywh."""
    if len(boxes_M4) == 1:
        return [_NONE_04]  # the usual case, and there are a million of them
    sound_M = np.isfinite(boxes_M4).all(1) & (boxes_M4[:, 2:] > 0).all(1)
    return [boxes_M4[sound_M & (np.arange(len(boxes_M4)) != own)] for own in range(len(boxes_M4))]


def with_others(sequences: list[Sequence]) -> list[Sequence]:
    """The targets of one video, all T frames long, each told of the others; a single one is as it was."""
    if len(sequences) < 2:
        return sequences
    boxes_TM4 = np.stack([sequence.boxes_T4 for sequence in sequences], 1)
    frames = [each_without(boxes_M4) for boxes_M4 in boxes_TM4]
    return [replace(sequence, others=tuple(others[own] for others in frames)) for own, sequence in enumerate(sequences)]
