"""What the writers of all layouts share: folders that appear whole, images that are linked, lines of numbers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as Many
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from siamtrack.atomic import write_text
from siamtrack.data.images import ImageFiles, Images
from siamtrack.data.sequence import Sequence
from siamtrack.data.wording import amount

# OpenCV's own default: what images that are no JPEG files are encoded with.
JPEG_QUALITY = 95

OnImage = Callable[[], object]


def require_new(out: Path) -> None:
    """Refuse to write over anything.

    Raises:
        FileExistsError: `out` is a file, or a folder that holds something; names it.
    """
    if out.is_dir() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty; give a new folder")
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"{out} exists already; give a new name")


def require_images(sequences: Many[Sequence]) -> None:
    """Refuse what cannot be converted.

    Raises:
        ValueError: a sequence has no images, or not as many as boxes; names it.
    """
    for sequence in sequences:
        images, frames = len(sequence.images), len(sequence)
        if images != frames or not frames:
            raise ValueError(
                f"{sequence.name}: {amount(images, 'image')} and {amount(frames, 'box', 'boxes')}; "
                "conversion needs an image for each box"
            )


def write_folders(sequences: Many[Sequence], out: Path, write_one: Callable[[Sequence, Path], object]) -> None:
    """A folder in `out` for each sequence, and `list.txt`, their names in order.

    Args:
        sequences: with images.
        out: made where it is missing.
        write_one: fills the folder of a sequence.

    Raises:
        ValueError: a sequence has no images, or not as many as boxes; names it.
    """
    require_images(sequences)
    out.mkdir(parents=True, exist_ok=True)
    for sequence in sequences:
        with _whole_folder(out / sequence.name) as folder:
            write_one(sequence, folder)
    write_text(out / "list.txt", "".join(f"{sequence.name}\n" for sequence in sequences))


@contextmanager
def _whole_folder(final: Path) -> Iterator[Path]:
    """A folder to write into that is called `final` only once the block ends well; otherwise nothing is left."""
    part = final.with_name(f".{final.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        os.replace(part, final)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def are_jpeg(images: Images) -> bool:
    """Whether all are JPEG files by name, which need not be encoded anew."""
    return isinstance(images, ImageFiles) and all(path.suffix.lower() in (".jpg", ".jpeg") for path in images.paths)


def put_images(images: Images, folder: Path, copy: bool, on_image: OnImage) -> None:
    """`folder/00000001.jpg` and so on: links to JPEG files (copies if `copy`), anything else encoded as JPEG.

    Raises:
        ValueError: an image is unreadable; names it.
    """
    for index in range(len(images)):
        _put(images, index, folder / f"{index + 1:08d}.jpg", copy)
        on_image()
    images.close()


def _put(images: Images, index: int, target: Path, copy: bool) -> None:
    path = images.paths[index] if isinstance(images, ImageFiles) else None
    if path is None or path.suffix.lower() not in (".jpg", ".jpeg"):
        data = cv2.imencode(".jpg", images.read(index), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        target.write_bytes(data.tobytes())
    elif copy:
        shutil.copyfile(path, target)
    else:
        target.symlink_to(path.resolve(strict=True))


def number_lines(rows: np.ndarray) -> str:
    """Comma-separated, a line a row; four decimals, as GOT-10k's own files have them."""
    return _lines(",".join(f"{value:.4f}" for value in row) for row in rows.tolist())


def whole_lines(values: np.ndarray) -> str:
    """A whole number a line; True is 1."""
    return _lines(str(int(value)) for value in values.tolist())


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
