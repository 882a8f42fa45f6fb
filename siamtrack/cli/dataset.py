"""`siamtrack dataset`: which data sets are known, what is wrong with one, and one layout turned into another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from siamtrack.cli.choice import known_dataset, load_chosen
from siamtrack.cli.errors import fail
from siamtrack.data.convert import LAYOUTS, convert
from siamtrack.data.convert.files import OnImage, are_jpeg
from siamtrack.data.datasets.registry import DATASETS, Dataset
from siamtrack.data.lint import Finding, check
from siamtrack.data.sequence import Sequence
from siamtrack.data.wording import amount

app = typer.Typer(help="Known data sets; look for faults in one, or convert it.", no_args_is_help=True)

_RANGES_SHOWN = 6  # of frames, in the table; JSON has all of them
_COLOURS = {"error": "red", "warning": "yellow", "note": "dim"}

Root = Annotated[Path, typer.Argument(help="Folder of the data set.")]
Name = Annotated[str, typer.Option("--dataset", help="Layout of ROOT; see `siamtrack dataset list`.")]


@app.command("list")
def list_datasets(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the data sets that can be read: how trackers are run on them, and how many sequences they have."""
    if as_json:
        print(json.dumps([{"name": name, **_facts(dataset)} for name, dataset in DATASETS.items()]))
        return
    table = Table("name", "protocol", "sequences", "what it is", box=None)
    for name, dataset in DATASETS.items():
        table.add_row(name, dataset.protocol, str(dataset.sequences or "any"), escape(dataset.summary))
    Console().print(table)


def _facts(dataset: Dataset) -> dict[str, object]:
    return {
        "protocol": dataset.protocol,
        "sequences": dataset.sequences,
        "origin": dataset.origin,
        "summary": dataset.summary,
    }


@app.command("check")
def check_dataset(
    root: Root,
    dataset: Name = "folder",
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON, with all frames.")] = False,
) -> None:
    """Decode every image and look at every box.

    Finds missing and corrupt images, numbers of images and boxes that differ, boxes that are missing, empty or off the
    image, frozen images, and files that seem to count pixels from 0 instead of 1 or the other way round.
    Frames are counted from 0. What cannot be loaded at all is named; the other sequences are looked at all the same.

    Exit status: 0 no errors (there may be warnings); 1 errors; 2 wrong arguments.
    """
    known = known_dataset(dataset)
    sequences: list[Sequence] = []
    findings: list[Finding] = []
    try:
        sequences, faults = known.load_sound(root)
        findings += [Finding(name, "error", f"cannot be loaded: {error}") for name, error in faults]
        with _progress("checking", sum(len(sequence.images) for sequence in sequences)) as on_image:
            findings += check(sequences, on_image)
    except (ValueError, OSError) as error:
        findings.append(Finding("", "error", str(error)))
    counts = {kind: sum(finding.severity == kind for finding in findings) for kind in _COLOURS}
    if as_json:
        frames = sum(len(sequence) for sequence in sequences)
        head = {"root": str(root), "dataset": dataset, "sequences": len(sequences), "frames": frames}
        print(json.dumps({**head, **counts, "findings": [asdict(finding) for finding in findings]}))
    else:
        _show(findings)
        print(f"{_extent(sequences)}: {', '.join(amount(number, kind) for kind, number in counts.items())}")
    raise typer.Exit(1 if counts["error"] else 0)


@app.command("convert")
def convert_dataset(
    root: Root,
    out: Annotated[Path, typer.Argument(help="New or empty folder; for pysot a new .json file.")],
    to: Annotated[str, typer.Option("--to", help=f"{', '.join(LAYOUTS)}.")],
    dataset: Name = "folder",
    sequences: Annotated[str | None, typer.Option(help="Only these, separated by commas.")] = None,
    copy: Annotated[bool, typer.Option("--copy/--link", help="Copy JPEG files, or link to them unread.")] = False,
) -> None:
    """Write a data set in another layout; ROOT is not touched, and nothing is written over.

    got10k: a subset folder for the got10k toolkit. vot: OUT/sequences of a VOT workspace, with anchors. pysot: one JSON
    file that names the images under ROOT. Images that are no JPEG files, and frames of videos, are encoded as JPEG of
    quality 95 (got10k, vot).

    JPEG files are linked or copied as they are, corrupt ones too: run `siamtrack dataset check` first.

    Exit status: 0 done; 1 something could not be read, converted or written; 2 wrong arguments.
    """
    known = known_dataset(dataset)
    if to not in LAYOUTS:
        raise typer.BadParameter(f"--to {to}: expected one of {', '.join(LAYOUTS)}")
    try:
        chosen = load_chosen(known, root, sequences)
        with _progress("converting", sum(len(sequence) for sequence in chosen)) as on_image:
            convert(chosen, root, out, to, copy, on_image)
    except (ValueError, OSError) as error:
        fail(error)
    print(f"{_extent(chosen)}: {out}")
    encoded = [sequence.name for sequence in chosen if not are_jpeg(sequence.images)]
    if encoded and to != "pysot":
        print(f"encoded as JPEG, which loses a little: {', '.join(encoded)}")


def _show(findings: list[Finding]) -> None:
    if not findings:
        return
    table = Table("sequence", "", "what", "frames", box=None)
    for name, group in groupby(findings, key=lambda finding: finding.sequence):
        for number, finding in enumerate(group):
            table.add_row(
                "" if number else escape(name) or "(all)",
                f"[{_COLOURS[finding.severity]}]{finding.severity}[/]",
                escape(finding.message),
                _ranges(finding.frames),
            )
    Console().print(table)


def _extent(sequences: list[Sequence]) -> str:
    return f"{amount(len(sequences), 'sequence')}, {amount(sum(len(sequence) for sequence in sequences), 'frame')}"


def _ranges(frames: tuple[int, ...]) -> str:
    """1, 2, 3, 7 -> "1-3, 7"; the first few."""
    groups = [list(group) for _, group in groupby(enumerate(frames), key=lambda pair: pair[1] - pair[0])]
    ends = [(group[0][1], group[-1][1]) for group in groups]
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in ends[:_RANGES_SHOWN]]
    return ", ".join(shown + ["..."] * (len(ends) > _RANGES_SHOWN))


@contextmanager
def _progress(what: str, images: int) -> Iterator[OnImage]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=images)
        yield lambda: progress.advance(task)
