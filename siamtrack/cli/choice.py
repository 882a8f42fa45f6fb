"""Which data set, and which of its sequences."""

from __future__ import annotations

from pathlib import Path

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


def load_chosen(dataset: Dataset, root: Path, names: str | None) -> list[Sequence]:
    """As `choose_sequences`, of a data set's folder: only what is asked for must be sound.

    Raises:
        ValueError: a name is not among them, or what is asked for cannot be loaded.
        FileNotFoundError: there is no sequence.
    """
    if names is None:
        return dataset.load(root)
    sequences, faults = dataset.load_sound(root)
    wanted = [name.strip() for name in names.split(",")]
    for name, error in faults:
        if any(asked == name or asked.startswith(f"{name}.") for asked in wanted):  # car.1 is a target of car
            raise error
    return choose_sequences(sequences, names)
