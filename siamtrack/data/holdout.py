"""What is kept from training, to validate on."""

from __future__ import annotations

import zlib

from siamtrack.data.sequence import Sequence


def split_by_source(
    sequences: list[Sequence], sources: dict[str, str], percent: int
) -> tuple[list[Sequence], list[Sequence]]:
    """Training and held-out sequences; about `percent` of the sources are held out, so no scene is on both sides.

    Args:
        sources: sequence name -> source of its footage; sequences without a source stay in training.
        percent: 0-100. The choice depends on the source's name alone and so is stable when sequences are added.
    """
    held = {source for source in sources.values() if zlib.crc32(source.encode()) % 100 < percent}
    return (
        [sequence for sequence in sequences if sources.get(sequence.name) not in held],
        [sequence for sequence in sequences if sources.get(sequence.name) in held],
    )
