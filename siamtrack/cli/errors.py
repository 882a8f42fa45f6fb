"""How a command that cannot go on says so."""

from __future__ import annotations

from typing import NoReturn

import typer

from siamtrack.cli.tables import complain


def fail(error: Exception) -> NoReturn:
    """The error on the error stream, and exit status 1."""
    complain(str(error))
    raise typer.Exit(1)
