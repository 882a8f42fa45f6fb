"""How well embeddings tell objects apart, in all pairs of views of held-out objects.

Different objects come in three kinds of pairs: any two, two of one category in other footage, and two of the same
footage, which share surroundings and mostly the category too. The latter two are the hard ones.

Shape legend: V views, D dimensions of an embedding, F pairs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from siamtrack.evaluation.roc import roc_auc
from siamtrack.evaluation.verification import operating_point

RATES = (0.1, 0.05, 0.01, 0.001)  # shares of false accepts for which thresholds are kept


class Views(NamedTuple):
    """What views show.

    Attributes:
        object_V, category_V, source_V: names; views of one object share all three.
    """

    object_V: np.ndarray
    category_V: np.ndarray
    source_V: np.ndarray


def judge_identity(embedding_VD: np.ndarray, views: Views) -> dict[str, Any]:
    """A record of plain numbers.

    Returns:
        For `any`, `category` and `footage` pairs: the area under the ROC, and the shares of the same pairs accepted at
        5 % and at 1 % of those different ones. `thresholds`: rate -> score, on the hard pairs, see `RATES`.

    Raises:
        ValueError: there are no pairs of a kind.
    """
    unit_VD = embedding_VD / np.linalg.norm(embedding_VD, axis=1, keepdims=True).clip(1e-12)
    first, second = np.triu_indices(len(unit_VD), 1)
    score_F = (unit_VD @ unit_VD.T)[first, second]
    same_F, category_F, footage_F = (one[first] == one[second] for one in views)
    category_F, footage_F = category_F & ~same_F & ~footage_F, footage_F & ~same_F
    record: dict[str, Any] = {"views": len(unit_VD), "objects": len(np.unique(views.object_V))}
    for name, other_F in (("any", ~same_F), ("category", category_F), ("footage", footage_F)):
        record[name] = _against(score_F, same_F, other_F)
    hard_F = same_F | category_F | footage_F
    points = {rate: operating_point(score_F[hard_F], same_F[hard_F], rate) for rate in RATES}
    record["thresholds"] = {f"{rate:g}": round(point.threshold, 4) for rate, point in points.items()}
    return record


def _against(score_F: np.ndarray, same_F: np.ndarray, other_F: np.ndarray) -> dict[str, float]:
    kept_F = same_F | other_F
    score_F, same_F = score_F[kept_F], same_F[kept_F]
    accepted = {f"accepted_at_{rate:g}": operating_point(score_F, same_F, rate).true_accepts for rate in (0.05, 0.01)}
    return {name: round(value, 4) for name, value in ({"auc": roc_auc(score_F, same_F)} | accepted).items()}
