"""The state of N targets: a value that is passed in and returned.

Shape legend: N targets, 2 = (x, y) or (w, h). Everything is float32: at 16,384 pixels one unit in the last place is
1/1,000 pixel, far below what a network resolves; a test follows a clip in float64 beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from siamtrack.nets.types import Features, Kernels


class TrackState(NamedTuple):
    """Where N targets are and what they look like; its size does not grow with time.

    Attributes:
        center_N2, size_N2: frame pixels.
        side_N, first_side_N: of the template square, see `geometry.regions.context_side`, frame pixels; round the
            present size and round the first.
        pad_N3: colour beyond the frame, 0-255, taken once when the target is added.
        frame_N: int64, which of the frames passed to the step each target lives in.
        kernels: the network's view of the templates.
        memory: first and accumulated template features, of networks that update their templates; () of others.
        score_N: of the last step, 0-1.
        lost_N: bool.
        small_N: bool, see `tracking.config.SmallSearch`.
    """

    center_N2: Tensor
    size_N2: Tensor
    side_N: Tensor
    first_side_N: Tensor
    pad_N3: Tensor
    frame_N: Tensor
    kernels: Kernels
    memory: Features
    score_N: Tensor
    lost_N: Tensor
    small_N: Tensor


class TrackOutput(NamedTuple):
    """What one step says about N targets.

    Attributes:
        box_N4: xywh, frame pixels.
        score_N: 0-1; lost_N: bool.
        mask_NPP: probabilities, 0-1, of the pixels of a small square round each target; None where the configuration
            asks for no masks.
        mask_box_N4: xywh of what the square covers, frame pixels.
    """

    box_N4: Tensor
    score_N: Tensor
    lost_N: Tensor
    mask_NPP: Tensor | None = None
    mask_box_N4: Tensor | None = None


def concat_states(*states: TrackState) -> TrackState:
    """The targets of all, in order."""
    return _by_field(lambda *values: torch.cat(values), *states)


def take_rows(state: TrackState, rows: Sequence[int]) -> TrackState:
    """The targets at the given rows, in that order."""
    index = torch.tensor(rows, dtype=torch.int64, device=state.center_N2.device)
    return _by_field(lambda value: value[index], state)


def _by_field(function: Callable[..., Tensor], *states: TrackState) -> TrackState:
    """Apply a function of tensors to each field of the states, and to each member of those that are tuples."""
    return TrackState(*(by_member(function, values) for values in zip(*states, strict=True)))


def by_member(function: Callable[..., Tensor], values: Sequence[Any]) -> Any:
    """A function of tensors applied to tensors, or member by member to tuples of them; None of None."""
    if isinstance(values[0], tuple):
        return tuple(function(*members) for members in zip(*values, strict=True))
    return None if values[0] is None else function(*values)
