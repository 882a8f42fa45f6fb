"""`siamtrack models`: what there is to choose from."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from siamtrack.zoo.load import ModelInfo, list_models


def models(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Tell all of these.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All that is known, as JSON.")] = False,
) -> None:
    """List the models; of those named, tell source, cost, scores, and where the weights are found.

    MACs are multiply-accumulates of one target in one frame.
    """
    try:
        found = list_models(names) if names else list_models()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if as_json:
        print(json.dumps([asdict(model) for model in found]))
    elif names:
        for model in found:
            Console(highlight=False).print(_details(model))
    else:
        Console(highlight=False).print(_overview(found))
        print("\nsiamtrack models NAME: source, published scores, where the checkpoint is found")


def _overview(found: list[ModelInfo]) -> Table:
    table = Table(box=None)
    table.add_column("model", no_wrap=True)
    table.add_column("parameters", justify="right", no_wrap=True)
    table.add_column("MACs", justify="right", no_wrap=True)
    table.add_column("what it is")
    for model in found:
        bundled = " [bold](bundled)[/]" if model.bundled else ""
        table.add_row(model.name, *_cost(model), escape(model.summary) + bundled)
    return table


def _details(model: ModelInfo) -> Table:
    """A line a fact; long ones are wrapped beside their name."""
    parameters, macs = _cost(model)
    measured = ", ".join(f"{name} {value}" for name, value in model.scores.items())
    facts = {
        "source": model.source,
        "parameters": parameters,
        "MACs a frame": macs,
        "measured": measured,
        "published": model.published,
        "weights": "bundled" if model.bundled else model.checkpoint,
    }
    table = Table(box=None, show_header=False, title=f"[bold]{model.name}[/]: {escape(model.summary)}")
    table.title_justify, table.title_style = "left", ""
    table.add_column(no_wrap=True)
    table.add_column()
    for name, value in facts.items():
        if value:
            table.add_row(name, escape(value))
    return table


def _cost(model: ModelInfo) -> tuple[str, str]:
    return f"{model.parameters / 1e6:.2f} M", f"{model.macs / 1e9:.2f} G"
