"""Training checkpoints: everything a run needs to go on as if it had never stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write atomically: a reader, or a crash, sees the old file or the new one, never half of one."""
    part = path.with_name(path.name + ".part")
    torch.save(state, part)
    os.replace(part, path)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of `save_checkpoint`; tensors and plain values only, no code is run."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
