"""Experiments of the VOT toolkit as the dictionaries that `stack.yaml` holds.

Types, parameters and analyses are those of the stacks that come with vot-toolkit 0.7.4. Its real-time experiments are
left out, as they measure the machine too, and a run is made once, as our trackers are deterministic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from siamtrack.data.datasets.registry import Protocol
from siamtrack.data.sequence import Sequence

Stack = Literal["supervised", "multistart", "unsupervised", "longterm"]

STACK_OF_PROTOCOL: dict[Protocol, Stack] = {
    "reset": "supervised",
    "anchor": "multistart",
    "one-pass": "unsupervised",
    "got10k": "unsupervised",
    "long-term": "longterm",
}


def make_stack(stack: Stack, title: str, interval: tuple[int, int]) -> dict[str, Any]:
    """What `stack.yaml` says; `interval` matters to supervised and multistart."""
    return {"title": title, "experiments": {_NAMES[stack]: _BUILDERS[stack](*interval)}}


def check_stack(stack: Stack, sequences: list[Sequence]) -> None:
    """Refuse sequences that the toolkit would stop at, after all the work before.

    Raises:
        ValueError: a frame where a run may start has no box; names sequence and frame.
    """
    for sequence in sequences:
        if stack == "multistart":  # where there are no anchors, some are placed on frames that have boxes
            starts = np.flatnonzero([] if sequence.anchors_T is None else sequence.anchors_T)
        else:  # a supervised run may start again anywhere
            starts = np.arange(len(sequence) if stack == "supervised" else 1)
        empty = starts[~sequence.annotated_T[starts]]
        if len(empty):
            raise ValueError(f"{sequence.name} has no box in frame {empty[0]}, where a {stack} run may start")


def _supervised(low: int, high: int) -> dict[str, Any]:
    return {
        "type": "supervised",
        "repetitions": 1,
        "skip_initialize": 5,
        "analyses": [
            {"type": "supervised_average_ar", "name": "ar", "sensitivity": 30},
            {"type": "supervised_eao_score", "name": "eao_score", "low": low, "high": high},
            {"type": "supervised_eao_curve", "name": "eao_curve"},
        ],
    }


def _multistart(low: int, high: int) -> dict[str, Any]:
    return {
        "type": "multistart",
        "analyses": [
            {"type": "multistart_average_ar", "name": "ar"},
            {"type": "multistart_eao_score", "name": "eao_score", "low": low, "high": high},
            {"type": "multistart_eao_curve", "name": "eao_curve", "high": high},
        ],
    }


def _unsupervised(low: int, high: int) -> dict[str, Any]:
    return {
        "type": "unsupervised",
        "repetitions": 1,
        "analyses": [
            {"type": "average_accuracy", "name": "accuracy", "burnin": 1},
            {"type": "average_success_plot", "name": "success_plot"},
        ],
    }


def _longterm(low: int, high: int) -> dict[str, Any]:
    return {
        "type": "unsupervised",
        "repetitions": 1,
        "analyses": [
            {"type": "average_tpr", "name": "average_tpr"},
            {"type": "pr_curve", "name": "pr_curve"},
            {"type": "f_curve", "name": "f_curve"},
        ],
    }


# What the toolkit's own stacks call these experiments.
_NAMES: dict[Stack, str] = {
    "supervised": "baseline",
    "multistart": "baseline",
    "unsupervised": "unsupervised",
    "longterm": "longterm",
}
_BUILDERS: dict[Stack, Callable[[int, int], dict[str, Any]]] = {
    "supervised": _supervised,
    "multistart": _multistart,
    "unsupervised": _unsupervised,
    "longterm": _longterm,
}
