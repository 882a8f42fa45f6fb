"""Small reports that hold what goes wrong: names that mean something to HTML or Markdown, numbers that do not exist."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from siamtrack.evaluation.report import Curve, Measure, Plot, Report, TrackerReport

SUCCESS = Measure("success_auc", "Success (AUC)")
FAILURES = Measure("failures", "Failures", higher_is_better=False, digits=1)
NASTY = "<b>a|b</b>&amp; $x_1$"

_SUCCESS_PLOT = Plot("success", "Success", "overlap threshold", "share of frames", "success_auc")
_NUMBERS = {"plain": (0.7, 4.0), NASTY: (0.65, 2.0), "_hidden": (0.6, math.nan)}
_SEQUENCES = {"bag": 0.0, "<i>book</i>": -0.3, "Jogging.1": 0.1}


def small_report() -> Report:
    """Three trackers, three sequences, three attributes; the third has no number of failures, nor on `bag`."""
    return Report(
        dataset="vot & <co>",
        protocol="reset",
        convention="siamtrack",
        rules=["IoU is counted where it is > t & < 1."],
        sequences=3,
        expected=60,
        frames=1234,
        measures=[SUCCESS, FAILURES],
        plots=[_SUCCESS_PLOT],
        trackers=[_tracker(name, *numbers) for name, numbers in _NUMBERS.items()],
        notes=["<script>alert(1)</script> is a note."],
    )


def lonely_report() -> Report:
    """One tracker, one sequence, no attributes, no curves, no notes, no rules."""
    tracker = replace(
        small_report().trackers[0], curves={}, attributes={}, sequences={"bag": {"success_auc": 0.7, "failures": 4.0}}
    )
    return replace(small_report(), sequences=1, expected=0, trackers=[tracker], rules=[], notes=[])


def empty_report() -> Report:
    """No number exists."""
    nothing = {"success_auc": math.nan, "failures": math.nan}
    tracker = TrackerReport("plain", nothing, {}, {"bag": nothing}, {"occlusion": nothing})
    return replace(small_report(), trackers=[tracker, replace(tracker, name="other")])


def large_report(trackers: int, sequences: int) -> Report:
    """As many trackers and sequences as asked for, three plots of 101 points, eleven attributes."""
    rng = np.random.default_rng(0)
    plots = [replace(_SUCCESS_PLOT, key=key) for key in ("success", "precision", "norm_precision")]
    x_K = np.linspace(0, 1, 101)

    def tracker(n: int) -> TrackerReport:
        success = 0.7 - 0.4 * n / trackers
        return TrackerReport(
            f"siamese_tracker_{n:03d}_with_a_long_name_epoch_{n}",
            {"success_auc": success, "failures": float(n)},
            {plot.key: Curve(x_K, success * (1 - x_K**2)) for plot in plots},
            {f"sequence_{s:03d}": _pair(rng.uniform(0.2, 0.9), float(rng.integers(9))) for s in range(sequences)},
            {f"attribute {a}": _pair(success + rng.uniform(-0.1, 0.1), float(n)) for a in range(11)},
        )

    return replace(small_report(), plots=plots, trackers=[tracker(n) for n in range(trackers)])


def _tracker(name: str, success: float, failures: float) -> TrackerReport:
    x_K = np.linspace(0, 1, 21)
    return TrackerReport(
        name,
        _pair(success, failures),
        {"success": Curve(x_K, success * (1 - x_K))},
        {
            sequence: _pair(math.nan if name == "_hidden" and sequence == "bag" else success + more, failures)
            for sequence, more in _SEQUENCES.items()
        },
        {a: _pair(success + 0.02 * n, failures) for n, a in enumerate(("occlusion", "motion <fast>", "size_change"))},
    )


def _pair(success: float, failures: float) -> dict[str, float]:
    return {"success_auc": float(success), "failures": failures}
