"""`siamtrack convert`: a published checkpoint in our layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siamtrack.cli.errors import fail
from siamtrack.zoo.presets import get_preset
from siamtrack.zoo.weights import convert_weights


def convert(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="IN...", help="Checkpoint in a published layout or ours; all files of one in several."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write, .safetensors.")],
    model: Annotated[str | None, typer.Option(help="See `siamtrack models`; needed where several fit.")] = None,
) -> None:
    """Write a checkpoint as safetensors in our layout; its metadata says where it comes from.

    Nothing in the checkpoint is executed. `siamtrack track --weights` takes the published file as well.

    Exit status: 0 done; 1 the file is no checkpoint of a known model, or fits several; 2 wrong arguments.
    """
    if out.suffix != ".safetensors":
        raise typer.BadParameter(f"-o {out}: expected a file name ending in .safetensors")
    if out.resolve() in [source.resolve() for source in sources]:
        raise typer.BadParameter(f"-o {out} is the checkpoint itself")
    if model is not None:
        try:
            get_preset(model)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    try:
        found = convert_weights(sources, out, model)
    except (ValueError, OSError) as error:
        fail(error)
    print(f"{out}: {found.model}, from the layout of {found.origin}")
