"""Looking for lost targets in the whole frame.

The frame is tiled with search regions. A copy of the target is put into the middle of each and takes one ordinary step:
copies that have found something are candidates. The best of them are shown to a verifier, and of those that it accepts,
or of which the tracker itself is sure, the one with the highest product of both scores takes the target's place: the
tracker's says how good the box is, the verifier's whose it is.

Shape legend: N targets, T copies of all of them, K candidates of all of them, D dimensions of an embedding.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from siamtrack.geometry.boxes import cxcywh_to_xyxy, iou_xyxy, xywh_to_cxcywh
from siamtrack.geometry.crop import Frames
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import NetSpec
from siamtrack.tracking.config import TrackConfig
from siamtrack.tracking.quirks import reported_box
from siamtrack.tracking.state import TrackOutput, TrackState, concat_states, take_rows
from siamtrack.tracking.step import track_step
from siamtrack.tracking.verify import Verifier, embed_boxes


@dataclass(frozen=True)
class Redetection:
    """How lost targets are looked for.

    Attributes:
        every: frames from one look at the whole frame to the next, while a target is lost.
        spacing: of neighbouring tiles, as a share of their side. With one half no point of the frame is farther from
            the middle of the nearest tile than a quarter of the side on each axis: 64 of 256 pixels, less than search
            crops are shifted by in training (`search_shift_px` of `configs/train/siamtrack_s.yaml`).
        scales: of the target, times the size that was last known.
        most_tiles: in one look at a target; where its frame has more, the looks take turns.
        least_score: candidates below it are not shown to the verifier.
        candidates: of a target that are, the best ones.
        false_accepts: share of wrong candidates that the verifier may accept.
    """

    every: int = 5
    spacing: float = 0.5
    scales: tuple[float, ...] = (1.0,)
    most_tiles: int = 48
    least_score: float = 0.1
    candidates: int = 4
    false_accepts: float = 0.01


class Redetected(NamedTuple):
    """What came of a look at the whole frame.

    Attributes:
        state: of the targets that were looked for, those that were found at their new places.
        output: what it says; the others are where they were.
        found_N: bool.
    """

    state: TrackState
    output: TrackOutput
    found_N: Tensor


# Copies that overlap so much have found the same thing (non-maximum suppression, 0.5 as in pysot and R-CNN).
_SAME_IOU = 0.5


def redetect(
    net: SiameseNet,
    config: TrackConfig,
    how: Redetection,
    state: TrackState,
    frames: Frames,
    looks: Sequence[int],
    verifier: Verifier | None = None,
    identity_ND: Tensor | None = None,
) -> Redetected:
    """Look for N targets in the whole of their frames. How many tiles these need is asked of the device.

    Args:
        state: of the targets to be looked for, and no others.
        looks: number of the look at each target, where looks take turns; see `Redetection.most_tiles`.
        verifier: must accept what is found unless its score is above `config.sure_above`; without a verifier a score
            above `config.found_above` does.
        identity_ND: embeddings of the targets, see `verify.embed_boxes`; with a verifier.
    """
    copies, row_T = tile(net.spec, how, state, frames, looks)
    anywhere = replace(config, select=replace(config.select, window_influence=0.0), small=None, lost=None)
    copies, said = track_step(net, anywhere, copies, frames)
    box_T4 = xywh_to_cxcywh(said.box_N4)
    least = config.found_above if verifier is None else how.least_score
    kept = _best(row_T, cxcywh_to_xyxy(box_T4), said.score_N, least, how.candidates)
    rank_K = said.score_N[kept]
    if verifier is not None and identity_ND is not None and kept:
        seen_KD = embed_boxes(verifier.net, frames, copies.frame_N[kept], said.box_N4[kept])
        alike_K = (seen_KD * identity_ND[[row_T[copy] for copy in kept]]).sum(1)
        accepted_K = (alike_K >= verifier.threshold(how.false_accepts)) | (rank_K > config.sure_above)
        rank_K = torch.where(accepted_K, rank_K * alike_K, -torch.inf)
    chosen = _first_of_each(kept, [row_T[copy] for copy in kept], rank_K.tolist())
    return _placed(state, copies, chosen, config)


def tile(
    spec: NetSpec, how: Redetection, state: TrackState, frames: Frames, looks: Sequence[int]
) -> tuple[TrackState, list[int]]:
    """Copies of the targets in the middles of tiles, the nearest tiles first, and which target each is a copy of."""
    places: list[tuple[int, float, float, float]] = []
    sides = (state.side_N * (spec.search_px / spec.template_px)).tolist()
    sizes = frames.size_B2[state.frame_N].tolist()
    for row, (side, size, last) in enumerate(zip(sides, sizes, state.center_N2.tolist(), strict=True)):
        all_of_row = [
            (row, x, y, scale) for scale in how.scales for x, y in _middles(size, how.spacing * side * scale, last)
        ]
        turns = math.ceil(len(all_of_row) / how.most_tiles)
        places += all_of_row[looks[row] % turns :: turns]
    rows = [row for row, *_ in places]
    place_T3 = torch.tensor([place[1:] for place in places], device=state.center_N2.device)
    copies, scale_T = take_rows(state, rows), place_T3[:, 2]
    size_T2, side_T = copies.size_N2 * scale_T[:, None], copies.side_N * scale_T
    return copies._replace(center_N2=place_T3[:, :2], size_N2=size_T2, side_N=side_T), rows


def _middles(size: list[float], spacing: float, last: list[float]) -> list[tuple[float, float]]:
    """Of tiles that cover a frame evenly, at most so far apart; the nearest to a place first."""
    counts = [max(1, math.ceil(side / spacing)) for side in size]
    across, down = ([(i + 0.5) * side / n for i in range(n)] for side, n in zip(size, counts, strict=True))
    return sorted(product(across, down), key=lambda place: math.dist(place, last))


def _best(row_T: list[int], box_T4: Tensor, score_T: Tensor, least: float, most: int) -> list[int]:
    """Numbers of the copies of each target with the highest scores, none of which has found the same as another."""
    scores = score_T.tolist()
    iou_TT = iou_xyxy(box_T4[:, None], box_T4[None]).cpu()
    kept: list[int] = []
    kept_of: Counter[int] = Counter()
    for copy in sorted(range(len(scores)), key=lambda copy: -scores[copy]):
        row = row_T[copy]
        new = all(row_T[other] != row or iou_TT[copy, other] <= _SAME_IOU for other in kept)
        if scores[copy] >= least and kept_of[row] < most and new:
            kept.append(copy)
            kept_of[row] += 1
    return kept


def _first_of_each(copies: list[int], rows: list[int], ranks: list[float]) -> dict[int, int]:
    """Target -> its copy of the highest rank; refused ones, of rank -inf, are not chosen."""
    order = sorted(range(len(copies)), key=lambda place: ranks[place])
    return {rows[place]: copies[place] for place in order if ranks[place] > -math.inf}


def _placed(state: TrackState, copies: TrackState, chosen: dict[int, int], config: TrackConfig) -> Redetected:
    """The state with the chosen copies in their targets' places."""
    count = len(state.score_N)
    taken = [count + chosen[row] if row in chosen else row for row in range(count)]
    found_N = torch.tensor([row in chosen for row in range(count)], device=state.score_N.device)
    state = take_rows(concat_states(state, copies), taken)
    state = state._replace(lost_N=state.lost_N & ~found_N)
    box_N4 = reported_box(state.center_N2, state.size_N2, config.convention)
    return Redetected(state, TrackOutput(box_N4, state.score_N, state.lost_N), found_N)
