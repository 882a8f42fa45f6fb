"""What a head is trained to minimise: one criterion for each kind of loss, chosen and weighted by a small config.

Shape legend: N pairs, A anchors, H W map, C channels. Boxes are cxcywh and points x, y, crop pixels relative to the
crop's centre.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from siamtrack.data.pairs import PairBatch
from siamtrack.geometry.boxes import cxcywh_to_xyxy, iou_xyxy
from siamtrack.losses.anchors import AnchorLosses
from siamtrack.losses.ban import BanLosses, ban_labels, ban_losses
from siamtrack.losses.centerness import CenternessLosses, centerness_labels, centerness_losses
from siamtrack.losses.focal import FocalLosses, focal_losses
from siamtrack.losses.logistic import LogisticLosses, logistic_losses, radius_labels
from siamtrack.losses.metric import EmbeddingTripletLosses, batch_hard_triplet
from siamtrack.losses.points import PointLosses, point_losses
from siamtrack.losses.ranking import RankingLosses, ranking_losses
from siamtrack.losses.selection import where_positive
from siamtrack.losses.triplet import TripletLosses, triplet_losses
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput
from siamtrack.nets.verifier import EmbeddedPairs, VerifierNet
from siamtrack.training.criterion_config import (
    AnchorConfig,
    BanConfig,
    BatchHardConfig,
    CenternessConfig,
    CriterionConfig,
    FocalConfig,
    LogisticConfig,
    PointConfig,
    RankingConfig,
    TripletConfig,
)
from siamtrack.training.criterion_parts import Generator, boxes, given, places, teach_anchors, truth
from siamtrack.training.mask_criteria import anchor_mask, refined_mask


class Losses(Protocol):
    """A NamedTuple of scalars."""

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        ...

    def _asdict(self) -> dict[str, Any]: ...


Criterion = Callable[..., Losses]  # of a network, what it says of a batch of pairs, and the batch


class RankedLosses(NamedTuple):
    """A head's own losses and the ranking losses: the sum of both totals, and the parts before weighting."""

    total: Tensor
    cls: Tensor
    box: Tensor
    ranking_cls: Tensor
    ranking_score: Tensor
    ranking_iou: Tensor


def make_criterion(config: CriterionConfig, generator: torch.Generator | None = None) -> Criterion:
    """The criterion of a config.

    A criterion may be called with the batch on another device than the maps, and under any autocast of the network: it
    computes in float32.

    Args:
        generator: draws the anchors and cells that are taught, where they are drawn; it must be of the maps' device.
            Seeded anew before each step, it makes a resumed run the same as an uninterrupted one. None is torch's own.

    Raises:
        ValueError: (when called) the head gives no boxes, centre-ness or masks, and the criterion needs them.
    """
    return partial(CRITERIA[config.kind], config, generator)


def _logistic(
    config: LogisticConfig, _: Generator, net: SiameseNet, raw: HeadOutput, batch: PairBatch
) -> LogisticLosses:
    return logistic_losses(raw.cls_NCHW[:, 0].float(), _radius_labels(config, net, raw, batch))


def _triplet(config: TripletConfig, _: Generator, net: SiameseNet, raw: HeadOutput, batch: PairBatch) -> TripletLosses:
    return triplet_losses(raw.cls_NCHW[:, 0].float(), _radius_labels(config, net, raw, batch))


def _anchor(
    config: AnchorConfig, generator: Generator, net: SiameseNet, raw: HeadOutput, batch: PairBatch
) -> AnchorLosses | RankedLosses:
    labels, losses = teach_anchors(config, generator, net, raw, batch)
    if config.ranking is None:
        return losses
    positive_NAHW, negative_NAHW, _ = labels
    return _ranked(losses, config.ranking, net, raw, batch, positive_NAHW, negative_NAHW)


def _ban(
    config: BanConfig, generator: Generator, net: SiameseNet, raw: HeadOutput, batch: PairBatch
) -> BanLosses | RankedLosses:
    box_N4, present_N = truth(raw, batch)
    labels = ban_labels(box_N4, present_N, places(net, raw)[0, ..., :2], generator)
    losses = ban_losses(
        raw.cls_NCHW.float(),
        boxes(net, raw)[:, 0],
        box_N4,
        labels,
        box_weight=config.box_weight,
        overlap=config.overlap,
    )
    if config.ranking is None:
        return losses
    return _ranked(losses, config.ranking, net, raw, batch, labels.positive_NHW[:, None], labels.negative_NHW[:, None])


