"""What a checkpoint looks like: its layout, and the models that it fits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from siamtrack.zoo.convert import fitting_layout, rename
from siamtrack.zoo.layouts import LAYOUTS
from siamtrack.zoo.presets import PRESETS

# Share of tensors that must agree in name and shape before a checkpoint is called near to a model.
_NEAR = 0.5

# Models whose names of layers we share with siamfc-pytorch.
_SIAMFC_PYTORCH = ("siamfc", "siamfc_v3")


class Fit(NamedTuple):
    """A preset, and the layout in which a checkpoint holds its network."""

    model: str
    layout: str

    @property
    def origin(self) -> str:
        """Whose layout it is, as people say it."""
        shared = self.layout == "siamtrack" and self.model in _SIAMFC_PYTORCH
        return "siamfc-pytorch or siamtrack" if shared else self.layout


def fits(state: Mapping[str, Tensor]) -> list[Fit]:
    """Every preset whose network the checkpoint fills exactly."""
    layouts = {name: fitting_layout(state, target) for name, target in _targets().items()}
    return [Fit(name, layout) for name, layout in layouts.items() if layout is not None]


def describe(state: Mapping[str, Tensor]) -> str:
    """What an error message says of a checkpoint that was given for another model."""
    found = fits(state)
    if found:
        return f"it looks like {found[0].origin} and fits {', '.join(fit.model for fit in found)}"
    return (
        _part(state) or _nearest(state) or f"it has {len(state)} tensors such as {min(state)!r} and fits no known model"
    )


def _part(state: Mapping[str, Tensor]) -> str | None:
    """Names the models that the checkpoint is a part of, as published beside another file; None if there are none."""
    readings = [_shapes(rename(state, layout)).items() for layout in LAYOUTS]
    wholes = [name for name, target in _targets().items() if any(part <= _shapes(target).items() for part in readings)]
    if not wholes:
        return None
    return f"it is a part of {', '.join(wholes)}; `siamtrack convert` joins it with the other files of the network"


def _nearest(state: Mapping[str, Tensor]) -> str | None:
    """Names the model with most tensors of the same name and shape, and the first difference; None if none is near."""
    readings = {layout: _shapes(rename(state, layout)) for layout in LAYOUTS}
    best, words = _NEAR, None
    for name, target in _targets().items():
        wanted = _shapes(target)
        for layout, found in readings.items():
            share = len(wanted.items() & found.items()) / max(len(wanted), len(found))
            differing = sorted(key for key, _ in wanted.items() ^ found.items())
            if share > best and differing:
                key, best = differing[0], share
                there, here = _spoken_shape(found.get(key)), _spoken_shape(wanted.get(key))
                words = (
                    f"it looks like {Fit(name, layout).origin}, near to {name}; but {key} is {there} instead of {here}"
                )
    return words


def _shapes(state: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    """Without the counters that old files lack."""
    return {key: value.shape for key, value in state.items() if not key.endswith("num_batches_tracked")}


def _spoken_shape(shape: torch.Size | None) -> str:
    return "missing" if shape is None else "x".join(map(str, shape)) or "a number"


@cache  # an error message asks for them several times
def _targets() -> dict[str, dict[str, Tensor]]:
    with torch.device("meta"):  # shapes only
        return {name: preset.build().state_dict() for name, preset in PRESETS.items()}
