"""Which cells of a map count: drawing a few of each pair's, and means over those drawn.

Masks, not indices: nothing here asks the device how many cells there are.

Shape legend: N pairs, X any trailing shape of a map, K its cells in a row.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# SiamRPN, section 3.3: at most 16 positives and 64 samples of a pair; pysot draws 48 negatives however many positives
# there are, and 16 of a pair whose object is absent (TRAIN.POS_NUM, TOTAL_NUM, NEG_NUM). SiamBAN: the same.
_POSITIVES = 16
_NEGATIVES = 48
_NEGATIVES_OF_ABSENT = 16


def draw(candidate_NX: Tensor, most: int, generator: torch.Generator | None = None) -> Tensor:
    """At most `most` of each pair's candidates, every one equally likely.

    Args:
        candidate_NX: bool.
        generator: of the candidates' device; None is torch's own.

    Returns:
        bool, of the candidates' shape.
    """
    candidate_NK = candidate_NX.flatten(1)
    lot_NK = torch.rand(candidate_NK.shape, device=candidate_NK.device, generator=generator)
    first = lot_NK.masked_fill(~candidate_NK, -1).topk(min(most, candidate_NK.shape[1]), 1).indices
    drawn_NK = torch.zeros_like(candidate_NK).scatter(1, first, True)
    return (drawn_NK & candidate_NK).view_as(candidate_NX)


def draw_samples(
    inside_NX: Tensor,
    outside_NX: Tensor,
    near_NX: Tensor,
    present_N: Tensor,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """The samples of anchor and point heads.

    Args:
        inside_NX: bool, candidates for the positives of a pair whose object is present; 16 of them at most.
        outside_NX: bool, candidates for its negatives; 48 at most.
        near_NX: bool, candidates for the negatives of a pair whose object is absent, about the object that is there
            instead; 16 at most.
        present_N: bool.
        generator: see `draw`.

    Returns:
        positive_NX, negative_NX: bool.
    """
    present_NX = _along(present_N, inside_NX)
    positive_NX = draw(inside_NX & present_NX, _POSITIVES, generator)
    outside_NX = draw(outside_NX & present_NX, _NEGATIVES, generator)
    return positive_NX, outside_NX | draw(near_NX & ~present_NX, _NEGATIVES_OF_ABSENT, generator)


def masked_mean(value: Tensor, mask: Tensor) -> Tensor:
    """Scalar mean of the values whose mask is set, 0 where none is; a value that is not needs only be finite."""
    return torch.where(mask, value, 0).sum() / mask.sum().clamp_min(1)


def select_cross_entropy(logit_N2X: Tensor, positive_NX: Tensor, negative_NX: Tensor) -> Tensor:
    """Half the mean cross-entropy of the positives plus half that of the negatives (pysot `select_cross_entropy_loss`).

    Args:
        logit_N2X: class 1 is the target.
        positive_NX, negative_NX: bool; each mean is over the whole batch, 0 where it has none.
    """
    log_probability_N2X = functional.log_softmax(logit_N2X, 1)
    positive = masked_mean(-log_probability_N2X[:, 1], positive_NX)
    negative = masked_mean(-log_probability_N2X[:, 0], negative_NX)
    return (positive + negative) / 2


def where_positive(pred_NX4: Tensor, box_N4: Tensor, positive_NX: Tensor) -> tuple[Tensor, Tensor]:
    """Predicted and true boxes of every cell, the prediction replaced by the truth where the cell is not positive.

    So a box that nobody asked for, which may be infinite early in training, cannot spoil the gradient.
    """
    target_NX4 = _along(box_N4, pred_NX4[..., 0]).expand_as(pred_NX4)
    return torch.where(positive_NX[..., None], pred_NX4, target_NX4), target_NX4


def _along(value_N: Tensor, like_NX: Tensor) -> Tensor:
    """Insert dimensions of one after the first so that a value of each pair meets every cell of it."""
    return value_N.view(len(value_N), *[1] * (like_NX.ndim - 1), *value_N.shape[1:])
