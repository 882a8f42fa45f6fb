"""Following targets that may leave and come back: the tracking step, and a look at the whole frame now and then.

Shape legend: N targets, D dimensions of an embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from siamtrack.geometry.crop import Frames
from siamtrack.nets.siamese import SiameseNet
from siamtrack.tracking.config import TrackConfig
from siamtrack.tracking.redetect import Redetection, redetect
from siamtrack.tracking.state import TrackOutput, TrackState, concat_states, take_rows
from siamtrack.tracking.step import track_step
from siamtrack.tracking.verify import Verifier, embed_boxes

_SAID = ("box_N4", "score_N", "lost_N")  # of `TrackOutput`, what finding a target changes


@dataclass(frozen=True)
class LongTerm:
    """How lost targets are found again.

    Attributes:
        verifier: says whether what is found is the target; without one the tracker's own score must do.
        how: they are looked for.
    """

    verifier: Verifier | None = None
    how: Redetection = field(default_factory=Redetection)


class Memory(NamedTuple):
    """What is kept of N targets beside their state.

    Attributes:
        identity_ND: what the verifier saw first; D is 0 without a verifier.
        lost_frames_N: int64, for how many frames each has been lost; on the CPU.
    """

    identity_ND: Tensor
    lost_frames_N: Tensor

    def rows(self, rows: Sequence[int]) -> Memory:
        """Of the targets at the given rows, in that order."""
        return Memory(*(value[list(rows)] for value in self))

    def join(self, other: Memory) -> Memory:
        """Of the targets of both, in order."""
        return Memory(*(torch.cat(values) for values in zip(self, other, strict=True)))


def remember(long_term: LongTerm, frames: Frames, frame_N: Tensor, box_N4: Tensor) -> Memory:
    """Of new targets; arguments as for `step.init_state`."""
    identity_ND = box_N4[:, :0]
    if long_term.verifier is not None:
        identity_ND = embed_boxes(long_term.verifier.net, frames, frame_N, box_N4)
    return Memory(identity_ND, torch.zeros(len(box_N4), dtype=torch.int64))


def long_term_step(
    net: SiameseNet, config: TrackConfig, long_term: LongTerm, state: TrackState, memory: Memory, frames: Frames
) -> tuple[TrackState, Memory, TrackOutput]:
    """`track_step`, after which lost targets whose turn it is are looked for in the whole frame.

    Which ones is asked of the device in every step.
    """
    state, output = track_step(net, config, state, frames)
    memory = _count(memory, state)
    rows = [
        row for row, lost in enumerate(memory.lost_frames_N.tolist()) if lost and (lost - 1) % long_term.how.every == 0
    ]
    if rows:
        state, output = _look_for(net, config, long_term, state, output, memory, rows, frames)
        memory = memory._replace(lost_frames_N=torch.where(state.lost_N.cpu(), memory.lost_frames_N, 0))
    return state, memory, output


def _count(memory: Memory, state: TrackState) -> Memory:
    return memory._replace(lost_frames_N=torch.where(state.lost_N.cpu(), memory.lost_frames_N + 1, 0))


def _look_for(
    net: SiameseNet,
    config: TrackConfig,
    long_term: LongTerm,
    state: TrackState,
    output: TrackOutput,
    memory: Memory,
    rows: list[int],
    frames: Frames,
) -> tuple[TrackState, TrackOutput]:
    """State and output of all targets after a look at the whole frame for those at some rows."""
    looks = (memory.lost_frames_N[rows] // long_term.how.every).tolist()
    identity_ND = memory.identity_ND[rows]
    lost = take_rows(state, rows)
    found = redetect(net, config, long_term.how, lost, frames, looks, long_term.verifier, identity_ND)
    order = list(range(len(state.score_N)))
    for place, row in enumerate(rows):
        order[row] = len(order) + place
    state = take_rows(concat_states(state, found.state), order)
    said = {name: torch.cat((getattr(output, name), getattr(found.output, name)))[order] for name in _SAID}
    return state, output._replace(**said)
