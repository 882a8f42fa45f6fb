"""TrackingNet (Mueller et al. 2018): `TEST/frames/SEQ/0.jpg`, `TEST/anno/SEQ.txt`; likewise `TRAIN_0` to `TRAIN_11`.

Boxes are x,y,w,h, pixels counted from 0. Of the test set only the first box of each sequence is published.
"""

from __future__ import annotations

from pathlib import Path

from siamtrack.data.datasets.faults import loading
from siamtrack.data.datasets.files import list_images, nothing_found, only_first, paired, read_boxes
from siamtrack.data.sequence import Sequence


def load_test(root: Path) -> list[Sequence]:
    """The test sequences that are there, by name; boxes after the first are NaN, as they are withheld.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations and images do not match, or a line is not a box.
    """
    return _load(root, ["TEST"])


def load_train(root: Path) -> list[Sequence]:
    """The training sequences of the chunks that are there, chunk by chunk.

    Raises:
        FileNotFoundError: there is none.
        ValueError: annotations and images do not match, or a line is not a box.
    """
    return _load(root, [f"TRAIN_{number}" for number in range(12)])


def _load(root: Path, chunks: list[str]) -> list[Sequence]:
    sequences = []
    for chunk in chunks:
        for path in sorted((root / chunk / "anno").glob("*.txt")):
            images = list_images(root / chunk / "frames" / path.stem)
            if images:
                with loading(path.stem):
                    boxes_T4 = read_boxes(path, 0)
                    boxes_T4 = only_first(boxes_T4, len(images)) if chunk == "TEST" else boxes_T4
                    sequences.append(Sequence(path.stem, paired(images, boxes_T4, path), boxes_T4))
    if not sequences:
        raise nothing_found(root, "TrackingNet", f"{chunks[0]}/anno/SEQUENCE.txt and {chunks[0]}/frames/SEQUENCE/*.jpg")
    return sequences
