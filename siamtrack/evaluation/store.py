"""Where the results of a run go: text files that the toolkits read, boxes in the data set's own coordinates.

    TRACKER/Deer.txt                       one-pass: x,y,w,h a frame, the given box first
    TRACKER/Deer_confidence.value          scores, 0-1
    TRACKER/times/Deer_time.txt            seconds a frame
    TRACKER/SEQ/SEQ_001.txt, SEQ_time.txt  GOT-10k
    TRACKER/baseline/SEQ/SEQ_001.txt       VOT reset-based; 1 start, 2 failure, 0 skipped; x1,y1,...,x4,y4 or x,y,w,h
    TRACKER/baseline/SEQ/SEQ_00000050.txt  VOT anchor-based, a file an anchor
    TRACKER/longterm/SEQ/SEQ_001.txt       VOT long-term
    TRACKER/tre/SEQ/SEQ_00000012.txt       robustness to when (first frame) and how (number) a run is started
    TRACKER/sre/SEQ/SEQ_00000003.txt

The file with the boxes is written last: where it is, the run is complete.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from siamtrack.atomic import write_text
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.protocols import Pass, Row, anchored, one_pass, reset, spatial, temporal
from siamtrack.evaluation.runner import Job


@dataclass(frozen=True)
class RunFiles:
    """The files of one run, relative to the tracker's folder.

    Attributes:
        rotated: whether a polygon takes the box's place where the tracker gives one.
    """

    boxes: Path
    scores: Path
    times: Path
    rotated: bool = field(default=False, kw_only=True)


def _one_pass_runs(sequence: Sequence) -> list[tuple[Job, RunFiles]]:
    """OTB's layout, read by every toolkit for OTB-like sets."""
    name = sequence.name
    files = RunFiles(Path(f"{name}.txt"), Path(f"{name}_confidence.value"), Path(f"times/{name}_time.txt"))
    return [(Job(name, sequence, one_pass, len(sequence)), files)]


def _got10k_runs(sequence: Sequence) -> list[tuple[Job, RunFiles]]:
    """GOT-10k's layout, as its toolkit reads it and its server wants it."""
    name = sequence.name
    files = [Path(name, f"{name}{end}") for end in ("_001.txt", "_001_confidence.value", "_time.txt")]
    return [(Job(name, sequence, one_pass, len(sequence)), RunFiles(*files))]


def _reset_runs(sequence: Sequence) -> list[tuple[Job, RunFiles]]:
    """VOT 2013-2019, the "baseline" experiment."""
    return [(Job(sequence.name, sequence, reset, len(sequence)), _vot_files("baseline", sequence.name, "001"))]


def _long_term_runs(sequence: Sequence) -> list[tuple[Job, RunFiles]]:
    """VOT-LT: one pass; the scores say when the target is there."""
    return [(Job(sequence.name, sequence, one_pass, len(sequence)), _vot_files("longterm", sequence.name, "001"))]


def _many_runs(
    folder: str, passes: Callable[[Sequence], dict[int, Pass]], sequence: Sequence
) -> list[tuple[Job, RunFiles]]:
    runs = []
    for number, one in passes(sequence).items():
        files = _vot_files(folder, sequence.name, f"{number:08d}")
        protocol = partial(one_pass, frames=one.frames, box=one.box)
        runs.append((Job(f"{sequence.name}_{number:08d}", sequence, protocol, len(one.frames)), files))
    return runs


def _vot_files(experiment: str, name: str, run: str) -> RunFiles:
    stem = Path(experiment, name, f"{name}_{run}")
    files = [stem.with_name(stem.name + end) for end in (".txt", "_confidence.value", "_time.value")]
    return RunFiles(*files, rotated=experiment == "baseline")


# Protocol -> from a sequence to its runs.
RUNS: dict[str, Callable[[Sequence], list[tuple[Job, RunFiles]]]] = {
    "one-pass": _one_pass_runs,
    "got10k": _got10k_runs,
    "reset": _reset_runs,
    "anchor": partial(_many_runs, "baseline", anchored),
    "long-term": _long_term_runs,
    "tre": partial(_many_runs, "tre", temporal),
    "sre": partial(_many_runs, "sre", spatial),
}


def write_run(folder: Path, files: RunFiles, rows: list[Row], origin: float) -> None:
    """Write one run into a tracker's folder; every file appears whole or not at all.

    Args:
        origin: what the data set's files call the first pixel.
    """
    if any(np.isfinite(row.score) for row in rows[1:]):  # a start is sure of itself, whoever started
        write_text(folder / files.scores, "".join(f"{row.score:.6f}\n" for row in rows))
    write_text(folder / files.times, "".join(f"{row.seconds:.8f}\n" for row in rows))
    write_text(folder / files.boxes, "".join(_line(row, origin, files.rotated) for row in rows))


def _line(row: Row, origin: float, rotated: bool) -> str:
    if row.box is None:
        return f"{row.code}\n"
    if rotated and row.polygon is not None:
        return ",".join(f"{value + origin:.3f}" for value in row.polygon) + "\n"
    x, y, w, h = row.box
    return f"{x + origin:.3f},{y + origin:.3f},{w:.3f},{h:.3f}\n"
