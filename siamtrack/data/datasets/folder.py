"""A person's own data: images or a video each, and a text file of boxes.

    ROOT/cat/0001.jpg ...  cat/groundtruth.txt        a folder of images (also in cat/img, cat/color)
    ROOT/dog/video.mp4     dog/boxes.csv              a folder with one video
    ROOT/car.mp4           car.txt                    a video and a file of the same name
    ROOT/0001.jpg ...      ROOT/groundtruth.txt       the root is the only sequence

What box files may hold, stands in `folder_boxes.py`. Frames beyond its rows have no box (NaN): with the first box alone
a sequence can be tracked, but not scored. Several targets in a file become the sequences `car.1`, `car.2` ..., and each
is told of the others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import list_images, nothing_found, subfolders
from siamtrack.data.datasets.folder_boxes import Target, read_targets
from siamtrack.data.datasets.others import with_others
from siamtrack.data.images import ImageFiles, Images, VideoImages
from siamtrack.data.sequence import Sequence
from siamtrack.data.wording import amount

_BOX_NAMES = ("groundtruth", "groundtruth_rect", "boxes", "tracks", "gt")
_BOX_SUFFIXES = (".txt", ".csv", ".jsonl")
_VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mkv", ".mov", ".m4v", ".webm", ".mpg", ".mpeg", ".ts", ".wmv"})
_IMAGE_FOLDERS = ("", "img", "color", "images")


def load(root: Path) -> list[Sequence]:
    """Every sequence that is there, by name. Videos are decoded once, to know how many frames they have.

    Raises:
        FileNotFoundError: there is none.
        ValueError: a box file has a line that is no box, or more rows than there are frames; a video is damaged; a
            folder has several videos and nothing says which is meant.
    """
    sequences: list[Sequence] = []
    with loading(root.resolve().name):
        sequences += _of_folder(root, root.resolve().name)
    if not sequences:
        for folder in subfolders(root):
            with loading(folder.name):
                sequences += _of_folder(folder, folder.name)
        for video in _videos(root):
            box_file = _first_file(root, (video.stem,))
            if box_file is not None:
                with loading(video.stem):
                    sequences += _of_video(video, video.stem, box_file)
    if not sequences:
        raise nothing_found(root, "annotated", "SEQUENCE/*.jpg and SEQUENCE/groundtruth.txt, or NAME.mp4 and NAME.txt")
    return sorted(sequences, key=lambda sequence: sequence.name)


def _of_folder(folder: Path, name: str) -> list[Sequence]:
    """The sequences of a folder that holds images, or one video, and a box file; none of any other folder."""
    box_file = _first_file(folder, _BOX_NAMES)
    if box_file is None:
        return []
    for below in _IMAGE_FOLDERS:
        images = list_images(folder / below)
        if images:
            return with_others([_sequence(t, name, ImageFiles(images), box_file) for t in read_targets(box_file)])
    videos = _videos(folder)
    if len(videos) > 1:
        raise ValueError(f"{folder} has {len(videos)} videos, expected one beside {box_file.name}")
    return _of_video(videos[0], name, box_file) if videos else []


def _of_video(video: Path, name: str, box_file: Path) -> list[Sequence]:
    # Each target reads for itself: they are not always at the same frame.
    return with_others([_sequence(target, name, VideoImages(video), box_file) for target in read_targets(box_file)])


def _first_file(folder: Path, names: tuple[str, ...]) -> Path | None:
    paths = [folder / f"{name}{suffix}" for name in names for suffix in _BOX_SUFFIXES]
    return next((path for path in paths if path.is_file()), None)


def _videos(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _VIDEO_SUFFIXES and path.is_file())


def _sequence(target: Target, name: str, images: Images, where: Path) -> Sequence:
    frames, rows = len(images), len(target.boxes_T4)
    if rows > frames:
        raise ValueError(f"{where}: boxes for {amount(rows, 'frame')}, but only {amount(frames, 'image')}")
    missing = ((0, frames - rows), (0, 0))
    polygons_T8, absent_T = target.polygons_T8, target.absent_T
    return Sequence(
        f"{name}.{target.name}" if target.name else name,
        images,
        np.pad(target.boxes_T4, missing, constant_values=np.nan),
        polygons_T8=None if polygons_T8 is None else np.pad(polygons_T8, missing, constant_values=np.nan),
        absent_T=None if absent_T is None else np.pad(absent_T, missing[0]),
    )
