"""Data sets written in other layouts, one file each: `write(sequences, root, out, copy, on_image)`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from siamtrack.data.convert import got10k, pysot, vot
from siamtrack.data.convert.files import OnImage, require_images, require_new
from siamtrack.data.sequence import Sequence

LAYOUTS: dict[str, Callable[[list[Sequence], Path, Path, bool, OnImage], None]] = {
    "got10k": got10k.write,
    "vot": vot.write,
    "pysot": pysot.write,
}


def convert(
    sequences: list[Sequence],
    root: Path,
    out: Path,
    layout: str,
    copy: bool = False,
    on_image: OnImage = lambda: None,
) -> None:
    """Write a data set in another layout. Nothing is written over, and the source is not touched.

    An interrupted conversion leaves whole sequences and no list of them.

    Args:
        sequences: as loaded.
        root: where they were loaded from.
        out: new or empty folder; for pysot a new .json file.
        layout: a key of `LAYOUTS`.
        copy: copy JPEG files instead of linking them; other images are encoded as JPEG either way.
        on_image: called after each image.

    Raises:
        ValueError: the layout is unknown, there is no sequence, or one does not fit; names it.
        FileExistsError: something is at `out`.
        OSError: an image cannot be linked or copied.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"no layout is called {layout!r}; known: {', '.join(LAYOUTS)}")
    if not sequences:
        raise ValueError("there is no sequence to convert")
    if (layout == "pysot") != (out.suffix.lower() == ".json"):
        raise ValueError(f"{out}: a pysot list is a .json file, the other layouts are folders")
    if layout != "pysot" and out.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{out} lies in the data set itself, {root}; give a folder elsewhere")
    require_new(out)
    for sequence in sequences:
        require_images(sequence)
    LAYOUTS[layout](sequences, root, out, copy, on_image)
