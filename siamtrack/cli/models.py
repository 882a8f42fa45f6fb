"""`siamtrack models`: what there is to choose from."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from siamtrack.zoo.load import list_models


def models(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the models: size, cost of a search frame, scores, and where their weights come from."""
    found = list_models()
    if as_json:
        print(json.dumps([asdict(model) for model in found]))
        return
    table = Table("model", "parameters", "MACs a frame", "weights", "scores", "what it is", box=None)
    for model in found:
        measured = ", ".join(f"{name} {value}" for name, value in model.scores.items())
        published = f"published: {model.published}" if model.published else ""
        table.add_row(
            model.name,
            f"{model.parameters / 1e6:.2f} M",
            f"{model.macs / 1e9:.2f} G",
            "bundled" if model.bundled else model.checkpoint,
            measured or published,
            f"{model.summary} ({model.source})",
        )
    Console().print(table)
