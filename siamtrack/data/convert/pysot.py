"""Write a list of sequences as the pysot toolkit reads it: one JSON file beside the images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from siamtrack.atomic import write_text
from siamtrack.data.convert.files import require_images
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence


def write(sequences: list[Sequence], out: Path, root: Path) -> None:
    """`out` becomes a JSON object: sequence name -> video_dir, init_rect, img_names, gt_rect, attr, width, height.

    Regions count pixels as the data set's own files do, as pysot's own lists have them (OTB: from 1); they are polygons
    where the source has polygons. Frames without a box are `NaN`, which Python's json reads. Tags become a list of 0
    and 1 each, under their names. `absent` is 1 where the target is there: pysot counts the frames that have a 1.

    Args:
        sequences: with image files under `root`.
        out: a new file.
        root: what image names are relative to: pysot's `dataset_root`.

    Raises:
        ValueError: a sequence is not of image files under `root`; names it.
    """
    require_images(sequences)
    entries = {sequence.name: _entry(sequence, root.resolve()) for sequence in sequences}
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, json.dumps(entries))


def _entry(sequence: Sequence, root: Path) -> dict[str, Any]:
    names = _names(sequence, root)
    regions = sequence.boxes_T4 if sequence.polygons_T8 is None else sequence.polygons_T8
    corner = sequence.origin if sequence.polygons_T8 is not None else np.array([sequence.origin] * 2 + [0.0] * 2)
    rects = np.round(regions + corner, 4).tolist()
    width, height = sequence.image_size()
    entry: dict[str, Any] = {
        "video_dir": names[0].split("/")[0] if "/" in names[0] else "",
        "init_rect": rects[0],
        "img_names": names,
        "gt_rect": rects,
        "attr": list(sequence.attributes),
        "width": width,
        "height": height,
    }
    if sequence.absent_T is not None:
        entry["absent"] = (~sequence.absent_T).astype(int).tolist()
    return entry | {tag: values_T.astype(int).tolist() for tag, values_T in sequence.tags.items()}


def _names(sequence: Sequence, root: Path) -> list[str]:
    if not isinstance(sequence.images, ImageFiles):
        raise ValueError(f"{sequence.name} is a video; pysot reads image files (convert to got10k first)")
    # Folders may be links, images are often; what counts is the name under `root`.
    paths = [path.parent.resolve() / path.name for path in sequence.images.paths]
    for path in paths:
        if not path.is_relative_to(root):
            raise ValueError(f"{sequence.name}: {path} is not under {root}; pysot names images relative to one folder")
    return [path.relative_to(root).as_posix() for path in paths]
