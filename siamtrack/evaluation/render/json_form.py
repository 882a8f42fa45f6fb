"""A report as JSON: every number in full, null where there is none."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from siamtrack.evaluation.report import Report, TrackerReport


def as_json(report: Report) -> dict[str, Any]:
    """Plain dicts, lists, strings and numbers; each tracker has its measures beside its name."""
    return {
        "dataset": report.dataset,
        "protocol": report.protocol,
        "convention": report.convention,
        "rules": list(report.rules),
        "sequences": report.sequences,
        "expected_sequences": report.expected or None,
        "frames": int(report.frames),
        "notes": list(report.notes),
        "refused": dict(report.refused),
        "trackers": [_tracker(tracker) for tracker in report.trackers],
    }


def json_text(report: Report) -> str:
    """`as_json` as a file holds it."""
    return json.dumps(as_json(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def without_nan(value: Any) -> Any:
    """The same dicts and lists with null for every number that does not exist."""
    if isinstance(value, dict):
        return {key: without_nan(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_nan(one) for one in value]
    return _finite(value) if isinstance(value, float) else value


def _tracker(tracker: TrackerReport) -> dict[str, Any]:
    return {
        "name": tracker.name,
        **_numbers(tracker.measures),
        "sequences": {name: _numbers(numbers) for name, numbers in tracker.sequences.items()},
        "attributes": {name: _numbers(numbers) for name, numbers in tracker.attributes.items()},
        "curves": {key: {"x": _points(curve.x_K), "y": _points(curve.y_K)} for key, curve in tracker.curves.items()},
    }


def _numbers(numbers: dict[str, float]) -> dict[str, float | None]:
    return {key: _finite(value) for key, value in numbers.items()}


def _points(values_K: np.ndarray) -> list[float | None]:
    return [_finite(value) for value in values_K]


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
