"""Published checkpoint layouts -> ours, by the key tables of `layouts`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from torch import Tensor

from siamtrack.zoo.layouts import LAYOUTS

_WRAPPERS = ("state_dict", "model_state_dict", "model", "ema", "net")  # of our own checkpoints, the averaged weights

_DEEPEST_WRAPPING = 3  # a bound, as a file may hold a dict that contains itself


def unwrap(checkpoint: Any) -> dict[str, Tensor]:
    """The state dict inside a checkpoint: wrapping dicts and `module.` prefixes are taken off.

    Raises:
        ValueError: there is no dict of tensors.
    """
    for _ in range(_DEEPEST_WRAPPING):
        if not isinstance(checkpoint, Mapping) or _is_state(checkpoint):
            break
        inner = [checkpoint[key] for key in _WRAPPERS if isinstance(checkpoint.get(key), Mapping)]
        checkpoint = inner[0] if inner else checkpoint
    if not isinstance(checkpoint, Mapping) or not _is_state(checkpoint):
        raise ValueError(f"expected a dict of tensors, found {type(checkpoint).__name__}")
    return {key.removeprefix("module."): value for key, value in checkpoint.items()}


def _is_state(value: Mapping[Any, Any]) -> bool:
    return bool(value) and all(isinstance(key, str) and isinstance(item, Tensor) for key, item in value.items())


def rename(state: Mapping[str, Tensor], layout: str) -> dict[str, Tensor]:
    """Our keys -> tensors; keys that the layout does not know keep their names, unused ones are left out."""
    return {ours: state[key] for key, ours in used_keys(state, layout).items()}


def used_keys(state: Iterable[str], layout: str) -> dict[str, str]:
    """Published key -> ours, without the keys of layers that the published network never runs."""
    keys = ((key, _our_key(key, layout)) for key in state)
    return {key: ours for key, ours in keys if ours is not None}


@lru_cache(maxsize=1 << 16)  # a wrong checkpoint is compared with every model
def _our_key(key: str, layout: str) -> str | None:
    for pattern, ours in LAYOUTS[layout]:
        match = re.fullmatch(pattern, key)
        if match:
            return None if ours is None else match.expand(ours)
    return key


def fit(state: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """The state in our layout if some layout makes it fit the target exactly, else None.

    Batch norms' step counters, which nothing here reads, may be missing (PyTorch before 0.4.1 did not write them).
    The matrix of a fully connected layer fits a 1x1 convolution.
    """
    layout = fitting_layout(state, target)
    return None if layout is None else _filled(state, target, layout)


def fitting_layout(state: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> str | None:
    """The layout that makes the state fit the target exactly, see `fit`; None if none does."""
    return next((layout for layout in LAYOUTS if _filled(state, target, layout) is not None), None)


def _filled(state: Mapping[str, Tensor], target: Mapping[str, Tensor], layout: str) -> dict[str, Tensor] | None:
    keys = used_keys(state, layout)
    renamed = {ours: _as_convolution(state[key], target.get(ours)) for key, ours in keys.items()}
    counters = {key: value for key, value in target.items() if key.endswith("num_batches_tracked")}
    full = counters | renamed
    one_to_one = len(renamed) == len(keys) and full.keys() == target.keys()
    return full if one_to_one and all(full[key].shape == target[key].shape for key in full) else None


def _as_convolution(value: Tensor, target: Tensor | None) -> Tensor:
    matrix = target is not None and value.ndim == 2 and target.shape == (*value.shape, 1, 1)
    return value[..., None, None] if matrix else value
