"""Data sets written in other layouts, one file each."""

from __future__ import annotations

from pathlib import Path

from siamtrack.data.convert import got10k, pysot, vot
from siamtrack.data.convert.files import OnImage, require_new
from siamtrack.data.sequence import Sequence

_TREES = {"got10k": got10k.write, "vot": vot.write}
LAYOUTS = (*_TREES, "pysot")


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
        layout: one of `LAYOUTS`.
        copy: copy JPEG files instead of linking them; other images are encoded as JPEG either way.
        on_image: called after each image that was linked, copied or encoded.

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
    require_new(out)
    if layout == "pysot":
        pysot.write(sequences, out, root)
        return
    if out.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{out} lies in the data set itself, {root}; give a folder elsewhere")
    _TREES[layout](sequences, out, copy, on_image)
