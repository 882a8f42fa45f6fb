"""VOT's three protocols, scored from result files: reset-based, anchor-based and long-term.

`score` reads one tracker's files and gives its numbers; `rules` says in words how they came about.
"""

from __future__ import annotations

from siamtrack.evaluation.vot.score import CONVENTIONS, MEASURES, PLOTS, check_convention, rules, score

__all__ = ["CONVENTIONS", "MEASURES", "PLOTS", "check_convention", "rules", "score"]
