"""Triplet loss of a response map (Dong and Shen, "Triplet Loss in Siamese Network for Object Tracking", ECCV 2018).

Shape legend: N pairs, K cells of a map in a row, P the positive and Q the negative cell of a pair of cells.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from siamtrack.losses.selection import masked_mean


class TripletLosses(NamedTuple):
    """A scalar, and the share of (positive, negative) pairs of cells that are in the wrong order."""

    total: Tensor
    wrong: Tensor


def triplet_losses(response_NHW: Tensor, positive_NHW: Tensor) -> TripletLosses:
    """-log of the probability exp(p) / (exp(p) + exp(q)), the mean over all positive p and negative q of a map.

    The labels are SiamFC's (`radius_labels`). A map without positive cells has nothing to compare and does not count.

    Args:
        response_NHW: before any sigmoid.
        positive_NHW: bool; every other cell is negative.
    """
    response_NK, positive_NK = response_NHW.flatten(1), positive_NHW.flatten(1)
    compared_NPQ = positive_NK[:, :, None] & ~positive_NK[:, None, :]
    lead_NPQ = response_NK[:, :, None] - response_NK[:, None, :]
    count_N = compared_NPQ.sum((1, 2))
    loss_N = (functional.softplus(-lead_NPQ) * compared_NPQ).sum((1, 2)) / count_N.clamp_min(1)
    wrong_N = ((lead_NPQ < 0) & compared_NPQ).sum((1, 2)) / count_N.clamp_min(1)
    return TripletLosses(masked_mean(loss_N, count_N > 0), masked_mean(wrong_N, count_N > 0))
