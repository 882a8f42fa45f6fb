"""Expected average overlap (Kristan et al., VOT2015 report, section 3.4): what overlap to expect on a short video.

A fragment is what follows one start. Its first frame is given, so a length of n means n - 1 answers. The value at a
length is the mean, over fragments, of the mean overlap of their answers up to it. Where a tracker lost the target, the
overlap is 0 from there on, however long; a fragment that ends with its video counts only up to its own length.

Shape legend: L lengths, F fragments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Fragment(NamedTuple):
    """What follows one start.

    Attributes:
        overlaps: of the given frame, which does not count, and of the answers.
        lost: it ended because the target was lost.
        weight: in the mean over fragments.
    """

    overlaps: np.ndarray
    lost: bool
    weight: float


def expected_overlap(fragments: Sequence[Fragment], lengths: int = 0, lost_delay: int = 0) -> np.ndarray:
    """(L,) value at index i: of i answers, that is, at a length of i + 1 frames. The first, of no answer, is 0.

    Args:
        lengths: L; 0 for that of the longest fragment.
        lost_delay: divide by so much less beyond the end of a lost fragment (vot-toolkit's multi-start curve: 1).
    """
    lengths = lengths or max(len(fragment.overlaps) for fragment in fragments)
    overlaps_FL = np.zeros((len(fragments), lengths))
    active_FL = np.zeros((len(fragments), lengths), bool)
    count_FL = np.tile(np.arange(lengths), (len(fragments), 1))
    for row, fragment in enumerate(fragments):
        length = min(len(fragment.overlaps), lengths)
        overlaps_FL[row, 1:length] = fragment.overlaps[1:length]
        active_FL[row, : lengths if fragment.lost else length] = True
        count_FL[row, length:] -= lost_delay
    weight_FL = np.array([[fragment.weight] for fragment in fragments]) * active_FL
    mean_FL = np.cumsum(overlaps_FL, 1) / np.maximum(count_FL, 1)
    total_L = weight_FL.sum(0)
    return np.where(total_L > 0, (mean_FL * weight_FL).sum(0) / np.where(total_L > 0, total_L, 1), 0.0)


def mean_within(curve_L: np.ndarray, first: int, last: int) -> float:
    """Mean of the values from index `first` to `last`, inclusive, as far as there are any; NaN if there are none."""
    values = curve_L[max(first, 0) : last + 1]
    return float(values.mean()) if len(values) else float("nan")
