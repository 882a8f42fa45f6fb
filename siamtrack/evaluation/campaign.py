"""A tracker on a data set, from sequences to result files: what is there is kept, what failed is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from siamtrack.atomic import write_text
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.lanes import Lanes
from siamtrack.evaluation.protocols import Row
from siamtrack.evaluation.runner import Job, run
from siamtrack.evaluation.store import RUNS, RunFiles, write_run

_FACTS = "run.json"


@dataclass
class Outcome:
    """How a campaign went.

    Attributes:
        runs: their number in all; kept: those that were there already.
        frames: tracked now.
        failures: name of a run -> what ended it.
    """

    runs: int
    kept: int
    frames: int = 0
    failures: dict[str, str] = field(default_factory=dict)


def evaluate(
    sequences: Iterable[Sequence],
    protocol: str,
    lanes: Lanes,
    folder: Path,
    facts: Mapping[str, str],
    *,
    resume: bool = False,
    progress: Callable[[int, int], None] = lambda frames, tracked: None,
) -> Outcome:
    """Run a tracker and write a file a run into its folder.

    Args:
        protocol: a key of `store.RUNS`.
        folder: of the tracker; made if it is not there.
        facts: what the results depend on; a resumed campaign must have the same.
        progress: called after every step with the frames that are done in all and those that were tracked now.

    Raises:
        FileExistsError: the folder holds results and `resume` is not set.
        ValueError: the results there were made with other facts; or a protocol cannot be run on a sequence.
    """
    planned = plan(sequences, protocol)
    _open(folder, facts, resume)
    wanted = [job for job, files in planned.values() if not _is_complete(folder / files.boxes, job)]
    kept_frames = sum(job.frames for job, _ in planned.values()) - sum(job.frames for job in wanted)
    outcome = Outcome(len(planned), len(planned) - len(wanted))

    def done(job: Job, rows: list[Row]) -> None:
        write_run(folder, planned[job.name][1], rows, job.sequence.origin)

    def failed(job: Job, error: Exception) -> None:
        outcome.failures[job.name] = str(error)

    def ticked(frames: int) -> None:
        outcome.frames += frames
        progress(kept_frames + outcome.frames, outcome.frames)

    run(wanted, lanes, done, failed, ticked, decoders=available_cores())
    return outcome


def plan(sequences: Iterable[Sequence], protocol: str) -> dict[str, tuple[Job, RunFiles]]:
    """The runs that a protocol makes of the sequences, by name.

    Raises:
        ValueError: two have one name, or a protocol cannot be run on a sequence.
    """
    runs: dict[str, tuple[Job, RunFiles]] = {}
    for sequence in sequences:
        for job, files in RUNS[protocol](sequence):
            if job.name in runs:
                raise ValueError(f"two sequences are called {job.name!r}; their results would replace each other")
            runs[job.name] = (job, files)
    return runs


def _is_complete(path: Path, job: Job) -> bool:
    """Whether the run is there.

    Raises:
        ValueError: there is a file, but of another number of frames.
    """
    if not path.exists():
        return False
    rows = path.read_bytes().count(b"\n")
    if rows != job.frames:
        raise ValueError(f"{path} has {rows} rows, {job.name} has {job.frames} frames; was it made of other images?")
    return True


def _open(folder: Path, facts: Mapping[str, str], resume: bool) -> None:
    path = folder / _FACTS
    there = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    if not path.exists() and there - {path.name + ".part"}:  # which a crash may have left
        raise FileExistsError(f"{folder} is not empty and holds no {_FACTS}; choose another output folder")
    if path.exists():
        if not resume:
            raise FileExistsError(f"{folder} holds results already; continue with --resume, or choose another folder")
        try:
            before = json.loads(path.read_text())
        except ValueError as error:
            raise ValueError(f"{path}: {error}; it should say how these results were made") from None
        if not isinstance(before, dict):
            raise ValueError(f"{path} holds {before!r}; it should say how these results were made")
        for key, value in facts.items():
            if before.get(key) != value:
                raise ValueError(f"{folder} was made with {key} {before.get(key)!r}, now it is {value!r}")
        return
    write_text(path, json.dumps(dict(facts), indent=1) + "\n")


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
