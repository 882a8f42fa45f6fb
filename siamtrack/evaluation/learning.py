"""Scores against training pairs seen, and what the next doubling would bring. Shape legend: R records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# Key of a record -> title; `judge` says what they are.
SCORES = {
    "success": "OTB success",
    "precision": "OTB precision",
    "restarted": "OTB success, five passes",
    "bag": "overlap, bag",
    "book": "overlap, book",
    "held_out": "held-out tracks",
    "presence": "presence (ROC area)",
}
FITTED = 4  # last records that a line is laid through, if there are so many


@dataclass(frozen=True)
class Trend:
    """A straight line of score against the logarithm of pairs, by least squares through the last records.

    Attributes:
        pairs: twice those of the last record.
        score: what the line says there.
        gain: its slope, score a doubling.
        error: standard error of the slope; NaN with two records, through which any line fits.
        records: that it was laid through.
    """

    pairs: int
    score: float
    gain: float
    error: float
    records: int


def read_records(path: str | Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines, by pairs.

    Raises:
        ValueError: a line is no record with a positive number of `pairs`, or there is none; names the line.
    """
    records = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{path} line {number} is not JSON: {error}") from None
        pairs = record.get("pairs") if isinstance(record, dict) else None
        if isinstance(pairs, bool) or not isinstance(pairs, int | float) or not pairs > 0:
            raise ValueError(f"{path} line {number}: pairs is {pairs!r}, expected a positive number")
        records.append(record)
    if not records:
        raise ValueError(f"{path} holds no record")
    return sorted(records, key=lambda record: record["pairs"])


def column(records: list[dict[str, Any]], key: str) -> np.ndarray:
    """(R,) float64 one score of all records; NaN where a record lacks it."""
    return np.array([np.nan if record.get(key) is None else float(record[key]) for record in records])


def trend(pairs_R: np.ndarray, score_R: np.ndarray) -> Trend | None:
    """Extrapolate to the next doubling; None with fewer than two numbers of pairs that have the score.

    A line in the logarithm is the local shape of any slow curve, power laws among them: it does for one doubling and
    no more, and only while records are alike (all at the full learning rate, or all cooled down).
    """
    known_R = np.isfinite(score_R)
    pairs_R, score_R = pairs_R[known_R][-FITTED:], score_R[known_R][-FITTED:]
    if len(np.unique(pairs_R)) < 2:
        return None
    doublings_R = np.log2(pairs_R)
    slope, level = np.polyfit(doublings_R, score_R, 1)
    error = np.nan
    if len(pairs_R) > 2:
        residual = ((score_R - level - slope * doublings_R) ** 2).sum() / (len(pairs_R) - 2)
        error = np.sqrt(residual / ((doublings_R - doublings_R.mean()) ** 2).sum())
    score = float(level + slope * (doublings_R[-1] + 1))
    return Trend(int(2 * pairs_R[-1]), score, float(slope), float(error), len(pairs_R))


def markdown(records: list[dict[str, Any]]) -> str:
    """A row a record, then what the next doubling would bring: the gain, and the scores."""
    pairs_R = column(records, "pairs")
    shown = {key: title for key, title in SCORES.items() if np.isfinite(column(records, key)).any()}
    lines = ["| pairs | " + " | ".join(shown.values()) + " |", "|" + "---|" * (len(shown) + 1)]
    for record in records:
        cells = [_cell(float(value)) for value in (column([record], key)[0] for key in shown)]
        lines.append(f"| {record['pairs']:,.0f} | " + " | ".join(cells) + " |")
    trends = {key: trend(pairs_R, column(records, key)) for key in shown}
    if any(trends.values()):
        lines += [
            "| *gain a doubling* | " + " | ".join(_gain(trends[key]) for key in shown) + " |",
            "| *after the next, by the line* | "
            + " | ".join(_cell(min(found.score, 1.0)) if (found := trends[key]) else "-" for key in shown)
            + " |",
        ]
    return "\n".join(lines)


def _cell(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "-"


def _gain(found: Trend | None) -> str:
    if found is None:
        return "-"
    return f"{found.gain:+.3f}" + (f" ± {found.error:.3f}" if np.isfinite(found.error) else "")
