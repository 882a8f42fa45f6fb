"""Training checkpoints: everything a run needs to go on as if it had never stopped.

The schedule, the pairs and what the losses draw at random depend on the step alone, so the step stands for their state.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import torch

from siamtrack.atomic import write_bytes


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write atomically: a reader, or a crash, sees the old file or the new one, never half of one.

    Raises:
        OSError: the disk is full, say; the old file stays.
    """
    content = io.BytesIO()  # written at once: PyTorch's own writer hides from where an error comes
    torch.save(state, content)
    write_bytes(path, content.getbuffer())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of `save_checkpoint`; tensors and plain values only, no code is run.

    Raises:
        ValueError: the file is no whole checkpoint; names it.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(f"{path} is no whole checkpoint ({str(error).splitlines()[0]})") from error
    return state
