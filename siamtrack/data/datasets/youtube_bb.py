"""YouTube-BoundingBoxes (Real et al. 2017): the official list, and the frames that you extracted.

    yt_bb_detection_train.csv        youtube_id,timestamp_ms,class_id,class_name,object_id,presence,xmin,xmax,ymin,ymax
    yt_bb_detection_train/CLASS_ID/YOUTUBE-ID_TIMESTAMP_CLASS-ID_OBJECT-ID.jpg     e.g. 0/AAB6lO-XiKE_238000_0_0.jpg

Frames are named as the youtube-bb-utility that pysot's recipe uses names them. Many videos have vanished from YouTube:
rows without a frame are left out. Coordinates are shares of the frame, so one frame of each target is opened to see how
large the frames are.

Shape legend: T frames, M objects of a frame.
"""

from __future__ import annotations

import csv
import os
from array import array
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import nothing_found
from siamtrack.data.datasets.others import each_without
from siamtrack.data.images import ImageFiles, read_size
from siamtrack.data.sequence import Sequence

_NAME = "yt_bb_detection_train"


def load_train(root: Path) -> list[Sequence]:
    """The targets of the training list of which frames are there, about one frame a second.

    Named YOUTUBE-ID_CLASS-ID_OBJECT-ID. A row that says absent has a NaN box. Others are the other listed objects at
    the same time of the same video.

    Raises:
        FileNotFoundError: there is none.
        ValueError: a line is not what it should be, or a frame is unreadable; names it.
    """
    sequences: list[Sequence] = []
    if (root / f"{_NAME}.csv").is_file():
        for video, tracks in _read_list(root).items():
            sequences += _of_video(root / _NAME, video, tracks)
    if not sequences:
        raise nothing_found(root, "YouTube-BB", f"{_NAME}.csv and {_NAME}/CLASS/ID_TIMESTAMP_CLASS_OBJECT.jpg")
    return sequences


class _Track(NamedTuple):
    """The rows of one object: timestamp in ms, then xmin, xmax, ymin, ymax as shares; NaN where it is absent."""

    category: str
    rows: array[float]  # there are millions


_Key = tuple[str, str]  # class id, object id


def _read_list(root: Path) -> dict[str, dict[_Key, _Track]]:
    """The rows that have a frame, by video and object."""
    videos: dict[str, dict[_Key, _Track]] = defaultdict(dict)
    frames: dict[str, frozenset[str]] = {}  # names by class
    path = root / f"{_NAME}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.reader(file), 1):
            with loading(f"{path.name} line {number}"):
                (video, timestamp_ms, class_id, category, object_id), values = _parse(row, f"{path} line {number}")
                if class_id not in frames:
                    folder = root / _NAME / class_id
                    frames[class_id] = frozenset(os.listdir(folder)) if folder.is_dir() else frozenset()
                if _frame(video, timestamp_ms, (class_id, object_id)) in frames[class_id]:
                    track = videos[video].setdefault((class_id, object_id), _Track(category, array("d")))
                    track.rows.extend(values)
    return videos


def _parse(row: list[str], where: str) -> tuple[list[str], list[float]]:
    """The first five fields, and the row of a `_Track`."""
    try:
        if len(row) != 10 or row[5] not in ("present", "absent"):
            raise ValueError
        shares = [float(text) for text in row[6:]] if row[5] == "present" else [np.nan] * 4
        return row[:5], [int(row[1]), *shares]
    except ValueError:
        line = ",".join(row)[:80]
        expected = "id,timestamp,class,name,object,present or absent,xmin,xmax,ymin,ymax"
        raise ValueError(f"{where}: {line!r}, expected {expected}") from None


def _frame(video: str, timestamp_ms: str, key: _Key) -> str:
    return f"{video}_{timestamp_ms}_{key[0]}_{key[1]}.jpg"


def _of_video(folder: Path, video: str, tracks: dict[_Key, _Track]) -> list[Sequence]:
    rows = {key: _in_order(track) for key, track in tracks.items()}
    others = _others(rows)
    sequences = []
    for key, rows_T5 in rows.items():
        name = f"{video}_{key[0]}_{key[1]}"
        with loading(name):
            images = ImageFiles(folder / key[0] / _frame(video, str(int(row[0])), key) for row in rows_T5)
            width, height = size = read_size(images.paths[0])
            scale = np.array([width, height, width, height], np.float64)
            boxes_T4 = _boxes(rows_T5)
            sequences.append(
                Sequence(
                    name,
                    images,
                    boxes_T4 * scale,
                    absent_T=np.isnan(boxes_T4).any(1),
                    category=tracks[key].category,
                    size=size,
                    others=tuple(others[row[0], key] * scale for row in rows_T5),
                )
            )
    return sequences


def _in_order(track: _Track) -> np.ndarray:
    """(T, 5) rows by time."""
    rows_T5 = np.array(track.rows).reshape(-1, 5)
    return rows_T5[rows_T5[:, 0].argsort(kind="stable")]


def _boxes(rows_T5: np.ndarray) -> np.ndarray:
    """(T, 4) xywh as shares of the frame."""
    left, right, top, bottom = rows_T5[:, 1:].T
    return np.stack((left, top, right - left, bottom - top), 1)


def _others(rows: dict[_Key, np.ndarray]) -> dict[tuple[float, _Key], np.ndarray]:
    """For each time and object of a video the boxes of the others at that time, as shares."""
    times: dict[float, dict[_Key, np.ndarray]] = defaultdict(dict)
    for key, rows_T5 in rows.items():
        for time, box in zip(rows_T5[:, 0], _boxes(rows_T5), strict=True):
            times[time][key] = box
    return {
        (time, key): others_M4
        for time, boxes in times.items()
        for key, others_M4 in zip(boxes, each_without(np.stack(list(boxes.values()))), strict=True)
    }
