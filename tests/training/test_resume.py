"""What may differ between a run and its continuation."""

from __future__ import annotations

from typing import Any

import pytest

from siamtrack.training.resume import changed_keys

from .tiny import PAIRS, tiny_config


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"steps": 9, "data": {"sources": {"pack": {"frame_gap": 12}}, "validation": ["got10k-val"]}}, []),
        ({"batch": 4, "loss": {"kind": "focal"}}, ["batch", "loss.alpha", "loss.box_weight"]),
        ({"pairs": PAIRS | {"flip": 0.1}}, ["pairs.flip"]),
    ],
)
def test_what_differs_is_named(changes: dict[str, Any], expected: list[str]) -> None:
    assert changed_keys(tiny_config().model_dump(), tiny_config(**changes))[: len(expected)] == expected


def test_old_runs_jittered_the_aspect_of_templates_as_their_scale() -> None:
    then = tiny_config(pairs=PAIRS | {"template_log_scale": 0.04}).model_dump()
    del then["pairs"]["template_log_aspect"]
    same = tiny_config(pairs=PAIRS | {"template_log_scale": 0.04, "template_log_aspect": 0.04})
    assert changed_keys(then, same) == []
    other = tiny_config(pairs=PAIRS | {"template_log_scale": 0.04})
    assert changed_keys(then, other) == ["pairs.template_log_aspect"]
