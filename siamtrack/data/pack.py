"""The training pack: WebP crops round one object each, listed in an `index.tsv`.

Columns, tab-separated: `file width height box_xywh class group set other_boxes_xywh` (pixels, 0-based). Rows that share
a `group` other than `-` show the same physical object in frame order; every other row is a still.
"""

from __future__ import annotations

import csv
import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siamtrack.data.images import ImageFiles, read_image
from siamtrack.data.sequence import Sequence


@dataclass(frozen=True)
class Track:
    """One object seen in one or more images.

    Attributes:
        name: the group's name, or the file's for a still.
        set: the data set it comes from; sampling weights are given by set.
        category: class name as the source gives it.
        files: paths of the images, in frame order.
        boxes_T4: (T, 4) float32 xywh, pixels of each image.
        others: of each image, (M, 4) float32 xywh of the other objects in it.
    """

    name: str
    set: str
    category: str
    files: tuple[Path, ...]
    boxes_T4: np.ndarray
    others: tuple[np.ndarray, ...] = ()


def load_pack(root: str | Path) -> list[Track]:
    """Read `root/index.tsv`.

    Raises:
        FileNotFoundError: there is no index.
        ValueError: a row has no four-number box of positive size.
    """
    root = Path(root)
    grouped: dict[str, list[tuple[dict[str, str], np.ndarray]]] = defaultdict(list)
    with (root / "index.tsv").open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            box = _parse_box(row["box_xywh"])
            if box is None:
                raise ValueError(f"{root / 'index.tsv'}: {row['file']} has box {row['box_xywh']!r}, expected x,y,w,h")
            grouped[row["file"] if row["group"] == "-" else row["group"]].append((row, box))
    return [
        Track(
            name=name,
            set=rows[0][0]["set"],
            category=rows[0][0]["class"],
            files=tuple(root / row["file"] for row, _ in rows),
            boxes_T4=np.stack([box for _, box in rows]),
            others=tuple(_parse_others(row["other_boxes_xywh"]) for row, _ in rows),
        )
        for name, rows in grouped.items()
    ]


def _parse_box(text: str) -> np.ndarray | None:
    try:
        box = np.array([float(number) for number in text.split(",")], np.float32)
    except ValueError:
        return None
    return box if box.shape == (4,) and np.isfinite(box).all() and (box[2:] > 0).all() else None


def _parse_others(text: str | None) -> np.ndarray:
    boxes = [box for box in map(_parse_box, (text or "").split(";")) if box is not None]
    return np.stack(boxes) if boxes else np.zeros((0, 4), np.float32)


def split_by_source(tracks: list[Track], sources: dict[str, str], percent: int) -> tuple[list[Track], list[Track]]:
    """Training and held-out tracks; about `percent` of the sources are held out, so no scene is on both sides.

    Args:
        sources: track name -> source, see `video_sources`; tracks without a source stay in training.
        percent: 0-100. The choice depends on the source's name alone and so is stable when tracks are added.
    """
    held = {source for source in sources.values() if zlib.crc32(source.encode()) % 100 < percent}
    return (
        [track for track in tracks if sources.get(track.name) not in held],
        [track for track in tracks if sources.get(track.name) in held],
    )


def held_out_videos(root: str | Path, percent: int) -> list[Sequence]:
    """The held-out tracks as sequences; their images are cut-outs that differ in size.

    Raises:
        FileNotFoundError, ValueError: see `load_pack`; or no source is held out.
    """
    held_out = split_by_source(load_pack(root), video_sources(root), percent)[1]
    if not held_out:
        raise ValueError(f"{root}: {percent} % of its sources are none; expected some tracks to be held out")
    return [
        Sequence(track.name, ImageFiles(track.files), track.boxes_T4.astype(np.float64), category=track.category)
        for track in held_out
    ]


def video_sources(root: str | Path) -> dict[str, str]:
    """Track name -> source of its footage, from `root/vid_sources.tsv`."""
    with (Path(root) / "vid_sources.tsv").open(newline="") as file:
        return {row["group"]: row["source"] for row in csv.DictReader(file, delimiter="\t")}


class ImageCache:
    """Decoded images kept in memory (the whole pack is 3.5 GB): decoding costs more than everything else in a pair."""

    def __init__(self) -> None:
        self._images: dict[Path, np.ndarray] = {}

    def __call__(self, path: Path) -> np.ndarray:
        """H x W x 3 uint8 BGR; treat as read-only.

        Raises:
            ValueError: the file is no readable image.
        """
        image = self._images.get(path)
        if image is None:
            self._images[path] = image = read_image(path)
        return image
