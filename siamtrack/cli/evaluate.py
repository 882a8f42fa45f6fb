"""`siamtrack evaluate`: run a tracker over a benchmark and write its results."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

from siamtrack.cli.arguments import check_names
from siamtrack.cli.choice import known_dataset, load_chosen
from siamtrack.cli.errors import fail
from siamtrack.cli.tables import complain, headline, wide_console
from siamtrack.data.datasets.registry import get_dataset
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation import campaign
from siamtrack.evaluation.campaign import Outcome, available_cores
from siamtrack.evaluation.foreign import ForeignTracker, find_factory
from siamtrack.evaluation.lanes import BatchedLanes, Lanes, LaneTracker, OwnTracker, SeparateLanes
from siamtrack.evaluation.render import without_nan
from siamtrack.evaluation.scoring import make_report
from siamtrack.evaluation.store import RUNS
from siamtrack.tracking.tracker import Tracker
from siamtrack.version import __version__
from siamtrack.zoo.load import load
from siamtrack.zoo.weights import bundled_weights

_CUDA_LANES = 32


@dataclass(frozen=True)
class Entrant:
    """The tracker that is evaluated: its name, lanes to run it in, and what its results depend on."""

    name: str
    lanes: Lanes
    facts: dict[str, str]


@dataclass(frozen=True)
class Wanted:
    """What is to be run: on what, how, and where the results go."""

    dataset: str
    protocol: str
    sequences: list[Sequence]
    folder: Path
    resume: bool


def evaluate(
    dataset: Annotated[str, typer.Argument(help="See `siamtrack dataset list`; `folder` for your own data.")],
    root: Annotated[Path, typer.Option(help="The data set's root folder.")],
    model: Annotated[str, typer.Option(help="See `siamtrack models`.")] = "siamtrack-s",
    weights: Annotated[Path | None, typer.Option(help="Checkpoint, ours or the published one of the model.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    redetect: Annotated[bool, typer.Option("--redetect", help="As for `siamtrack track`.")] = False,
    tracker: Annotated[
        str | None,
        typer.Option(help="module:factory of any object with got10k's init(image, box) and update(image) -> box."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the tracker. \\[default: its model or factory]")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(RUNS)}. \\[default: the data set's own]")
    ] = None,
    sequences: Annotated[str | None, typer.Option(help="Only these, separated by commas.")] = None,
    lanes: Annotated[
        int | None, typer.Option(min=1, help=f"Sequences at a time. \\[default: one a core; {_CUDA_LANES} on CUDA]")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder of trackers. \\[default: results/DATASET]")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Keep what is there, run what is missing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no summary.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Last line of the output: a summary as JSON.")] = False,
) -> None:
    """Run a tracker over a data set: a file of boxes a sequence in OUTPUT/TRACKER, then its scores.

    Every file appears whole or not at all; after any interruption --resume completes the results (on the CPU, and of a
    tracker that is deterministic, with the same bytes).

    Exit status: 0 done; 1 a sequence failed or something could not be read; 2 wrong arguments; 130 interrupted.
    """
    check_names(model, device)
    _check_name(name)
    known = known_dataset(dataset)
    console = wide_console(stderr=True, quiet=quiet)
    try:
        videos = load_chosen(known, root, sequences)
        protocol = check_protocol(protocol or known.protocol)
        entrant = (
            _foreign(tracker, name, lanes)
            if tracker
            else _own(load(model, device, weights, redetect), model, weights, name, lanes)
        )
        folder = (output or Path("results") / dataset) / entrant.name
        wanted = Wanted(dataset, protocol, videos, folder, resume)
        outcome = _evaluate(wanted, entrant, console, as_json)
    except KeyboardInterrupt:
        complain("interrupted; --resume goes on from here")
        raise typer.Exit(130) from None
    except (ValueError, OSError, RuntimeError) as error:
        fail(error)
    raise typer.Exit(1 if outcome.failures else 0)


def _check_name(name: str | None) -> None:
    """Refuse what is no name of one folder."""
    if name is not None and (name in ("", ".", "..") or Path(name).name != name):
        raise typer.BadParameter(f"--name {name!r}: expected the name of one folder")


def check_protocol(protocol: str) -> str:
    """Refuse protocols that there are not."""
    if protocol not in RUNS:
        raise typer.BadParameter(f"no protocol is called {protocol!r}; known: {', '.join(RUNS)}")
    return protocol


def _own(tracker: Tracker, model: str, weights: Path | None, name: str | None, lanes: int | None) -> Entrant:
    path = weights or bundled_weights(model)
    assert path is not None  # load has refused that
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    facts = {"model": model, "weights": digest, "device": tracker.device.type}
    if tracker.long_term is not None:
        facts["redetect"] = "yes"
    return Entrant(name or model, own_lanes(tracker, lanes), facts)


def own_lanes(tracker: Tracker, count: int | None) -> Lanes:
    """Lanes of our tracker: by default one a core, or as many as a GPU likes; one tracker each where it redetects."""
    if tracker.device.type == "cuda" and tracker.long_term is None:
        return BatchedLanes(tracker, count or _CUDA_LANES)
    return _separate(lambda: OwnTracker(tracker), count)


def _foreign(factory: str, name: str | None, lanes: int | None) -> Entrant:
    make = find_factory(factory)
    entrant_name = name or factory.rpartition(":")[2]
    return Entrant(entrant_name, _separate(lambda: ForeignTracker(make()), lanes), {"tracker": factory})


def _separate(make: Callable[[], LaneTracker], lanes: int | None) -> SeparateLanes:
    return SeparateLanes(make, lanes or available_cores(), available_cores())


def _evaluate(wanted: Wanted, entrant: Entrant, console: Console, as_json: bool) -> Outcome:
    """Run, and tell how it went."""
    began = time.perf_counter()
    with closing(entrant.lanes):
        outcome = _run(wanted, entrant, console)
    seconds = time.perf_counter() - began
    _tell(wanted, outcome, seconds, console)
    scores = _score(wanted, outcome, console)
    if as_json:
        summary = {"folder": str(wanted.folder), "runs": outcome.runs, "kept": outcome.kept, "frames": outcome.frames}
        print(json.dumps(summary | {"seconds": round(seconds, 3), "failures": outcome.failures, "scores": scores}))
    return outcome


def _run(wanted: Wanted, entrant: Entrant, console: Console) -> Outcome:
    expected = get_dataset(wanted.dataset).sequences
    of = f" of {expected}" if expected not in (0, len(wanted.sequences)) else ""
    total = sum(job.frames for job, _ in campaign.plan(wanted.sequences, wanted.protocol).values())
    console.print(f"{len(wanted.sequences)}{of} sequences of {wanted.dataset}, {total} frames", highlight=False)
    facts = entrant.facts | {"siamtrack": __version__, "dataset": wanted.dataset, "protocol": wanted.protocol}
    with _progress(console) as bar:
        task, began = bar.add_task(entrant.name, total=total, fps=0.0), time.perf_counter()

        def progress(frames: int, tracked: int) -> None:
            bar.update(task, completed=frames, fps=tracked / (time.perf_counter() - began))

        return campaign.evaluate(
            wanted.sequences,
            wanted.protocol,
            entrant.lanes,
            wanted.folder,
            facts,
            resume=wanted.resume,
            progress=progress,
        )


def _progress(console: Console) -> Progress:
    return progress_bar(console, TextColumn("{task.fields[fps]:.0f} frames/s  eta"))


def progress_bar(console: Console, *more: ProgressColumn) -> Progress:
    """Frames done of all frames, what the caller adds, and the time that is left."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        *more,
        TimeRemainingColumn(),
        console=console,
    )


def _tell(wanted: Wanted, outcome: Outcome, seconds: float, console: Console) -> None:
    for name, error in outcome.failures.items():
        complain(f"{name}: {error}")
    done = outcome.runs - len(outcome.failures)
    rate = outcome.frames / seconds
    console.print(
        f"{done} of {outcome.runs} runs are in {wanted.folder} ({outcome.kept} were there), {rate:.0f} frames/s",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _score(wanted: Wanted, outcome: Outcome, console: Console) -> dict[str, float | None]:
    """Of a whole run with public ground truth; empty for others."""
    if outcome.failures or all(video.withheld for video in wanted.sequences):
        return {}
    report = make_report(wanted.dataset, wanted.protocol, wanted.sequences, [wanted.folder])
    console.print(headline(report))
    for remark in report.remarks:
        console.print(f"note: {remark}", soft_wrap=True, markup=False, highlight=False)
    return without_nan(report.trackers[0].measures)
