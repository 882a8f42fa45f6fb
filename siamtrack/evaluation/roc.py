"""Does a score tell positives from negatives? Its ROC, the area under it and the best threshold.

Shape legend: F things scored, K points of a curve, G values that occur.
"""

from __future__ import annotations

import numpy as np


def roc_auc(score_F: np.ndarray, positive_F: np.ndarray) -> float:
    """The chance that a positive's score is above a negative's, a tie counting half; NaN without either.

    This is the area under the ROC by the trapezoid rule (Hanley and McNeil 1982).
    """
    positives = int(positive_F.sum())
    negatives = len(positive_F) - positives
    if not positives or not negatives:
        return float("nan")
    _, group_F, count_G = np.unique(score_F, return_inverse=True, return_counts=True)
    rank_F = (np.cumsum(count_G) - (count_G - 1) / 2)[group_F]  # from 1; equal scores share their middle rank
    wins = rank_F[positive_F].sum() - positives * (positives + 1) / 2
    return float(wins / (positives * negatives))


def roc_curve(score_F: np.ndarray, positive_F: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds, and the shares of negatives and of positives with at least that score, each (K,).

    The first threshold is infinite, the others are the scores that occur, falling.

    Raises:
        ValueError: there are no positives or no negatives.
    """
    if positive_F.all() or not positive_F.any():
        raise ValueError(f"{int(positive_F.sum())} of {len(positive_F)} are positive; a ROC needs some of both kinds")
    threshold_K, group_F = np.unique(-score_F, return_inverse=True)
    hits_K = np.bincount(group_F, positive_F, len(threshold_K)).cumsum()
    alarms_K = np.bincount(group_F, ~positive_F, len(threshold_K)).cumsum()
    shares = [np.concatenate(([0.0], counts_K / counts_K[-1])) for counts_K in (alarms_K, hits_K)]
    return np.concatenate(([np.inf], -threshold_K)), shares[0], shares[1]


def best_threshold(score_F: np.ndarray, positive_F: np.ndarray) -> tuple[float, float]:
    """The score from which on to say "positive", and the mean of the two shares that are right then.

    The threshold of the largest Youden index, half-way to the next lower score.

    Raises:
        ValueError: there are no positives or no negatives.
    """
    threshold_K, false_K, true_K = roc_curve(score_F, positive_F)
    best = int(np.argmax((true_K - false_K)[1:])) + 1
    below = min(best + 1, len(threshold_K) - 1)
    return float(threshold_K[[best, below]].mean()), float((true_K[best] + 1 - false_K[best]) / 2)