def _centerness(
    config: CenternessConfig, _: Generator, net: SiameseNet, raw: HeadOutput, batch: PairBatch
) -> CenternessLosses:
    box_N4, present_N = truth(raw, batch)
    return centerness_losses(
        raw.cls_NCHW.float(),
        boxes(net, raw)[:, 0],
        given(raw.center_N1HW, "centre-ness")[:, 0].float(),
        box_N4,
        centerness_labels(box_N4, present_N, places(net, raw)[0, ..., :2], config.core),
        box_weight=config.box_weight,
        center_weight=config.center_weight,
    )


def _focal(config: FocalConfig, _: Generator, net: SiameseNet, raw: HeadOutput, batch: PairBatch) -> FocalLosses:
    box_N4, present_N = truth(raw, batch)
    return focal_losses(
        raw.cls_NCHW[:, 0].float(),
        boxes(net, raw)[:, 0],
        given(raw.center_N1HW, "centre-ness")[:, 0].float(),
        box_N4,
        centerness_labels(box_N4, present_N, places(net, raw)[0, ..., :2], core=0),
        alpha=config.alpha,
        gamma=config.gamma,
        box_weight=config.box_weight,
        center_weight=config.center_weight,
    )


def _point(config: PointConfig, _: Generator, net: SiameseNet, raw: HeadOutput, batch: PairBatch) -> PointLosses:
    return point_losses(raw.cls_NCHW[:, 0].float(), boxes(net, raw)[:, 0], *truth(raw, batch), net.spec.stride)


def _batch_hard(
    config: BatchHardConfig, _: Generator, net: VerifierNet, raw: EmbeddedPairs, batch: PairBatch
) -> EmbeddingTripletLosses:
    """Crops of one sequence count as one object; the second crop of a negative pair is an object by itself."""
    sequence_N = batch.sequence_N
    if sequence_N is None:
        raise ValueError("this criterion needs batches that say which sequence each pair is of")
    sequence_N = sequence_N.to(raw.first_ND.device)
    other_N = -1 - torch.arange(len(sequence_N), device=sequence_N.device)
    label_M = torch.cat((sequence_N, torch.where(batch.positive_N.to(sequence_N.device), sequence_N, other_N)))
    return batch_hard_triplet(torch.cat(raw).float(), label_M, margin=config.margin)


CRITERIA: dict[str, Callable[..., Losses]] = {
    "logistic": _logistic,
    "triplet": _triplet,
    "anchor": _anchor,
    "anchor_mask": anchor_mask,
    "refined_mask": refined_mask,
    "ban": _ban,
    "centerness": _centerness,
    "focal": _focal,
    "point": _point,
    "batch_hard": _batch_hard,
}


def _radius_labels(
    config: LogisticConfig | TripletConfig, net: SiameseNet, raw: HeadOutput, batch: PairBatch
) -> Tensor:
    cells = raw.cls_NCHW.shape[-1]
    return radius_labels(*truth(raw, batch), cells, net.spec.stride, config.radius_px, config.distance)


def _ranked(
    own: AnchorLosses | BanLosses,
    config: RankingConfig,
    net: SiameseNet,
    raw: HeadOutput,
    batch: PairBatch,
    positive_NAHW: Tensor,
    negative_NAHW: Tensor,
) -> RankedLosses:
    """The ranking losses beside the head's own."""
    box_N4, _ = truth(raw, batch)
    score_NAHW, box_NAHW4, _ = net.decode(raw)
    pred_NAHW4, target_NAHW4 = where_positive(given(box_NAHW4, "boxes"), box_N4, positive_NAHW)
    iou_NAHW = iou_xyxy(cxcywh_to_xyxy(pred_NAHW4), cxcywh_to_xyxy(target_NAHW4))
    ranking: RankingLosses = ranking_losses(
        *(maps.flatten(1) for maps in (score_NAHW, iou_NAHW, positive_NAHW, negative_NAHW)), **config.model_dump()
    )
    return RankedLosses(own.total + ranking.total, own.cls, own.box, ranking.cls, ranking.score, ranking.iou)
