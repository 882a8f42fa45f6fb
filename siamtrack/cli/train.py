"""`siamtrack train`: train a network as a configuration says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

import siamtrack
from siamtrack.cli.arguments import check_device
from siamtrack.cli.errors import fail
from siamtrack.cli.tables import complain
from siamtrack.training.config import TrainConfig
from siamtrack.training.config_file import read_config
from siamtrack.training.distributed import Processes, fitting_processes, join, launch, leave
from siamtrack.training.loop import Progress
from siamtrack.training.run import Places, make_trainer
from siamtrack.training.speed import keep_memory

_SHOWN = ("total", "rate", "best_iou", "pair_auc", "track_auc")  # beside the progress bar
_ERRORS = (ValueError, OSError, RuntimeError, FloatingPointError, ModuleNotFoundError)


@dataclass(frozen=True)
class _Job:
    """What every process of a run is told."""

    config: TrainConfig
    places: Places
    device: torch.device


def train(
    config: Annotated[Path, typer.Argument(help="YAML file, e.g. configs/train/siamtrack_s.yaml.")],
    changes: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Changes to it: steps=100 schedule.lr=1e-3.")
    ] = None,
    *,
    data: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=FOLDER",
            help="Folder of a source or validation set that the file names, or of photos; repeatable.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", "--out", help="Folder of the run; one in it is continued.")],
    init: Annotated[
        Path | None,
        typer.Option("--init", "--trunk", help="Weights to begin with: an ImageNet trunk, or what `init` says."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    processes: Annotated[
        int | None, typer.Option(min=1, help="On this machine. \\[default: one a CUDA device, else 1]")
    ] = None,
) -> None:
    """Train a network. The folder of the run gets last.pt, copies of the weights where keep_at says so,
    log.jsonl, tensorboard/ and pictures/ of sample pairs.

    The same command continues a run that was interrupted or killed; it ends as if nothing had happened. For several
    machines, start it with `torchrun ... -m siamtrack.cli train ...`.

    Exit status: 0 done; 1 something went wrong, the last checkpoint stays; 2 wrong arguments; 130 interrupted.
    """
    try:
        wanted = read_config(config, changes or ())
        job = _Job(wanted, Places(_folders(data), output, init), check_device(device))
        _start(job, processes)
    except (KeyboardInterrupt, SignalException):
        complain(f"interrupted; the same command goes on from {output / 'last.pt'}, if there is one")
        raise typer.Exit(130) from None
    except ChildFailedError as error:
        raise typer.Exit(1) from error  # the process has said why
    except _ERRORS as error:
        fail(error)


def _folders(data: list[str]) -> dict[str, Path]:
    """NAME=FOLDER ... -> folder by name.

    Raises:
        typer.BadParameter: there is no = in one.
    """
    pairs = [item.partition("=") for item in data]
    for name, equals, folder in pairs:
        if not (name and equals and folder):
            raise typer.BadParameter(f"--data {name}{equals}{folder}: expected NAME=FOLDER, as in pack=DIR")
    return {name: Path(folder).expanduser() for name, _, folder in pairs}


def _start(job: _Job, processes: int | None) -> None:
    """The run in so many processes; in this one where `torchrun` has started it."""
    count = 1 if "RANK" in os.environ else processes or _default_processes(job)
    if count > 1:
        launch(count, _child, job)
    else:
        _work(job)


def _default_processes(job: _Job) -> int:
    if job.device.type != "cuda" or job.device.index is not None:
        return 1
    return fitting_processes(job.config.micro_batches, torch.cuda.device_count())


def _child(job: _Job) -> None:
    """A process that `launch` started: says itself why it ends."""
    try:
        _work(job)
    except _ERRORS as error:
        complain(str(error))
        raise SystemExit(1) from error


def _work(job: _Job) -> None:
    """The run, in one of its processes."""
    cv2.setNumThreads(0)
    keep_memory()
    device = join(job.device)
    try:
        with _shown(job.config.total_steps, quiet=Processes.present().rank > 0) as (progress, say):
            make_trainer(job.config, job.places, device, _commit(), progress, say).run()
    finally:
        leave()


@contextmanager
def _shown(steps: int, quiet: bool) -> Iterator[tuple[Progress, Callable[[str], None]]]:
    """A progress bar, in a file lines; what to call after a step, and with a text."""
    console = Console(stderr=True, quiet=quiet, highlight=False)
    columns = TextColumn("{task.fields[numbers]}", markup=False)
    newest: dict[str, float] = {}

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    with Bar(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), columns, console=console) as bar:
        task = bar.add_task("", total=steps, numbers="")

        def progress(step: int, numbers: Mapping[str, float]) -> None:
            newest.update(numbers)
            text = "  ".join(f"{name} {newest[name]:.4g}" for name in _SHOWN if name in newest)
            bar.update(task, completed=step, numbers=text)
            if numbers and not console.is_terminal:
                say(f"{step}/{steps}  {text}")

        yield progress, say


def _commit() -> str:
    """Of the checkout, marked where it was changed since; "" outside one."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=Path(siamtrack.__file__).parent,
            capture_output=True,
            text=True,
        )
    except OSError:  # no git
        return ""
    return described.stdout.strip()
