"""Why two numbers differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siamtrack.data.sequence import NO_IMAGES, Sequence
from siamtrack.evaluation.compare import divergences, variants
from siamtrack.evaluation.rules import CONVENTIONS

_STILL = np.tile([10.0, 20.0, 30.0, 40.0], (10, 1))
VIDEOS = [Sequence(name, NO_IMAGES, _STILL, origin=1.0) for name in ("a", "b", "c")]


def test_one_result_set_by_everybodys_rules():
    boxes = {video.name: video.boxes_T4 + [0.7, 0.7, 0, 0] for video in VIDEOS}
    found = {one.name: one.measures for one in variants("otb100", "siamtrack", VIDEOS, boxes)}
    base = found["as siamtrack does it"]["success_auc"]
    assert found["boxes cut to whole pixels"]["success_auc"] > base
    assert found["boxes moved one pixel right and down"]["success_auc"] < base
    assert found["boxes moved one pixel left and up"]["success_auc"] > base
    assert found["first frame as the file has it"]["success_auc"] < base
    assert "first frame counts, with the given box" not in found  # that is the base
    assert {f"as {name} does it" for name in CONVENTIONS} <= found.keys()


def test_rules_that_need_the_image_size_are_left_out_without_it():
    boxes = {video.name: video.boxes_T4 for video in VIDEOS}
    found = [one.name for one in variants("got10k-val", "pysot", VIDEOS, boxes)]
    assert "as got10k does it" not in found and found[0] == "as pysot does it"
    with pytest.raises(ValueError, match="a: the size of its images is not known"):
        variants("got10k-val", "siamtrack", VIDEOS, boxes)


@pytest.mark.parametrize("dataset", ["otb100", "got10k-val"])
def test_effects_add_up_to_the_difference(dataset):
    """Sequences of one length and another weigh differently where all frames, or classes, are averaged."""
    videos = [
        replace(v, boxes_T4=v.boxes_T4[: 3 + 3 * n], category="ab"[n > 0], size=(99, 99)) for n, v in enumerate(VIDEOS)
    ]
    first = {video.name: video.boxes_T4.copy() for video in videos}
    second = {name: boxes + [4.0 * n, 0, 0, 0] for n, (name, boxes) in enumerate(first.items())}
    for convention in ("siamtrack", "got10k"):
        found = divergences(dataset, convention, videos, first, second)
        a, b = (variants(dataset, convention, videos, boxes)[0].measures["success_auc"] for boxes in (first, second))
        assert sum(one.effect for one in found) == pytest.approx(b - a) and b < a


def test_where_two_result_sets_part():
    first = {video.name: video.boxes_T4.copy() for video in VIDEOS}
    second = {name: boxes.copy() for name, boxes in first.items()}
    second["b"][4:, 0] += 2
    second["b"][7:, 0] += 100
    second["c"][9, 0] += 1e-4  # less than files hold
    found = divergences("otb100", "siamtrack", VIDEOS, first, second)
    assert [one.sequence for one in found] == ["b", "a", "c"]
    assert (found[0].differs, found[0].parts) == (4, 7)
    assert found[0].effect == pytest.approx((found[0].second - found[0].first) / 3) and found[0].effect < 0
    assert (found[1].differs, found[2].differs, found[1].parts) == (None, None, None)
