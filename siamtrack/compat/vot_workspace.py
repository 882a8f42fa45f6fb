"""A workspace that the official VOT toolkit (0.7.4) runs as it stands: three files and the sequences."""

from __future__ import annotations

import configparser
import io
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence as Items
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from siamtrack.compat.vot_stacks import Stack, check_stack
from siamtrack.data.convert import vot
from siamtrack.data.convert.files import require_new
from siamtrack.data.sequence import Sequence

_TIMEOUT = 60  # seconds that the toolkit waits for an answer; PyTorch alone takes some of them to start
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]+")  # what the toolkit accepts (vot.tracker, 0.7.4)


@dataclass(frozen=True)
class Entry:
    """A tracker as `trackers.ini` names it.

    Attributes:
        name: letters, digits, `-` and `_`.
        command: program and arguments; it answers over TraX, see `compat.trax`.
    """

    name: str
    command: tuple[str, ...]


def serve_command(model: str, device: str, weights: Path | None) -> tuple[str, ...]:
    """Starts our TraX server with the Python that runs now, from any folder and any other environment."""
    command = (sys.executable, "-m", "siamtrack.cli", "vot", "serve", "--model", model, "--device", device)
    return command if weights is None else (*command, "--weights", str(weights.resolve()))


def write_workspace(folder: Path, sequences: list[Sequence], entry: Entry, kind: Stack, stack: dict[str, Any]) -> None:
    """Make a workspace; if anything goes wrong, nothing is left of it.

    Args:
        folder: missing or empty.
        kind, stack: which experiment, and what `stack.yaml` is to say; see `vot_stacks`.

    Raises:
        FileExistsError: the folder is not empty.
        ValueError: a name that the toolkit would ignore, or sequences that it could not run; see `check_stack` and
            `data.convert.vot`.
        OSError: something cannot be written.
    """
    require_new(folder)
    if not _IDENTIFIER.fullmatch(entry.name):
        raise ValueError(f"the toolkit takes no tracker called {entry.name!r}; expected letters, digits, - and _")
    check_stack(kind, sequences)
    try:
        vot.write(sequences, folder)
        (folder / "trackers.ini").write_text(_trackers_ini(entry), encoding="utf-8")
        (folder / "stack.yaml").write_text(yaml.safe_dump(stack, sort_keys=False), encoding="utf-8")
        config = {"registry": ["./trackers.ini"], "stack": "./stack.yaml", "sequences": "./sequences"}
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # missing or empty when we came
        raise


def _trackers_ini(entry: Entry) -> str:
    """The toolkit reads it with configparser's interpolation, so that a percent sign must be doubled."""
    ini, text = configparser.ConfigParser(interpolation=None), io.StringIO()
    ini[entry.name] = {
        "label": entry.name,
        "protocol": "trax",
        "command": _command_line(entry.command).replace("%", "%%"),
        "timeout": str(_TIMEOUT),
    }
    ini.write(text)
    return text.getvalue()


def _command_line(command: Items[str]) -> str:
    """As the toolkit takes it apart: by shlex, on Windows not at all."""
    return subprocess.list2cmdline(command) if sys.platform == "win32" else shlex.join(command)
