"""Frames a second, from the times that lie beside VOT's results."""

from __future__ import annotations

import numpy as np

from siamtrack.evaluation import metrics
from siamtrack.evaluation.vot.results import Results
from siamtrack.evaluation.vot.trajectory import INIT


def frames_per_second(results: Results) -> float:
    """Over all frames of all runs but those of a start; NaN if no run has times."""
    taken = [
        run.trajectory.times_T[run.trajectory.codes_T != INIT]
        for _, runs in results
        for run in runs
        if run.trajectory.times_T is not None
    ]
    return metrics.frames_per_second(np.concatenate([np.empty(0), *taken]))
