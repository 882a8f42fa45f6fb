"""Ranking losses, added to a head's own (RBO: Tang and Ling, "Ranking-Based Siamese Visual Tracking", CVPR 2022).

Constants and the treatment of each case were checked against the released code, `Rank_CLS_Loss` and `Rank_IGR_Loss` of
SiamRPN++-RBO and SiamPW-RBO, and its configs; the equations of the paper itself were not at hand.

Shape legend: N pairs, K anchors or cells of a pair in a row, I J the positives of a pair.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from siamtrack.losses.selection import masked_mean

# `Rank_CLS_Loss`: L and margin; TRAIN.HARD_NEGATIVE_THS and RANK_NUM_HARD_NEGATIVE_SAMPLES.
_SHARPNESS = 4.0
_MARGIN = 0.5
_HARD = 0.5
_LEAST_NEGATIVES = 8
# Labels have no more positives than this (TRAIN.POS_NUM); of labels with more, the ones of the highest IoU are ranked.
_RANKED = 16


class RankingLosses(NamedTuple):
    """Scalars: the sum that is minimised, and its parts before weighting."""

    total: Tensor
    cls: Tensor
    score: Tensor
    iou: Tensor


def ranking_losses(
    score_NK: Tensor,
    iou_NK: Tensor,
    positive_NK: Tensor,
    negative_NK: Tensor,
    *,
    gamma: float,
    cls_weight: float,
    iou_weight: float,
) -> RankingLosses:
    """Positives above hard negatives, and positives among themselves in the order of their IoU.

    Args:
        score_NK: probability of being the target.
        iou_NK: of the predicted box with the true one; read where positive.
        positive_NK, negative_NK: bool, the labels of the head's own losses.
        gamma: sharpness of the IoU-guided loss.
        cls_weight, iou_weight: of the classification ranking loss, and of both halves of the IoU-guided one.
    """
    cls = classification_ranking(score_NK, positive_NK, negative_NK)
    score, iou = iou_ranking(score_NK, iou_NK, positive_NK, gamma)
    return RankingLosses(cls_weight * cls + iou_weight * (score + iou), cls, score, iou)


def classification_ranking(score_NK: Tensor, positive_NK: Tensor, negative_NK: Tensor) -> Tensor:
    """log(1 + exp(4 (n - p + 0.5))) / 4: the hard negatives' expected score n must lie well below the positives' p.

    p is the mean over the positives, 1 for a pair without any. n is the mean over the highest negatives, as many as
    there are positives, each weighted with the softmax of the scores; of a pair without positives, all above 0.5 and at
    least 8. A pair without a negative above 0.5 is easy and does not count.

    Returns:
        scalar, the mean over the pairs that count.
    """
    sorted_NK = score_NK.masked_fill(~negative_NK, -1).sort(1, descending=True).values
    hard_N, count_N = (sorted_NK > _HARD).sum(1), positive_NK.sum(1)
    taken_N = torch.where(count_N > 0, count_N, hard_N.clamp_min(_LEAST_NEGATIVES))
    rank_K = torch.arange(sorted_NK.shape[1], device=score_NK.device)
    taken_NK = (rank_K < taken_N[:, None]) & (sorted_NK >= 0)
    weight_NK = sorted_NK.masked_fill(~taken_NK, -1e4).softmax(1) * taken_NK
    negative_N = (weight_NK * sorted_NK).sum(1)
    mean_N = torch.where(positive_NK, score_NK, 0).sum(1) / count_N.clamp_min(1)
    positive_N = torch.where(count_N > 0, mean_N, 1)
    loss_N = functional.softplus(_SHARPNESS * (negative_N - positive_N + _MARGIN)) / _SHARPNESS
    return masked_mean(loss_N, hard_N > 0)


def iou_ranking(score_NK: Tensor, iou_NK: Tensor, positive_NK: Tensor, gamma: float) -> tuple[Tensor, Tensor]:
    """exp(-gamma (a_i - a_j)) of all pairs of positives in which i should lie above j.

    First, a is the score, where i has the higher IoU: the better box is taught the higher score. Second, a is the IoU,
    where i has the higher score: the box that will be chosen is taught to be the better one, the other left alone.

    Returns:
        Two scalars: the mean over the pairs of positives, then over the pairs of crops that have any to compare.
    """
    kept_NI, index_NI = iou_NK.detach().masked_fill(~positive_NK, -1).topk(min(_RANKED, iou_NK.shape[1]), 1)
    score_NI, iou_NI = score_NK.gather(1, index_NI), iou_NK.gather(1, index_NI)
    both_NIJ = (kept_NI[:, :, None] >= 0) & (kept_NI[:, None, :] >= 0)
    score_lead_NIJ = score_NI[:, :, None] - score_NI[:, None, :]
    iou_lead_NIJ = iou_NI[:, :, None] - iou_NI.detach()[:, None, :]
    score = _mean_of_means((-gamma * score_lead_NIJ).exp(), both_NIJ & (iou_lead_NIJ > 0))
    iou = _mean_of_means((-gamma * iou_lead_NIJ).exp(), both_NIJ & (score_lead_NIJ > 0))
    return score, iou


def _mean_of_means(value_NIJ: Tensor, mask_NIJ: Tensor) -> Tensor:
    count_N = mask_NIJ.sum((1, 2))
    mean_N = torch.where(mask_NIJ, value_NIJ, 0).sum((1, 2)) / count_N.clamp_min(1)
    return masked_mean(mean_N, count_N > 0)
