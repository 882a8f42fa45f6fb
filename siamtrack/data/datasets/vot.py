"""VOT, 2013 to 2022, short-term and long-term: `list.txt`, `SEQ/color/00000001.jpg`, `SEQ/groundtruth.txt`.

Frames lie in `color/`, where `SEQ/sequence` says (`channels.color=color/%08d.jpg`), or until 2015 in the sequence's
folder itself. A workspace of the vot-toolkit is read too. A line of ground truth is

    x,y,w,h                         2013, long-term, some sequences of later years
    x1,y1,x2,y2,x3,y3,x4,y4         2014-2019, a rotated region; its box is the smallest upright one round it
    mx,y,w,h,run,run...             2020-2022, a mask; x,y,w,h is the smallest box round it, and all that is read here
    nan,...  or 0                   the target is absent

Pixels count from 0. `TAG.tag` and `TAG.label` hold 0 or 1 a frame; missing ones at their end are 0, as the vot-toolkit
takes them. `anchor.value` (2020+) says where runs start.

Shape legend: T frames.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import list_images, nothing_found, paired, read_labels, read_list, subfolders
from siamtrack.data.sequence import Sequence
from siamtrack.data.textfile import split_numbers
from siamtrack.geometry.polygons import around, corners


def load(root: Path) -> list[Sequence]:
    """The sequences that are there, in the order of `list.txt`, else by name.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations, tags and images do not match, or a line is no region; names it.
    """
    folder = root / "sequences" if (root / "sequences").is_dir() else root
    listed = folder / "list.txt"
    folders = [folder / name for name in read_list(listed)] if listed.is_file() else subfolders(folder)
    sequences = []
    for path in folders:
        with loading(path.name):
            images = _list_frames(path) if (path / "groundtruth.txt").is_file() else []
            sequences += [_load_one(path, images)] if images else []
    if not sequences:
        raise nothing_found(root, "VOT", "SEQUENCE/groundtruth.txt and SEQUENCE/color/*.jpg")
    return sequences


def _list_frames(folder: Path) -> list[Path]:
    pattern = _read_properties(folder / "sequence").get("channels.color", "color/%08d.jpg")
    return list_images((folder / pattern).parent) or list_images(folder)


def _read_properties(path: Path) -> dict[str, str]:
    """`key=value` lines; none if there is no such file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def _load_one(folder: Path, images: list[Path]) -> Sequence:
    boxes_T4, polygons_T8 = read_regions(folder / "groundtruth.txt")
    frames = len(boxes_T4)
    properties = _read_properties(folder / "sequence")
    size = properties.get("width", ""), properties.get("height", "")
    anchors = folder / "anchor.value"
    return Sequence(
        folder.name,
        paired(images, boxes_T4, folder),
        boxes_T4,
        polygons_T8=polygons_T8,
        absent_T=absent_frames(boxes_T4),
        tags={
            path.stem: read_labels(path, frames, pad=True) == 1
            for path in sorted([*folder.glob("*.tag"), *folder.glob("*.label")])
        },
        size=(int(size[0]), int(size[1])) if size[0].isdecimal() and size[1].isdecimal() else None,
        anchors_T=read_labels(anchors, frames, pad=True).astype(np.int64) if anchors.is_file() else None,
    )


def absent_frames(boxes_T4: np.ndarray) -> np.ndarray | None:
    """(T,) bool: the target is absent where there is no box of any size; None if it never is."""
    absent_T = np.asarray(~(boxes_T4[:, 2:] > 0).all(1))
    return absent_T if absent_T.any() else None


def read_regions(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Boxes (T, 4) xywh and polygons (T, 8), None where no line has eight numbers.

    Raises:
        ValueError: a line is no region, or there is none; names file and line.
        OSError: the file cannot be read.
    """
    lines = path.read_text(encoding="utf-8-sig", errors="replace").rstrip().splitlines()
    if not lines:
        raise ValueError(f"{path} is empty, expected a region a line")
    return split_regions([_parse_region(line, f"{path} line {number}") for number, line in enumerate(lines, 1)])


def _parse_region(line: str, where: str) -> list[float]:
    """4 or 8 numbers; all NaN where the target is absent."""
    texts = split_numbers(line.lstrip().removeprefix("m"))
    texts = texts[:4] if line.lstrip().startswith("m") else texts
    try:
        values = [float(text) for text in texts]
    except ValueError:
        values = []
    if values == [0.0] or (len(values) in (1, 4, 8) and np.isnan(values).any()):
        return [np.nan] * 4
    if len(values) not in (4, 8):
        raise ValueError(f"{where}: {line[:80]!r}, expected 4 or 8 numbers or a mask (mX,Y,W,H,...)")
    return values


def split_regions(regions: list[list[float]]) -> tuple[np.ndarray, np.ndarray | None]:
    """Regions of 4 (xywh) or 8 numbers each as boxes (T, 4) and polygons (T, 8), the latter None if all have 4."""
    boxes_T4, polygons_T8 = np.full((len(regions), 4), np.nan), np.full((len(regions), 8), np.nan)
    for frame, region in enumerate(regions):
        (boxes_T4 if len(region) == 4 else polygons_T8)[frame] = region
    rotated_T1 = np.array([[len(region) == 8] for region in regions], bool)
    if not rotated_T1.any():
        return boxes_T4, None
    return np.where(rotated_T1, around(polygons_T8), boxes_T4), np.where(rotated_T1, polygons_T8, corners(boxes_T4))
