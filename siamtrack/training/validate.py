"""How good the averaged network is on what it is not trained on: single pairs, and whole tracks.

Shape legend: N pairs, T frames.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from siamtrack.data.pairs import PairBatch
from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation import onepass
from siamtrack.evaluation.lanes import BatchedLanes, Lanes, OwnTracker, SeparateLanes
from siamtrack.evaluation.protocols import Row, one_pass
from siamtrack.evaluation.roc import roc_auc
from siamtrack.evaluation.rules import get_rules
from siamtrack.evaluation.runner import Job, run
from siamtrack.geometry.boxes import cxcywh_to_xyxy, iou_xyxy
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.verifier import EmbeddedPairs
from siamtrack.tracking.config import TrackConfig
from siamtrack.tracking.tracker import Tracker
from siamtrack.training.pair_loss import autocast, see_pairs
from siamtrack.training.prefetch import Pairs, on_device, prefetch
from siamtrack.zoo.verifiers import Network

_HIT = 0.5  # overlap from which on a candidate is the target
_CUDA_LANES = 32


@dataclass(frozen=True)
class HeldOut:
    """What is not trained on.

    Attributes:
        pairs: positive and negative ones; None where nothing is held out.
        videos: with a box in the first frame, and images of one size; see `trackable`.
    """

    pairs: Pairs | None = None
    videos: Sequence[Video] = ()


class BestCandidates(NamedTuple):
    """The network's answer to N pairs: its highest score, and where; None if the network has no boxes."""

    score_NAHW: Tensor
    score_N: Tensor
    box_N4: Tensor | None


def trackable(videos: Iterable[Video], most: int) -> tuple[list[Video], dict[str, str]]:
    """Videos that can be tracked and scored, evenly chosen, and why others cannot, by name."""
    good, reasons = [], {}
    for video in videos:
        if len(video) < 2:
            reasons[video.name] = f"{len(video)} frames, expected at least 2"
        elif not video.annotated_T[0]:
            reasons[video.name] = f"its first box is {video.boxes_T4[0].tolist()}"
        elif video.annotated_T.sum() < 2:
            reasons[video.name] = "no box after the first frame"
        else:
            good.append(video)
    chosen = np.linspace(0, len(good) - 1, min(most, len(good))).round().astype(int)
    return [good[index] for index in chosen], reasons


@torch.no_grad()
def look(net: Network, batch: PairBatch, amp: str) -> BestCandidates:
    """What a network in evaluation mode says of pairs on its device."""
    with autocast(batch.search_N3HW.device, amp):
        raw = see_pairs(net, batch)
    if isinstance(raw, EmbeddedPairs):
        return BestCandidates(raw.cosine_N[:, None, None, None], raw.cosine_N, None)
    assert isinstance(net, SiameseNet)  # nothing else gives maps
    score_NAHW, box_NAHW4, _ = net.decode(raw)
    score_N, best_N = score_NAHW.flatten(1).max(1)
    if box_NAHW4 is None:
        return BestCandidates(score_NAHW, score_N, None)
    return BestCandidates(score_NAHW, score_N, box_NAHW4.flatten(1, 3)[torch.arange(len(best_N)), best_N])


def look_at_pairs(
    net: Network, pairs: Pairs, numbers: Iterable[int], size: int, amp: str, device: torch.device
) -> list[tuple[float, float, bool]]:
    """IoU of the best candidate, its score, and whether the pair is positive, of the pairs of those batches."""
    rows: list[tuple[float, float, bool]] = []
    with closing(prefetch(pairs, numbers, size)) as batches:
        for batch in batches:
            here = on_device(batch, device)
            best = look(net, here, amp)
            iou_N = torch.full_like(best.score_N, math.nan)
            if best.box_N4 is not None:
                iou_N = iou_xyxy(cxcywh_to_xyxy(best.box_N4), cxcywh_to_xyxy(here.box_N4))
            rows += zip(iou_N.tolist(), best.score_N.tolist(), here.positive_N.tolist(), strict=True)
    return rows


def pair_scores(rows: Sequence[tuple[float, float, bool]]) -> dict[str, float]:
    """Scores of held-out pairs; those that cannot be had (no boxes, no negative pair) are left out.

    Returns:
        best_iou: mean IoU of the highest-scoring candidate on positive pairs; hit: share of them above 0.5;
        score_gap: mean best score of positive pairs less that of negative ones; pair_auc: area under the ROC of the
        best score for "positive".
    """
    if not rows:
        return {}
    iou_N, score_N, positive_N = (np.array(column) for column in zip(*rows, strict=True))
    positive_N = positive_N.astype(bool)
    scores = {}
    if positive_N.any() and not np.isnan(iou_N).any():
        scores["best_iou"] = float(iou_N[positive_N].mean())
        scores["hit"] = float((iou_N[positive_N] > _HIT).mean())
    if positive_N.any() and not positive_N.all():
        scores["score_gap"] = float(score_N[positive_N].mean() - score_N[~positive_N].mean())
        scores["pair_auc"] = roc_auc(score_N, positive_N)
    return scores


def follow(
    net: SiameseNet, config: TrackConfig, videos: Sequence[Video], device: torch.device
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Track every video from its first box, as `siamtrack evaluate` does.

    Returns:
        (T, 4) float64 xywh boxes by name, and what ended the others, by name.
    """
    boxes: dict[str, np.ndarray] = {}
    errors: dict[str, str] = {}

    def done(job: Job, rows: list[Row]) -> None:
        boxes[job.name] = np.array([row.box for row in rows], np.float64)

    def failed(job: Job, error: Exception) -> None:
        errors[job.name] = str(error)

    with closing(_lanes(Tracker(net, config, device))) as lanes:
        run([Job(video.name, video, one_pass, len(video)) for video in videos], lanes, done, failed)
    return boxes, errors


def track_scores(videos: Sequence[Video], boxes: dict[str, np.ndarray]) -> dict[str, float]:
    """Scores of tracked videos; the first frame, whose box is given, does not count, nor do frames without one.

    Returns:
        track_auc: area under the success curve; track_iou: mean overlap; both means of the videos' means.
    """
    tracked = [video for video in videos if video.name in boxes]
    if not tracked:
        return {}
    rules = replace(get_rules("siamtrack", "folder"), first="skip")
    measures = onepass.score("", onepass.gather(tracked, rules), boxes, rules).measures
    return {"track_auc": measures["success_auc"], "track_iou": measures["ao"]}


def _lanes(tracker: Tracker) -> Lanes:
    if tracker.device.type == "cuda":
        return BatchedLanes(tracker, _CUDA_LANES)
    threads = torch.get_num_threads()
    return SeparateLanes(partial(OwnTracker, tracker), threads, threads)
