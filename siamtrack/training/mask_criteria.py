"""The two criteria of SiamMask. Shape legend: see `criteria`; K mask cells of a pair, h w pixels of a mask."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from siamtrack.data.pairs import PairBatch
from siamtrack.losses.anchors import anchor_labels
from siamtrack.losses.masks import MaskCells, MaskLosses, mask_cells, mask_logits, mask_losses, mask_targets
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput
from siamtrack.training.criterion_config import AnchorMaskConfig, RefinedMaskConfig
from siamtrack.training.criterion_parts import Generator, given, places, teach_anchors, truth


class AnchorMaskLosses(NamedTuple):
    """Anchor losses and mask loss: the weighted sum, the parts before weighting, and how good the masks are."""

    total: Tensor
    cls: Tensor
    box: Tensor
    mask: Tensor
    mask_iou: Tensor
    mask_above_5: Tensor
    mask_above_7: Tensor


class RefinedMaskLosses(NamedTuple):
    """Mask loss, weighted and not, and how good the masks are."""

    total: Tensor
    mask: Tensor
    mask_iou: Tensor
    mask_above_5: Tensor
    mask_above_7: Tensor


def anchor_mask(
    config: AnchorMaskConfig, generator: Generator, net: SiameseNet, raw: HeadOutput, batch: PairBatch
) -> AnchorMaskLosses:
    """First stage: boxes, and the coarse masks of the cells of positive anchors."""
    labels, (total, cls, box) = teach_anchors(config, generator, net, raw, batch)
    cells, mask_NCHW = mask_cells(labels.positive_NAHW), given(raw.mask_NCHW, "masks")
    mask = _mask(net, mask_logits(mask_NCHW, cells), cells, mask_NCHW.shape[-1], batch)
    return AnchorMaskLosses(total + config.mask_weight * mask.total, cls, box, *mask)


def refined_mask(
    config: RefinedMaskConfig, generator: Generator, net: SiameseNet, raw: HeadOutput, batch: PairBatch
) -> RefinedMaskLosses:
    """Second stage: the sharp masks of those cells alone."""
    if raw.mask_features is None:
        raise ValueError("this criterion needs a head that refines masks, the network's does not")
    labels = anchor_labels(*truth(raw, batch), places(net, raw), net.spec.stride, generator)
    cells, width = mask_cells(labels.positive_NAHW), raw.cls_NCHW.shape[-1]
    pairs, each = cells.cell_NK.shape
    row_M = torch.arange(pairs, device=cells.cell_NK.device).repeat_interleave(each)
    cell_M = cells.cell_NK.flatten()
    raw = raw._replace(mask_features=tuple(maps.float() for maps in raw.mask_features))
    logit_Mhw = net.refine(raw, row_M, torch.stack((cell_M % width, cell_M // width), 1))
    mask = _mask(net, logit_Mhw.unflatten(0, (pairs, each)), cells, width, batch)
    return RefinedMaskLosses(config.mask_weight * mask.total, *mask)


def _mask(net: SiameseNet, logit_NKhw: Tensor, cells: MaskCells, width: int, batch: PairBatch) -> MaskLosses:
    """Mask loss of the pairs whose mask is known; zero where the batch has none."""
    if batch.mask_N1HW is None:
        zero = 0 * logit_NKhw.float().sum()  # still a part of the graph: other processes may have masks
        return MaskLosses(zero, zero, zero, zero)
    mask_N1HW = batch.mask_N1HW.to(logit_NKhw.device)
    target_NKhw = mask_targets(mask_N1HW, cells, width, net.spec.stride)
    known_N1 = (mask_N1HW > 0).any(3).any(2)
    return mask_losses(logit_NKhw.float(), target_NKhw, cells.valid_NK & known_N1)
