"""Every data set by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from siamtrack.data.datasets import otb
from siamtrack.data.sequence import Sequence

Protocol = Literal["one-pass", "reset", "anchor", "long-term"]


@dataclass(frozen=True)
class Dataset:
    """A benchmark.

    Attributes:
        summary: one line for people, with the paper.
        load: from the root folder to the sequences that are there.
        protocol: how trackers are run on it.
        sequences: how many there should be; 0 if that is open.
        origin: what its files call the first pixel.
    """

    summary: str
    load: Callable[[Path], list[Sequence]]
    protocol: Protocol = "one-pass"
    sequences: int = 0
    origin: float = 0.0


DATASETS: dict[str, Dataset] = {
    "otb100": Dataset("OTB-100 (Wu et al. 2015)", otb.load, sequences=100, origin=1.0),
}


def get_dataset(name: str) -> Dataset:
    """The data set of that name.

    Raises:
        ValueError: there is none; names the nearest.
    """
    if name not in DATASETS:
        near = difflib.get_close_matches(name.lower(), DATASETS, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"no data set is called {name!r}; {hint}known: {', '.join(DATASETS)}")
    return DATASETS[name]
