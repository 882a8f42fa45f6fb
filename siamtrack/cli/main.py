"""Entry point: collects the commands."""

from __future__ import annotations

import typer

from siamtrack.cli import dataset, vot
from siamtrack.cli.compare import compare
from siamtrack.cli.convert import convert
from siamtrack.cli.doctor import doctor
from siamtrack.cli.evaluate import evaluate
from siamtrack.cli.models import models
from siamtrack.cli.presence import presence
from siamtrack.cli.report import report
from siamtrack.cli.track import track
from siamtrack.cli.train import train
from siamtrack.cli.verify import verify

app = typer.Typer(
    help="Follow objects in video with Siamese networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command()(track)
app.command()(evaluate)
app.command()(train)
app.command()(report)
app.command()(compare)
app.command()(presence)
app.command()(verify)
app.command()(models)
app.command()(convert)
app.command()(doctor)
app.add_typer(vot.app, name="vot")
app.add_typer(dataset.app, name="dataset")
