"""A tracker on a data set, from sequences to result files: what is there is kept, what failed is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from siamtrack.atomic import write_text
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.lanes import Lanes, one_thread_a_step
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
    wanted = [job for job, files in planned.values() if not (folder / files.boxes).exists()]
    kept_frames = sum(job.frames for job, _ in planned.values()) - sum(job.frames for job in wanted)
    outcome = Outcome(len(planned), len(planned) - len(wanted))

    def done(job: Job, rows: list[Row]) -> None:
        write_run(folder, planned[job.name][1], rows, job.sequence.origin)

    def failed(job: Job, error: Exception) -> None:
        outcome.failures[job.name] = str(error)

    def ticked(frames: int) -> None:
        outcome.frames += frames
        progress(kept_frames + outcome.frames, outcome.frames)

    with one_thread_a_step():
        run(wanted, lanes, done, failed, ticked, decoders=available_cores())
    return outcome


def plan(sequences: Iterable[Sequence], protocol: str) -> dict[str, tuple[Job, RunFiles]]:
    """The runs that a protocol makes of the sequences, by name."""
    return {job.name: (job, files) for sequence in sequences for job, files in RUNS[protocol](sequence)}


def _open(folder: Path, facts: Mapping[str, str], resume: bool) -> None:
    path = folder / _FACTS
    if not path.exists() and folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty and holds no {_FACTS}; choose another output folder")
    if path.exists():
        if not resume:
            raise FileExistsError(f"{folder} holds results already; continue with --resume, or choose another folder")
        before = json.loads(path.read_text())
        for key, value in facts.items():
            if before.get(key) != value:
                raise ValueError(f"{folder} was made with {key} {before.get(key)!r}, now it is {value!r}")
        return
    write_text(path, json.dumps(dict(facts), indent=1) + "\n")


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
