"""Why two numbers differ: one result set by everybody's rules, and where two result sets part.

Shape legend: T frames of a sequence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation.metrics import iou
from siamtrack.evaluation.onepass import Truth, gather, score, weights
from siamtrack.evaluation.rules import CONVENTIONS, Rules, get_rules

# Text files have three decimals; boxes that differ by less were the same.
_SAME_PX = 1.5e-3
_PARTED_IOU = 0.5  # less overlap between two trackers' boxes: they follow different things


@dataclass(frozen=True)
class Variant:
    """Numbers by other rules.

    Attributes:
        name: what is different.
        measures: measure key -> number.
    """

    name: str
    measures: dict[str, float]


@dataclass(frozen=True)
class Divergence:
    """Where two result sets part in one sequence.

    Attributes:
        differs: first frame, after the given one, in which the boxes are not the same; None if they are in all.
        parts: first frame in which their overlap is below 0.5; None if it never is.
        first, second: success AUC of each.
        effect: what this sequence adds to the difference of the means, second minus first.
    """

    sequence: str
    differs: int | None
    parts: int | None
    first: float
    second: float
    effect: float


def variants(dataset: str, convention: str, videos: Sequence[Video], boxes: Mapping[str, np.ndarray]) -> list[Variant]:
    """One tracker by the rules of a convention, by those with one rule changed, and by other conventions.

    Args:
        boxes: sequence -> (T, 4) xywh, 0-based.

    Raises:
        ValueError: an unknown convention, or one that needs image sizes which the annotations lack (others that do are
            left out).
    """
    base = get_rules(convention, dataset)
    named = {f"as {convention} does it": base}
    named |= {name: replace(base, **change) for name, change in _CHANGES.items() if _changes(base, change)}
    others = {name: get_rules(name, dataset) for name in CONVENTIONS if name != convention}
    sized = all(video.size is not None or len(video.images) for video in videos)
    named |= {f"as {name} does it": rules for name, rules in others.items() if sized or not rules.clip}
    truths: dict[tuple[object, ...], Truth] = {}  # what the rules below see of the annotations is often the same
    found = []
    for name, rules in named.items():
        key = (rules.absent, rules.flagged, rules.first == "skip", rules.clip)
        if key not in truths:
            truths[key] = gather(videos, rules)
        found.append(Variant(name, score("", truths[key], boxes, rules).measures))
    return found


# A pixel up or down is what a mix of 0-based and 1-based files does.
_CHANGES: dict[str, dict[str, Any]] = {
    "boxes cut to whole pixels": {"pixels": "truncated"},
    "boxes rounded to whole pixels": {"pixels": "rounded"},
    "boxes moved one pixel right and down": {"shift_px": 1.0},
    "boxes moved one pixel left and up": {"shift_px": -1.0},
    "an overlap at the threshold is a success": {"strict": False},
    "101 thresholds": {"thresholds": tuple(np.linspace(0, 1, 101).tolist())},
    "area by the trapezoid rule": {"area": "trapezoid"},
    "first frame as the file has it": {"first": "file"},
    "first frame does not count": {"first": "skip"},
    "first frame counts, with the given box": {"first": "truth"},
    "frames without a target do not count": {"absent": "skip"},
    "frames without a target are failures": {"absent": "failure"},
    "frames flagged as absent have no target": {"flagged": True},
    "flags of absence are ignored": {"flagged": False},
    "frames without a target are hits for precision": {"absent_center": "hit", "absent_norm": "hit"},
    "mean of all frames": {"average": "frames"},
    "mean of sequences": {"average": "sequences"},
}


def _changes(rules: Rules, change: Mapping[str, Any]) -> bool:
    return any(getattr(rules, key) != value for key, value in change.items())


def divergences(
    dataset: str,
    convention: str,
    videos: Sequence[Video],
    first: Mapping[str, np.ndarray],
    second: Mapping[str, np.ndarray],
) -> list[Divergence]:
    """Every sequence, those that explain most of the difference first; their effects add up to the difference."""
    rules = get_rules(convention, dataset)
    truth = gather(videos, rules)
    scores = [score("", truth, boxes, rules).sequences for boxes in (first, second)]
    found = []
    for video, weight in zip(videos, weights(truth, rules).tolist(), strict=True):
        a, b = (by_sequence[video.name]["success_auc"] for by_sequence in scores)
        differs_T = (np.abs(first[video.name] - second[video.name]) > _SAME_PX).any(1)
        parts_T = iou(first[video.name], second[video.name]) < _PARTED_IOU
        differs_T[0] = parts_T[0] = False  # toolkits write different things there; see `first_row_notes`
        effect = weight * (b - a) if weight else 0.0
        found.append(Divergence(video.name, _index(differs_T), _index(parts_T), a, b, effect))
    return sorted(found, key=lambda one: (-abs(one.effect), one.sequence))


def _index(where_T: np.ndarray) -> int | None:
    return int(np.flatnonzero(where_T)[0]) if where_T.any() else None
