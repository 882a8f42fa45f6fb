"""Weights: the bundled files, reading checkpoints without executing them, and fitting them to a network."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from siamtrack.zoo.convert import fit, unwrap
from siamtrack.zoo.presets import PRESETS


class WeightsError(ValueError):
    """A weights file that is missing, unreadable, unsafe or of another model."""


class _Unread:
    """Stands for a NumPy number of a checkpoint: an optimizer's learning rate, which nothing here reads."""

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, _: Any) -> None:
        pass


# The names that NumPy 1 and 2 pickle a number by; what they name is never called.
_NUMPY_NUMBER: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    type(name, (_Unread,), {"__module__": module})
    for module, name in (("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"), ("numpy", "dtype"))
]


def bundled_weights(name: str) -> Path | None:
    """Path of the weights that the package brings for a model, None if it brings none."""
    path = Path(str(resources.files("siamtrack.zoo") / "files" / f"{name}.safetensors"))
    return path if path.is_file() else None


def provenance(name: str) -> dict[str, Any]:
    """What the bundled weights say of themselves: data, config, commit, measured scores. {} if none are bundled."""
    path = bundled_weights(name)
    return {} if path is None else read_provenance(path)


def read_provenance(path: Path) -> dict[str, Any]:
    """The same of a weights file; {} if it says nothing, as checkpoints of training do."""
    if path.suffix != ".safetensors":
        return {}
    with safe_open(path, framework="pt") as file:
        return {key: _plain(value) for key, value in (file.metadata() or {}).items()}


def save_weights(net: nn.Module, path: Path, provenance: dict[str, Any]) -> None:
    """Write a network's state as safetensors with its provenance as metadata (every value as JSON)."""
    state = {key: value.contiguous() for key, value in net.state_dict().items()}
    save_file(state, path, {key: json.dumps(value) for key, value in provenance.items()})


def load_weights(net: nn.Module, name: str, path: str | Path) -> None:
    """Fill a network from a file in our layout or in a published one.

    Args:
        net: built by the preset `name`, of a tracker or of a verifier.
        path: safetensors, or a PyTorch checkpoint of plain tensors.

    Raises:
        WeightsError: see the class; the message names the file and, where it fits another model, that model.
    """
    state = read_state(Path(path))
    fitted = fit(state, net.state_dict())
    if fitted is None:
        raise WeightsError(f"{path} does not fit {name}: {_difference(state, net.state_dict())}{_fits_others(state)}")
    broken = [key for key, value in fitted.items() if not value.isfinite().all()]
    if broken:
        raise WeightsError(f"{path} holds values that are not finite, first in {broken[0]}; training must have failed")
    net.load_state_dict(fitted)


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint file; nothing in it is executed.

    Raises:
        WeightsError: the file is missing, corrupt, or holds anything but tensors, numbers and plain containers.
    """
    if not path.is_file():
        raise WeightsError(f"{path} is not a file; expected weights (.safetensors or a PyTorch checkpoint)")
    try:
        if path.suffix == ".safetensors":
            return unwrap(load_file(path))
        with torch.serialization.safe_globals(_NUMPY_NUMBER):
            return unwrap(torch.load(path, map_location="cpu", weights_only=True))
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL (\S+)", str(error))
        raise WeightsError(
            f"{path} was not opened: it is corrupt, or holds code "
            f"({named[1] if named else 'no global named'}) besides plain tensors"
        ) from error
    except Exception as error:  # damaged files fail in many ways: EOFError, KeyError, struct.error, SafetensorError ...
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise WeightsError(f"{path} is not readable as weights: {reason}") from error


def _difference(state: dict[str, Tensor], target: dict[str, Tensor]) -> str:
    return f"it has {len(state)} tensors such as {min(state)!r}, the model has {len(target)} such as {min(target)!r}"


def _fits_others(state: dict[str, Tensor]) -> str:
    with torch.device("meta"):  # shapes only
        others = [name for name, preset in PRESETS.items() if fit(state, preset.build().state_dict()) is not None]
    return f"; it fits {' and '.join(others)}" if others else "; it fits no known model"


def _plain(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
