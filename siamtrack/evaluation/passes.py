"""One pass over each of many sequences, kept in memory. Shape legend: T frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.lanes import Lanes
from siamtrack.evaluation.protocols import Row, one_pass
from siamtrack.evaluation.runner import Job, run


class Passed(NamedTuple):
    """What a tracker said of a sequence.

    Attributes:
        boxes_T4: float64 xywh, pixels, 0-based; the given box first.
        score_T: float64; 1 in the first frame, NaN from trackers that have none.
    """

    boxes_T4: np.ndarray
    score_T: np.ndarray


def pass_each(
    sequences: Iterable[Sequence], lanes: Lanes, ticked: Callable[[int], None] = lambda frames: None
) -> dict[str, Passed]:
    """Run a tracker once from each sequence's first frame to its last.

    Args:
        ticked: called after every step with the number of frames it took.

    Returns:
        By the sequences' names, in their order.

    Raises:
        ValueError: two sequences have one name.
        RuntimeError: a sequence failed; names it.
    """
    jobs = [Job(sequence.name, sequence, one_pass, len(sequence)) for sequence in sequences]
    names = [job.name for job in jobs]
    if len(set(names)) < len(names):
        raise ValueError(f"two sequences have one name among {', '.join(names)}; expected a name each")
    passed: dict[str, Passed] = {}

    def done(job: Job, rows: list[Row]) -> None:
        passed[job.name] = Passed(np.array([row.box for row in rows]), np.array([row.score for row in rows]))

    def failed(job: Job, error: Exception) -> None:
        raise RuntimeError(f"{job.name}: {error}") from error

    run(jobs, lanes, done, failed, ticked)
    return {name: passed[name] for name in names}
