"""One-pass evaluation: the first box is given, every later one is the tracker's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.metrics import iou, precision, success_auc
from siamtrack.tracking.tracker import Tracker


@dataclass(frozen=True)
class SequenceScore:
    """Scores of one sequence, 0-1; the first frame counts, with the ground truth as its box."""

    name: str
    frames: int
    success_auc: float
    precision: float


def run_sequence(tracker: Tracker, sequence: Sequence) -> np.ndarray:
    """(T, 4) float64 xywh, the given first box included.

    Raises:
        ValueError: an unreadable image; names it.
    """
    tracker.start(sequence.images.read(0), sequence.boxes_T4[0])
    boxes = [sequence.boxes_T4[0]]
    for index in range(1, len(sequence)):
        boxes.append(tracker.track(sequence.images.read(index)).boxes[0])
    return np.array(boxes, np.float64)


def score_sequence(sequence: Sequence, boxes_T4: np.ndarray) -> SequenceScore:
    """Score the boxes of one run."""
    overlap_T = iou(boxes_T4, sequence.boxes_T4)
    return SequenceScore(sequence.name, len(overlap_T), success_auc(overlap_T), precision(boxes_T4, sequence.boxes_T4))
