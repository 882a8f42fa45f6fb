"""Which data set, and which of its sequences."""

from __future__ import annotations

import typer

from siamtrack.data.datasets.registry import Dataset, get_dataset
from siamtrack.data.sequence import Sequence


def known_dataset(name: str) -> Dataset:
    """The data set of that name; refuse the argument if there is none."""
    try:
        return get_dataset(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def choose_sequences(sequences: list[Sequence], names: str | None) -> list[Sequence]:
    """Those named, separated by commas, in the data set's order; all if nothing is asked for.

    Raises:
        ValueError: a name is not among them.
    """
    if names is None:
        return sequences
    wanted = [name.strip() for name in names.split(",")]
    there = [sequence.name for sequence in sequences]
    missing = [name for name in wanted if name not in there]
    if missing:
        raise ValueError(f"no sequence is called {', '.join(map(repr, missing))}; there are: {', '.join(there)}")
    return [sequence for sequence in sequences if sequence.name in wanted]
