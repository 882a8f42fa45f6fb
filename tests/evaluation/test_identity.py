"""The three kinds of pairs of different objects, and the thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from siamtrack.evaluation.identity import Views, judge_identity

# Two views each of two dogs of one video, a dog of another, and a car.
_VIEWS = Views(
    np.array(["rex", "rex", "spot", "spot", "fido", "fido", "beetle", "beetle"]),
    np.array(["dog"] * 6 + ["car"] * 2),
    np.array(["park"] * 4 + ["beach"] * 2 + ["street"] * 2),
)


def embeddings(**angles: float) -> np.ndarray:
    """Both views of an object at its angle, a hundredth apart."""
    angle_V = np.array([angles[name] + 0.01 * (n % 2) for n, name in enumerate(_VIEWS.object_V)])
    return 3 * np.column_stack((np.cos(angle_V), np.sin(angle_V)))


def test_what_is_confused_shows_in_its_own_kind_of_pair() -> None:
    apart = judge_identity(embeddings(rex=0, spot=1, fido=2, beetle=3), _VIEWS)
    assert [apart[kind]["auc"] for kind in ("any", "category", "footage")] == [1, 1, 1]
    assert (apart["views"], apart["objects"]) == (8, 4)
    alike = judge_identity(embeddings(rex=0, spot=0, fido=2, beetle=3), _VIEWS)
    assert alike["footage"]["auc"] <= 0.5 and alike["category"]["auc"] == 1
    other = judge_identity(embeddings(rex=0, spot=1, fido=0, beetle=3), _VIEWS)
    assert other["category"]["auc"] < 1 and other["footage"]["auc"] == 1
    cars = judge_identity(embeddings(rex=0, spot=1, fido=2, beetle=2), _VIEWS)
    assert cars["any"]["auc"] < 1 and cars["category"]["auc"] == cars["footage"]["auc"] == 1


def test_thresholds_rise_as_fewer_may_be_accepted() -> None:
    rng = np.random.default_rng(0)
    names = np.repeat([f"object {n}" for n in range(40)], 4)
    views = Views(names, np.full(160, "thing"), np.repeat([f"film {n}" for n in range(20)], 8))
    center_VD = np.repeat(rng.normal(size=(40, 8)), 4, 0)
    record = judge_identity(center_VD + 0.5 * rng.normal(size=(160, 8)), views)
    thresholds = [record["thresholds"][rate] for rate in ("0.1", "0.05", "0.01", "0.001")]
    assert thresholds == sorted(thresholds) and 0 < thresholds[0] < thresholds[-1] <= 1
    assert 0.9 < record["any"]["auc"] <= 1 and record["any"]["accepted_at_0.05"] > record["any"]["accepted_at_0.01"]


def test_without_pairs_of_a_kind_there_is_no_record() -> None:
    with pytest.raises(ValueError, match="some of both kinds"):
        judge_identity(np.eye(4), Views(np.array(list("aabb")), np.array(list("ccdd")), np.array(list("eeff"))))
