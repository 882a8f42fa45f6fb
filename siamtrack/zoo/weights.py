"""Weights: the bundled files, reading checkpoints without executing them, fitting and converting them."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
from collections import ChainMap
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from siamtrack.atomic import write_bytes
from siamtrack.version import __version__
from siamtrack.zoo.convert import fit, unwrap
from siamtrack.zoo.matconvnet import read_matconvnet
from siamtrack.zoo.presets import get_preset
from siamtrack.zoo.recognise import Fit, describe, fits


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


_HEAD = 256  # bytes by which a file is known
_NO_WEIGHTS = {
    b"<!doctype html": "is a web page, what a failed download leaves",
    b"<html": "is a web page, what a failed download leaves",
    b"version https://git-lfs": "is the pointer that Git LFS leaves; fetch the file with `git lfs pull`",
    b"\x1f\x8b": "is a gzip archive; unpack it first",
}


def bundled_weights(name: str) -> Path | None:
    """Path of the weights that the package brings for a model, None if it brings none."""
    path = Path(str(resources.files("siamtrack.zoo") / "files" / f"{name}.safetensors"))
    return path if path.is_file() else None


def provenance(name: str) -> dict[str, Any]:
    """What the bundled weights say of themselves: data, config, commit, measured scores. {} if none are bundled."""
    path = bundled_weights(name)
    return {} if path is None else provenance_of(path)


def provenance_of(path: Path) -> dict[str, Any]:
    """What a weights file says of itself, see `save_weights`; {} if it says nothing, as checkpoints of training do."""
    if path.suffix != ".safetensors":
        return {}
    with safe_open(path, framework="pt") as file:
        return {key: _plain(value) for key, value in (file.metadata() or {}).items()}


def save_weights(net: nn.Module, path: Path, provenance: dict[str, Any]) -> None:
    """Write a network's state as safetensors, whole or not at all, its provenance as metadata (every value as JSON)."""
    state = {key: value.contiguous() for key, value in net.state_dict().items()}
    write_bytes(path, save(state, {key: json.dumps(value) for key, value in provenance.items()}))


def load_weights(net: nn.Module, name: str, path: str | Path) -> None:
    """Fill a network from a file in our layout or in a published one.

    Args:
        net: built by the preset `name`, of a tracker or of a verifier.
        path: safetensors, a PyTorch checkpoint of plain tensors, or a MATLAB file of MatConvNet.

    Raises:
        WeightsError: see the class; the message names the file, what it looks like, and the models that it fits.
    """
    _fill(net, name, read_state(Path(path)), path)


def _fill(net: nn.Module, name: str, state: dict[str, Tensor], path: str | Path) -> None:
    fitted = fit(state, net.state_dict())
    if fitted is None:
        raise WeightsError(f"{path} does not fit {name}: {describe(state)}")
    broken = [key for key, value in fitted.items() if not value.isfinite().all()]
    if broken:
        raise WeightsError(f"{path} holds values that are not finite, first in {broken[0]}; training must have failed")
    net.load_state_dict(fitted)


def convert_weights(paths: Sequence[Path], out: Path, name: str | None = None) -> Fit:
    """Write a checkpoint of any known layout in ours.

    The file says where it comes from: model, layout, names and SHA-256 of the sources, version of siamtrack, and what
    safetensors sources said of themselves.

    Args:
        paths: one, see `load_weights`; or the files that were published apart and make a network together.
        out: safetensors; see `atomic.write_bytes`.
        name: the model; None where the checkpoint fits one alone.

    Returns:
        The model, and the layout that was recognised.

    Raises:
        ValueError: no such model.
        WeightsError: see the class; or several models fit, and none is named; or two files hold the same tensor.
    """
    if name is not None:
        get_preset(name)
    state, spoken = _joined(paths), " and ".join(map(str, paths))
    found = [match for match in fits(state) if name in (None, match.model)]
    if not found:
        raise WeightsError(f"{spoken} does not fit {name or 'any model'}: {describe(state)}")
    if len(found) > 1:
        raise WeightsError(
            f"{spoken} fits {', '.join(match.model for match in found)}; name one of them (`siamtrack convert --model`)"
        )
    model, origin = found[0].model, found[0].origin
    net = get_preset(model).build()
    _fill(net, model, state, spoken)
    provenance = {
        "model": model,
        "layout": origin,
        "source": [path.name for path in paths],
        "sha256": [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths],
        "siamtrack": __version__,
    }
    earlier = [provenance_of(path) for path in paths]
    save_weights(net, out, dict(ChainMap(provenance, *earlier)))
    return found[0]


def _joined(paths: Sequence[Path]) -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for path in paths:
        part = read_state(path)
        if twice := part.keys() & state.keys():
            raise WeightsError(
                f"{path} holds {min(twice)!r}, and so does a file before it; expected parts of a network"
            )
        state |= part
    return state


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint file; nothing in it is executed.

    Raises:
        WeightsError: the file is missing, corrupt, or holds anything but tensors, numbers and plain containers.
    """
    if wrong := _no_weights(path):
        raise WeightsError(
            f"{path} {wrong}; expected weights (.safetensors, a PyTorch checkpoint or MatConvNet's .mat)"
        )
    try:
        if path.suffix == ".safetensors":
            return unwrap(load_file(path))
        if path.suffix == ".mat":
            return read_matconvnet(path)
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


def _no_weights(path: Path) -> str | None:
    """What is in the place of weights after a failed download or a slip; None where nothing of it is seen."""
    if path.is_dir():
        return "is a folder"
    if not path.is_file():
        return "is not a file"
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        return "is empty"
    return next((words for start, words in _NO_WEIGHTS.items() if head.lstrip().lower().startswith(start)), None)


def _plain(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
