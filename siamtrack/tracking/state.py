"""The state of N targets: a value that is passed in and returned.

Shape legend: N targets, 2 = (x, y) or (w, h). Everything is float32: at 16,384 pixels one unit in the last place is
1/1,000 pixel, far below what a network resolves; a test follows a clip in float64 beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from siamtrack.nets.types import Kernels


class TrackState(NamedTuple):
    """Where N targets are and what they look like; its size does not grow with time.

    Attributes:
        center_N2, size_N2: frame pixels.
        pad_N3: colour beyond the frame, 0-255, taken once when the target is added.
        frame_N: int64, which of the frames passed to the step each target lives in.
        kernels: the network's view of the templates.
        score_N: of the last step, 0-1.
        lost_N: bool.
    """

    center_N2: Tensor
    size_N2: Tensor
    pad_N3: Tensor
    frame_N: Tensor
    kernels: Kernels
    score_N: Tensor
    lost_N: Tensor


class TrackOutput(NamedTuple):
    """What one step says about N targets.

    Attributes:
        box_N4: xywh, frame pixels.
        score_N: 0-1; lost_N: bool.
    """

    box_N4: Tensor
    score_N: Tensor
    lost_N: Tensor


def concat_states(first: TrackState, second: TrackState) -> TrackState:
    """The targets of both, in order."""
    kernels = tuple(torch.cat(pair) for pair in zip(first.kernels, second.kernels, strict=True))
    return TrackState(
        center_N2=torch.cat((first.center_N2, second.center_N2)),
        size_N2=torch.cat((first.size_N2, second.size_N2)),
        pad_N3=torch.cat((first.pad_N3, second.pad_N3)),
        frame_N=torch.cat((first.frame_N, second.frame_N)),
        kernels=kernels,
        score_N=torch.cat((first.score_N, second.score_N)),
        lost_N=torch.cat((first.lost_N, second.lost_N)),
    )


def take_rows(state: TrackState, rows: Sequence[int]) -> TrackState:
    """The targets at the given rows, in that order."""
    index = torch.tensor(rows, dtype=torch.int64, device=state.center_N2.device)
    kernels = tuple(kernel[index] for kernel in state.kernels)
    return TrackState(*(kernels if isinstance(field, tuple) else field[index] for field in state))
