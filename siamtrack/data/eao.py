"""Which sequence lengths the expected average overlap of a VOT year is averaged over."""

from __future__ import annotations

from collections.abc import Sequence as Items

import numpy as np

from siamtrack.data.sequence import Sequence

# Shortest and longest length. VOT2015 report (Kristan et al.), section 3.4, and its successors; the same numbers stand
# in the stacks of vot-toolkit 0.7.4. VOT2013 and VOT2014 had no such measure: they are given the first that there was.
EAO_INTERVALS = {
    "vot2013": (108, 371),
    "vot2014": (108, 371),
    "vot2015": (108, 371),
    "vot2016": (108, 371),
    "vot2017": (100, 356),
    "vot2018": (100, 356),
    "vot2019": (46, 291),
    "vot2020": (115, 755),
    "vot2021": (115, 755),
    "vot2022": (115, 755),
}


def eao_interval(dataset: str, sequences: Items[Sequence]) -> tuple[int, int]:
    """Shortest and longest length: those of the year, else the middle half of the sequences' lengths.

    (VOT chose each year's interval round the most common length so that it holds half of the sequences.)

    Args:
        dataset: name in the registry.
    """
    if dataset in EAO_INTERVALS:
        return EAO_INTERVALS[dataset]
    low, high = np.percentile([len(sequence) for sequence in sequences], (25, 75)).round().astype(int).tolist()
    return min(low, high - 1), high  # vot-toolkit's multi-start curve ends before `high`
