"""Losses on embeddings and on scores of single crops: pairs, triplets, and pairs in the order of their quality.

Shape legend: N rows of a batch, A P Q the anchor, positive and negative among them, D dimensions of an embedding, X any
shape, G groups, L the members of a group.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from siamtrack.losses.selection import masked_mean


class ContrastiveLosses(NamedTuple):
    """Scalars: the sum that is minimised, and what similar and dissimilar pairs contribute to it."""

    total: Tensor
    similar: Tensor
    dissimilar: Tensor


class EmbeddingTripletLosses(NamedTuple):
    """A scalar, and the share of what was compared that still costs something; a run that learns brings it down."""

    total: Tensor
    active: Tensor


class PairwiseRankingLosses(NamedTuple):
    """A scalar, and the share of the compared pairs that are in the wrong order."""

    total: Tensor
    wrong: Tensor


def squared_euclidean(a_XD: Tensor, b_XD: Tensor) -> Tensor:
    """Squared distances; shapes broadcast, so `a[:, None], b[None]` gives all against all."""
    return (a_XD - b_XD).square().sum(-1)


def euclidean(a_XD: Tensor, b_XD: Tensor) -> Tensor:
    """Distances; shapes broadcast as in `squared_euclidean`. Between equal points the gradient is zero, not NaN."""
    return torch.linalg.vector_norm(a_XD - b_XD, dim=-1)


def cosine_distance(a_XD: Tensor, b_XD: Tensor) -> Tensor:
    """1 less the cosine of the angle, 0 to 2; shapes broadcast as in `squared_euclidean`. A zero vector is 1 from all.

    Of unit vectors this is half the squared Euclidean distance.
    """
    return 1 - (functional.normalize(a_XD, dim=-1) * functional.normalize(b_XD, dim=-1)).sum(-1)


def contrastive_losses(
    distance_N: Tensor, label_N: Tensor, *, margin: float, similar: Literal[0, 1]
) -> ContrastiveLosses:
    """Half the squared distance of similar pairs, half the square of what dissimilar ones lack of the margin.

    Hadsell, Chopra and LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", CVPR 2006, eq. 4; the mean
    over the pairs.

    Args:
        distance_N: see `euclidean`.
        label_N: bool or 0 and 1.
        margin: of the distance; dissimilar pairs that far apart cost nothing.
        similar: the label of similar pairs, on which publications disagree: 0 in the paper, where Y = 1 is a dissimilar
            pair; 1 in Caffe's `ContrastiveLoss` layer, where it says "the same".

    Raises:
        ValueError: labels and distances differ in shape, or `similar` is neither label.
    """
    if similar not in (0, 1):
        raise ValueError(f"similar is {similar!r}, expected the label of similar pairs, 0 or 1")
    _check_shape("label_N", label_N, distance_N)
    similar_N = label_N == similar
    attraction = torch.where(similar_N, distance_N.square() / 2, 0).mean()
    repulsion = torch.where(similar_N, 0, (margin - distance_N).relu().square() / 2).mean()
    return ContrastiveLosses(attraction + repulsion, attraction, repulsion)


def margin_triplet(
    anchor_ND: Tensor, positive_ND: Tensor, negative_ND: Tensor, *, margin: float
) -> EmbeddingTripletLosses:
    """What the negative's squared distance lacks of the positive's plus a margin; the mean over the triplets.

    Schroff, Kalenichenko and Philbin, "FaceNet", CVPR 2015, eq. 3, there with embeddings of length 1 and margin 0.2.

    Raises:
        ValueError: the three differ in shape.
    """
    _check_shape("positive_ND", positive_ND, anchor_ND)
    _check_shape("negative_ND", negative_ND, anchor_ND)
    near_N, far_N = squared_euclidean(anchor_ND, positive_ND), squared_euclidean(anchor_ND, negative_ND)
    loss_N = (near_N - far_N + margin).relu()
    return EmbeddingTripletLosses(loss_N.mean(), (loss_N > 0).float().mean())


def batch_hard_triplet(embedding_ND: Tensor, label_N: Tensor, *, margin: float) -> EmbeddingTripletLosses:
    """Each row as an anchor against its farthest positive and its nearest negative in the batch.

    Hermans, Beyer and Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017, eq. 5; distances are
    not squared there (section 2), and a batch holds several rows of each of several identities. An anchor without a
    positive or without a negative does not count.

    Args:
        label_N: int, the identity of each row.

    Raises:
        ValueError: not one label a row.
    """
    positive_NN, negative_NN = _pairs(embedding_ND, label_N)
    distance_NN = euclidean(embedding_ND[:, None], embedding_ND[None])
    far_N = torch.where(positive_NN, distance_NN, 0).amax(1)
    near_N = torch.where(negative_NN, distance_NN, torch.inf).amin(1)
    loss_N = (far_N - near_N + margin).relu()
    counted_N = positive_NN.any(1) & negative_NN.any(1)
    return EmbeddingTripletLosses(masked_mean(loss_N, counted_N), masked_mean((loss_N > 0).float(), counted_N))


def semi_hard_triplet(embedding_ND: Tensor, label_N: Tensor, *, margin: float) -> EmbeddingTripletLosses:
    """Each (anchor, positive) pair against the nearest negative that is farther than the positive, yet within margin.

    FaceNet, section 3.2 and eq. 4: negatives nearer than the positive would lead to a collapse early in training. The
    mean over the pairs that have such a negative; `active` is their share. Memory grows with the cube of the rows.

    Args:
        label_N: int, the identity of each row.
        margin: of squared distances, 0.2 in the paper.

    Raises:
        ValueError: not one label a row.
    """
    positive_AP, negative_AQ = _pairs(embedding_ND, label_N)
    distance_NN = squared_euclidean(embedding_ND[:, None], embedding_ND[None])
    near_AP1, far_A1Q = distance_NN[:, :, None], distance_NN[:, None, :]
    semi_hard_APQ = negative_AQ[:, None, :] & (far_A1Q > near_AP1) & (far_A1Q < near_AP1 + margin)
    far_AP = torch.where(semi_hard_APQ, far_A1Q, torch.inf).amin(2)
    counted_AP = positive_AP & semi_hard_APQ.any(2)
    loss_AP = (distance_NN - far_AP + margin).relu()
    return EmbeddingTripletLosses(masked_mean(loss_AP, counted_AP), masked_mean(counted_AP.float(), positive_AP))


def pairwise_ranking(score_GL: Tensor, rank_GL: Tensor, *, margin: float) -> PairwiseRankingLosses:
    """What the score of a higher rank lacks of a lower one's plus a margin; all pairs of each group, forwarded once.

    Liu, van de Weijer and Bagdanov, "RankIQA", ICCV 2017, sections 3.2 and 3.3: max(0, f(worse) - f(better) + margin),
    where a group is one image under the levels of one distortion. The margin is 10 in the released code for TID2013,
    whose sum over the pairs is divided by the images; here it is the mean over the pairs of differing rank.

    Args:
        rank_GL: int or float, higher is better; members of equal rank are not compared.

    Raises:
        ValueError: scores and ranks differ in shape.
    """
    _check_shape("rank_GL", rank_GL, score_GL)
    lead_GLL = score_GL[:, :, None] - score_GL[:, None, :]
    compared_GLL = rank_GL[:, :, None] > rank_GL[:, None, :]
    loss = masked_mean((margin - lead_GLL).relu(), compared_GLL)
    return PairwiseRankingLosses(loss, masked_mean((lead_GLL < 0).float(), compared_GLL))


def _pairs(embedding_ND: Tensor, label_N: Tensor) -> tuple[Tensor, Tensor]:
    """Two (N, N) masks: the other rows of the same identity, and the rows of others."""
    _check_shape("label_N", label_N, embedding_ND[:, 0])
    same_NN = label_N[:, None] == label_N[None]
    itself_NN = torch.eye(len(label_N), dtype=torch.bool, device=label_N.device)
    return same_NN & ~itself_NN, ~same_NN


def _check_shape(name: str, value: Tensor, like: Tensor) -> None:
    """Broadcasting a column against a row would compare everything with everything, and still give a loss."""
    if value.shape != like.shape:
        raise ValueError(f"{name} has shape {tuple(value.shape)}, expected {tuple(like.shape)}")
