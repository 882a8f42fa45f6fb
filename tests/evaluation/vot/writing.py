"""Trajectories as VOT's text files, to be read and scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from siamtrack.atomic import write_text
from siamtrack.evaluation.vot.trajectory import REGION, Trajectory


def write_trajectory(folder: Path, sequence_name: str, trajectory: Trajectory) -> Path:
    """Write `folder/baseline/SEQ/SEQ_001.txt` (reset layout), scores and times if there are any beside it.

    Regions have 4 decimals.

    Args:
        folder: the tracker's.

    Returns:
        The file with the regions.
    """
    stem = folder / "baseline" / sequence_name / f"{sequence_name}_001"
    for kind, values_T in (("confidence", trajectory.confidence_T), ("time", trajectory.times_T)):
        if values_T is not None:
            text = "".join("\n" if np.isnan(value) else f"{value:.8f}\n" for value in values_T)
            write_text(stem.with_name(f"{stem.name}_{kind}.value"), text)
    lines = [str(code) for code in trajectory.codes_T.tolist()]
    for index in np.flatnonzero(trajectory.codes_T == REGION).tolist():
        row = trajectory.boxes_T4[index]
        if trajectory.polygons_T8 is not None and np.isfinite(trajectory.polygons_T8[index]).all():
            row = trajectory.polygons_T8[index]
        lines[index] = ",".join(f"{value:.4f}" for value in row)
    return write_text(stem.with_name(f"{stem.name}.txt"), "".join(f"{line}\n" for line in lines))
