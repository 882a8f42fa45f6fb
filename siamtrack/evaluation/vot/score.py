"""From the result files of a tracker to its numbers, by protocol and convention."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation.report import Measure, Plot, TrackerReport
from siamtrack.evaluation.vot import anchor, longterm, reset
from siamtrack.evaluation.vot.results import VotProtocol, read_results

MEASURES: dict[VotProtocol, list[Measure]] = {
    "reset": reset.MEASURES,
    "anchor": anchor.MEASURES,
    "long-term": longterm.MEASURES,
}
PLOTS: dict[VotProtocol, list[Plot]] = {
    "reset": reset.PLOTS,
    "anchor": anchor.PLOTS,
    "long-term": longterm.PLOTS,
}
CONVENTIONS: dict[VotProtocol, tuple[str, ...]] = {
    "reset": tuple(reset.CONVENTIONS),
    "anchor": tuple(anchor.CONVENTIONS),
    "long-term": tuple(longterm.CONVENTIONS),
}


def check_convention(protocol: VotProtocol, convention: str) -> None:
    """Refuse what is not known.

    Raises:
        ValueError: nobody scores this protocol by that convention; names those who do.
    """
    known = CONVENTIONS[protocol]
    if convention not in known:
        raise ValueError(
            f"no convention for the {protocol} protocol is called {convention!r}; known: {', '.join(known)}"
        )


def score(
    name: str,
    protocol: VotProtocol,
    sequences: Sequence[Video],
    folder: Path,
    convention: str,
    interval: tuple[int, int],
) -> TrackerReport:
    """Score the result files of one tracker.

    Args:
        name: of the tracker.
        sequences: the annotations; the size of their images must be known.
        folder: the tracker's; see `results` for what lies in it.
        convention: of `CONVENTIONS`.
        interval: lengths that the expected average overlap is averaged over, see `siamtrack.data.eao`; long-term has
            none.

    Raises:
        FileNotFoundError: there are no results of this protocol.
        ValueError: an unknown convention, results that do not fit the annotations, or a file that breaks the rules.
    """
    check_convention(protocol, convention)
    results = read_results(folder, sequences, protocol)
    if protocol == "long-term":
        return longterm.score(name, results, convention)
    by_starts = reset if protocol == "reset" else anchor
    return by_starts.score(name, results, convention, interval)


def rules(protocol: VotProtocol, convention: str, interval: tuple[int, int]) -> list[str]:
    """The rules of a convention in words, a line each.

    Raises:
        ValueError: an unknown convention.
    """
    check_convention(protocol, convention)
    if protocol == "long-term":
        return longterm.rules(convention)
    by_starts = reset if protocol == "reset" else anchor
    return by_starts.rules(convention, interval)
