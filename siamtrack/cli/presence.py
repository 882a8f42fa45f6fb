"""`siamtrack presence`: does the score know whether the target is there?"""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from siamtrack.atomic import write_bytes, write_text
from siamtrack.cli.arguments import check_names
from siamtrack.cli.choice import known_dataset, load_chosen
from siamtrack.cli.errors import fail
from siamtrack.cli.evaluate import own_lanes, progress_bar
from siamtrack.cli.tables import number, wide_console
from siamtrack.data.sequence import Sequence
from siamtrack.data.splice import ABSENCES
from siamtrack.evaluation.lanes import Lanes
from siamtrack.evaluation.presence import Presence, reliability
from siamtrack.evaluation.render import without_nan
from siamtrack.evaluation.render.pictures import png
from siamtrack.evaluation.render.presence import presence_figure
from siamtrack.evaluation.spliced import SplicedRuns, as_json, run_spliced, table
from siamtrack.zoo.load import load


def presence(
    dataset: Annotated[str, typer.Argument(help="See `siamtrack dataset list`; `folder` for your own data.")],
    root: Annotated[Path, typer.Option(help="The data set's root folder.")],
    model: Annotated[str, typer.Option(help="See `siamtrack models`.")] = "siamtrack-s",
    weights: Annotated[Path | None, typer.Option(help="Checkpoint, ours or the published one of the model.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    redetect: Annotated[bool, typer.Option("--redetect", help="As for `siamtrack track`.")] = False,
    sequences: Annotated[str | None, typer.Option(help="Only these, separated by commas; at least two.")] = None,
    lanes: Annotated[int | None, typer.Option(min=1, help="As for `siamtrack evaluate`.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder. \\[default: results/DATASET-presence/MODEL]")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Take the target out of known spans of every sequence, and see whether the score tells.

    In three runs the target is painted over with background, hidden behind something, and cut away with the whole
    scene, for a quarter of the frames. OUTPUT gets presence.json and presence.png: the area under the ROC of the score
    for "present" (0.5 is guessing, 1 perfect), and the score against the overlap.

    Exit status: 0 done; 1 something could not be read or spliced; 2 wrong arguments.
    """
    check_names(model, device)
    known = known_dataset(dataset)
    console = wide_console(stderr=True, quiet=quiet)
    folder = output or Path("results") / f"{dataset}-presence" / model
    try:
        videos = load_chosen(known, root, sequences)
        with closing(own_lanes(load(model, device, weights, redetect), lanes)) as ready:
            runs = _run(videos, ready, model, console)
        _write(folder, f"{model} on {len(videos)} spliced sequences of {dataset}", runs)
    except (ValueError, OSError, RuntimeError) as error:
        fail(error)
    wide_console().print(_table(runs))
    console.print(f"presence.json and presence.png are in {folder}", markup=False, soft_wrap=True)


def _run(videos: list[Sequence], lanes: Lanes, name: str, console: Console) -> SplicedRuns:
    frames = len(ABSENCES) * sum(map(len, videos))
    with progress_bar(console) as bar:
        task = bar.add_task(name, total=frames)
        return run_spliced(videos, lanes, lambda done: bar.advance(task, done))


def _write(folder: Path, title: str, runs: SplicedRuns) -> None:
    write_text(folder / "presence.json", json.dumps(without_nan(as_json(runs)), indent=1, allow_nan=False) + "\n")
    rocs = {"all": runs.pooled()} | {absence: runs.pooled([absence]) for absence in ABSENCES}
    write_bytes(folder / "presence.png", png(presence_figure(title, rocs, reliability(runs.pooled()))))


def _table(runs: SplicedRuns) -> Table:
    title = "area under the ROC of the score for 'present', by how the target is absent"
    shown = Table("sequence", box=None, title=title, title_justify="left")
    for column in (*ABSENCES, "all", "all, where followed", "followed", "present", "absent"):
        shown.add_column(column, justify="right")
    for name, found in table(runs):
        shown.add_row(escape(name), *_cells(found))
    return shown


def _cells(found: list[Presence]) -> list[str]:
    total = found[-1]
    areas = [*(one.auc for one in found), total.followed_auc, total.followed]
    return [*(number(value, 3) for value in areas), str(total.present), str(total.absent)]
