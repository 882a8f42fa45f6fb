"""A tracker on spliced sequences: each one three times, with its target removed, occluded, and cut away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as Ordered
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from siamtrack.data.sequence import Sequence
from siamtrack.data.splice import ABSENCES, Absence, in_turn, splice_each
from siamtrack.evaluation.lanes import Lanes
from siamtrack.evaluation.passes import pass_each
from siamtrack.evaluation.presence import (
    Presence,
    Reliability,
    Sightings,
    join,
    presence,
    reliability,
    sightings,
)
from siamtrack.evaluation.roc import best_threshold


@dataclass(frozen=True)
class SplicedRuns:
    """What a tracker said.

    Attributes:
        seen: way of absence -> sequence -> the frames that count.
    """

    seen: Mapping[Absence, Mapping[str, Sightings]]

    @property
    def names(self) -> list[str]:
        """Of the sequences."""
        return list(self.seen[ABSENCES[0]])

    def pooled(self, absences: Iterable[Absence] = ABSENCES, names: Iterable[str] | None = None) -> Sightings:
        """The frames of some runs in one row: one threshold must do for all of them."""
        wanted = self.names if names is None else list(names)
        return join([self.seen[absence][name] for absence in absences for name in wanted])


def run_spliced(
    sequences: Ordered[Sequence], lanes: Lanes, ticked: Callable[[int], None] = lambda frames: None
) -> SplicedRuns:
    """Follow the target of every sequence through the three ways of its absence.

    Args:
        ticked: called after every step with the number of frames it took.

    Raises:
        ValueError: a sequence cannot be spliced, or the tracker has no scores.
        RuntimeError: a sequence failed; names it.
    """
    made = {absence: splice_each(sequences, _always(absence)) for absence in ABSENCES}
    passed = pass_each([spliced for of_absence in made.values() for spliced in of_absence], lanes, ticked)
    return SplicedRuns(
        {
            absence: {
                sequence.name: sightings(spliced, *passed[spliced.name])
                for sequence, spliced in zip(sequences, of_absence, strict=True)
            }
            for absence, of_absence in made.items()
        }
    )


def run_in_turn(sequences: Ordered[Sequence], lanes: Lanes) -> Sightings:
    """Every sequence once, the ways of absence dealt out to the spans in turn: a third of the work of `run_spliced`.

    Raises:
        ValueError, RuntimeError: as there.
    """
    made = splice_each(sequences, in_turn)
    passed = pass_each(made, lanes)
    return join([sightings(spliced, *passed[spliced.name]) for spliced in made])


def _always(absence: Absence) -> Callable[[int], tuple[Absence, Absence]]:
    return lambda number: (absence, absence)


def as_json(runs: SplicedRuns) -> dict[str, Any]:
    """All numbers, as dicts and lists; numbers that do not exist are NaN."""
    total = runs.pooled()
    threshold, balanced = best_threshold(total.score_F, total.present_F)
    return {
        "total": asdict(presence(total)),
        "best_threshold": {"score": threshold, "balanced_accuracy": balanced},
        "absences": {absence: asdict(presence(runs.pooled([absence]))) for absence in ABSENCES},
        "sequences": {
            name: {
                "total": asdict(presence(runs.pooled(names=[name]))),
                **{absence: asdict(presence(runs.seen[absence][name])) for absence in ABSENCES},
            }
            for name in runs.names
        },
        "reliability": _reliability_json(reliability(total)),
    }


def _reliability_json(found: Reliability) -> dict[str, Any]:
    arrays = {"count": found.count_B, "score": found.score_B, "overlap": found.overlap_B, "share_iou50": found.good_B}
    return {"error": found.error} | {key: np.asarray(values_B).tolist() for key, values_B in arrays.items()}


def table(runs: SplicedRuns) -> list[tuple[str, list[Presence]]]:
    """Rows for people: a sequence each, then "total"; of each way of absence, then of all frames."""
    rows = [
        (name, [*(presence(runs.seen[absence][name]) for absence in ABSENCES), presence(runs.pooled(names=[name]))])
        for name in runs.names
    ]
    total = [*(presence(runs.pooled([absence])) for absence in ABSENCES), presence(runs.pooled())]
    return [*rows, ("total", total)]
