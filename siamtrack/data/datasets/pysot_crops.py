"""The crops that pysot's recipes make of VID, DET, COCO, YouTube-BB and others, which many have on disk.

    train.json (train2017.json of COCO)     {video: {track: {frame: [x1, y1, x2, y2]}}}, pixels of the whole frame
    crop511/VIDEO/FRAME.TRACK.x.jpg         511 x 511 pixels round the target, e.g. crop511/a/NAME/000012.00.x.jpg

(pysot, training_dataset/*/par_crop.py and gen_json.py.) The target is in the middle of its crop, 127 of whose pixels
are its size with context: side s of a box of w x h has s^2 = (w + (w + h) / 2) (h + (w + h) / 2). The crop is
511 / 127 s wide, and its first and last pixels' centres lie 510 apart. So a frame's pixel is 127 / s x 510 / 511 of a
crop's; pysot's training takes boxes 511 / 510 times as large. Frames whose crops are not there are left out.

Shape legend: T frames, M objects of a frame.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import nothing_found
from siamtrack.data.datasets.others import each_without
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence

_LISTS = ("train.json", "train2017.json")
_SIDE, _TEMPLATE, _CONTEXT = 511, 127, 0.5

# Of a track: xywh in frame pixels by frame.
_Boxes = dict[str, np.ndarray]


def load(root: Path) -> list[Sequence]:
    """The tracks of which crops are there, named VIDEO.TRACK, in crop pixels.

    Other tracks of the frame are its others, where they have been cut as well; some lie beyond the crop.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the list is not what it should be; names the place. The list that pysot's gen_json.py makes of
            YouTube-BB holds shares of the frame, from which the shape of a box cannot be told: `youtube_bb.py` reads
            that data set itself.
    """
    sequences: list[Sequence] = []
    largest = 0.0
    listed = next((root / name for name in _LISTS if (root / name).is_file()), None)
    for video, tracks in _read_list(listed).items() if listed is not None else ():
        folder = root / f"crop{_SIDE}" / video
        with loading(video):
            there = frozenset(os.listdir(folder)) if folder.is_dir() else frozenset()
            boxes = _parse_video(tracks, there, f"{listed}: {video}")
            largest = max([largest, *(box.max() for frames in boxes.values() for box in frames.values())])
            sequences += _of_video(folder, video, boxes)
    if not sequences:
        raise nothing_found(root, "cropped training", f"train.json and crop{_SIDE}/VIDEO/FRAME.TRACK.x.jpg")
    if largest <= 1:
        raise ValueError(f"{listed} has boxes in shares of the frame, expected pixels")
    return sequences


def _read_list(path: Path) -> dict[str, Any]:
    try:
        videos = json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} is no JSON file: {error}") from None
    if not isinstance(videos, dict):
        raise ValueError(f"{path}: expected an object of videos, as pysot's lists have it")
    return videos


def _parse_video(tracks: Any, there: frozenset[str], where: str) -> dict[str, _Boxes]:
    """Each track's boxes in the order of its frames, of those whose crops are there."""
    if not isinstance(tracks, dict) or not all(isinstance(frames, dict) for frames in tracks.values()):
        raise ValueError(f"{where} is {str(tracks)[:80]}, expected an object of tracks, each one of frames")
    boxes: dict[str, _Boxes] = {}
    for track, frames in tracks.items():
        names = sorted(frame for frame in frames if _crop(frame, track) in there)
        boxes[track] = {frame: _parse_box(frames[frame], f"{where}, track {track}, frame {frame}") for frame in names}
    return boxes


def _parse_box(given: Any, where: str) -> np.ndarray:
    try:
        left, top, right, bottom = (float(number) for number in given)
    except (TypeError, ValueError):
        raise ValueError(f"{where}: box {str(given)[:80]}, expected x1, y1, x2, y2") from None
    return np.array([left, top, right - left, bottom - top])


def _crop(frame: str, track: str) -> str:
    return f"{frame}.{track}.x.jpg"


def _of_video(folder: Path, video: str, tracks: dict[str, _Boxes]) -> list[Sequence]:
    others = _others(tracks)
    return [
        Sequence(
            f"{video}.{track}",
            ImageFiles(folder / _crop(frame, track) for frame in frames),
            np.concatenate([_into_crop(box[None], box) for box in frames.values()]),
            size=(_SIDE, _SIDE),
            others=tuple(_into_crop(others[frame, track], box) for frame, box in frames.items()),
        )
        for track, frames in tracks.items()
        if frames
    ]


def _others(tracks: dict[str, _Boxes]) -> dict[tuple[str, str], np.ndarray]:
    """For each frame and track the boxes of the other tracks there, in frame pixels."""
    at: dict[str, _Boxes] = defaultdict(dict)
    for track, frames in tracks.items():
        for frame, box in frames.items():
            at[frame][track] = box
    return {
        (frame, track): others_M4
        for frame, boxes in at.items()
        for track, others_M4 in zip(boxes, each_without(np.stack(list(boxes.values()))), strict=True)
    }


def _into_crop(boxes_M4: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(M, 4) xywh of a frame in pixels of the crop round `target` (4,); NaN where that has no size at all."""
    context = _CONTEXT * target[2:].sum()
    area = float(np.prod(target[2:] + context))
    scale = _TEMPLATE / np.sqrt(area) * (_SIDE - 1) / _SIDE if area > 0 else np.nan
    moved_M2 = (boxes_M4[:, :2] - target[:2] - target[2:] / 2) * scale + _SIDE / 2
    return np.concatenate((moved_M2, boxes_M4[:, 2:] * scale), 1)
