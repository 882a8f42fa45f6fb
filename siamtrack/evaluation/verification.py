"""Are two things the same, and which of a few classes is this one? Scores of embeddings, as pure functions of arrays.

A score is higher where two things are more alike; of a distance, take the negative. Curves and their areas: see `roc`.

Shape legend: F pairs, C classes of an episode, K shots and Q queries of a class, D dimensions, E episodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from siamtrack.evaluation.roc import best_threshold, roc_auc, roc_curve

Distance = Literal["euclidean", "cosine"]

_NORMAL_95 = 1.96  # the normal distribution's central 95 % lie within so many standard errors


@dataclass(frozen=True)
class Verification:
    """How well scores tell same from different.

    Attributes:
        auc: area under the ROC, 0.5 for chance.
        threshold: that of the largest mean of the two accuracies on these pairs.
        accuracy: that mean: same pairs accepted and different ones refused, both kinds weighing one half.
    """

    auc: float
    threshold: float
    accuracy: float


@dataclass(frozen=True)
class OperatingPoint:
    """Pairs of `threshold` or more are accepted.

    Attributes:
        threshold: infinite if not even the highest score may be accepted.
        false_accepts, true_accepts: shares of the different and of the same pairs (FAR and VAL in FaceNet, section 4).
    """

    threshold: float
    false_accepts: float
    true_accepts: float


@dataclass(frozen=True)
class Interval:
    """A mean and what it may be off by with 95 % confidence."""

    mean: float
    half_width: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} +- {self.half_width:.3f}"


def verification(score_F: np.ndarray, same_F: np.ndarray) -> Verification:
    """Area, and the threshold chosen on these very pairs: take it from some and judge it on others.

    Raises:
        ValueError: see `operating_point`.
    """
    _check_pairs(score_F, same_F)
    threshold, accuracy = best_threshold(score_F, same_F)
    return Verification(roc_auc(score_F, same_F), threshold, accuracy)


def accuracy_at(score_F: np.ndarray, same_F: np.ndarray, threshold: float) -> float:
    """Share accepted of the same pairs and share refused of the different ones, their mean: 0.5 for chance.

    Raises:
        ValueError: see `operating_point`.
    """
    _check_pairs(score_F, same_F)
    accepted_F = score_F >= threshold
    return float((accepted_F[same_F].mean() + (~accepted_F)[~same_F].mean()) / 2)


def operating_point(score_F: np.ndarray, same_F: np.ndarray, false_accepts: float) -> OperatingPoint:
    """The lowest threshold at which no more than that share of the different pairs is accepted.

    Args:
        same_F: bool.
        false_accepts: wanted share, 0-1. Of D different pairs the smallest share that can be told is 1 / D.

    Raises:
        ValueError: the share is none, a score is not finite, or there are no same or no different pairs.
    """
    if not 0 <= false_accepts <= 1:
        raise ValueError(f"a share of false accepts of {false_accepts}, expected 0 to 1")
    _check_pairs(score_F, same_F)
    threshold_K, false_K, true_K = roc_curve(score_F, same_F)
    last = int(np.searchsorted(false_K, false_accepts, "right")) - 1
    return OperatingPoint(float(threshold_K[last]), float(false_K[last]), float(true_K[last]))


def few_shot_accuracy(support_CKD: np.ndarray, query_CQD: np.ndarray, distance: Distance = "euclidean") -> float:
    """Share of an episode's queries whose nearest class mean is their own; 1 / C for chance.

    A class stands for itself as the mean of its shots' embeddings (Snell, Swersky and Zemel, "Prototypical Networks",
    2017, eq. 1), and the nearest is the most probable one (eq. 2). Where several are nearest, each has its share.

    Args:
        support_CKD, query_CQD: embeddings, row c of both of one class.
        distance: squared Euclidean, the paper's, or cosine, as Matching Networks (Vinyals et al. 2016).

    Raises:
        ValueError: the two do not fit together, an embedding is not finite, or the distance is neither.
    """
    if distance not in get_args(Distance):
        raise ValueError(f"distance is {distance!r}, expected one of {', '.join(get_args(Distance))}")
    shapes = f"{support_CKD.shape} and {query_CQD.shape}"
    if support_CKD.ndim != 3 or query_CQD.ndim != 3 or support_CKD.shape[::2] != query_CQD.shape[::2]:
        raise ValueError(f"support and queries have shapes {shapes}, expected (C, K, D) and (C, Q, D)")
    if not support_CKD.size or not query_CQD.size:
        raise ValueError(f"support and queries have shapes {shapes}, expected some of each")
    if not (np.isfinite(support_CKD).all() and np.isfinite(query_CQD).all()):
        raise ValueError("an embedding is not finite")
    mean_CD = support_CKD.mean(1)
    if distance == "cosine":
        mean_CD, query_CQD = _unit(mean_CD), _unit(query_CQD)
    distance_CQC = np.square(query_CQD[:, :, None] - mean_CD).sum(-1)
    nearest_CQC = distance_CQC == distance_CQC.min(-1, keepdims=True)
    own_CQ = np.diagonal(nearest_CQC, axis1=0, axis2=2).T
    return float((own_CQ / nearest_CQC.sum(-1)).mean())


def mean_interval(accuracy_E: np.ndarray) -> Interval:
    """The mean over episodes and 1.96 standard errors of it, as few-shot results are published.

    The normal approximation wants many episodes; 600 are usual (Snell et al. 2017, section 3.2).

    Raises:
        ValueError: there are fewer than two.
    """
    if len(accuracy_E) < 2:
        raise ValueError(f"{len(accuracy_E)} episodes have no confidence interval, expected two or more")
    return Interval(
        float(np.mean(accuracy_E)), float(_NORMAL_95 * np.std(accuracy_E, ddof=1) / np.sqrt(len(accuracy_E)))
    )


def pearson_r(a_F: np.ndarray, b_F: np.ndarray) -> float:
    """Correlation of two rows of numbers, -1 to 1; NaN where one of them does not vary."""
    a_F, b_F = a_F - np.mean(a_F), b_F - np.mean(b_F)
    scale = np.sqrt((a_F @ a_F) * (b_F @ b_F))
    return float(a_F @ b_F / scale) if scale > 0 else float("nan")


def _check_pairs(score_F: np.ndarray, same_F: np.ndarray) -> None:
    if score_F.shape != same_F.shape or same_F.dtype != bool:
        raise ValueError(
            f"scores of shape {score_F.shape} and labels of shape {same_F.shape}, {same_F.dtype}; "
            "expected one shape and bool"
        )
    wrong = np.flatnonzero(~np.isfinite(score_F))
    if len(wrong):
        raise ValueError(f"pair {wrong[0]} has score {score_F[wrong[0]]}, expected a finite number")
    if same_F.all() or not same_F.any():
        raise ValueError(f"{int(same_F.sum())} of {len(same_F)} pairs are the same, expected some of both kinds")


def _unit(x: np.ndarray) -> np.ndarray:
    """Vectors along the last axis at length 1; a zero vector stays."""
    length = np.linalg.norm(x, axis=-1, keepdims=True)
    return x / np.where(length > 0, length, 1)
