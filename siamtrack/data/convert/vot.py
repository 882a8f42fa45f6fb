"""Write the sequences of a VOT workspace, anchors included, that the vot-toolkit reads.

Shape legend: T frames.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from siamtrack.data.anchors import place_anchors
from siamtrack.data.convert.files import (
    OnImage,
    number_lines,
    put_images,
    whole_lines,
    write_folders,
)
from siamtrack.data.sequence import Sequence

# The toolkit's own default; no layout that is read here says how fast it was filmed.
_FRAMES_PER_SECOND = 30


def write(sequences: list[Sequence], out: Path, copy: bool = False, on_image: OnImage = lambda: None) -> None:
    """`out/sequences/list.txt` and a folder a sequence: `sequence`, `color/`, `groundtruth.txt`, tags, `anchor.value`.

    Regions are 0-based polygons where the source has polygons, else boxes; frames without a box are `nan`. Anchors are
    the sequence's own, else `place_anchors`. Absence labels are written as the tag `absence`.

    Args:
        sequences: with images.
        out: an empty or new folder.
        copy: copy JPEG files instead of linking them.
        on_image: called after each image.

    Raises:
        ValueError: no run can start in a sequence; names it.
    """
    write_folders(sequences, out / "sequences", partial(_write_one, copy=copy, on_image=on_image))


def _write_one(sequence: Sequence, folder: Path, copy: bool, on_image: OnImage) -> None:
    width, height = sequence.image_size()
    anchors_T = place_anchors(sequence) if sequence.anchors_T is None else sequence.anchors_T
    (folder / "color").mkdir()
    put_images(sequence.images, folder / "color", copy, on_image)
    regions = sequence.boxes_T4 if sequence.polygons_T8 is None else sequence.polygons_T8
    (folder / "groundtruth.txt").write_text(number_lines(regions))
    (folder / "anchor.value").write_text(whole_lines(anchors_T))
    tags = dict(sequence.tags)
    if sequence.absent_T is not None:
        tags.setdefault("absence", sequence.absent_T)
    for tag, values_T in tags.items():
        (folder / f"{tag}.tag").write_text(whole_lines(values_T))
    properties = {
        "channel.default": "color",
        "channels.color": "color/%08d.jpg",
        "format": "default",
        "fps": _FRAMES_PER_SECOND,
        "height": height,
        "name": sequence.name,
        "width": width,
    }
    (folder / "sequence").write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
