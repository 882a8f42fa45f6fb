"""The SiamRPN family: DaSiamRPN, and SiamRPN and SiamRPN++ against pysot."""

from __future__ import annotations

import numpy as np
import pytest

from .recordings import BOX_TOLERANCE, assert_boxes_and_scores_agree, assert_maps_agree, tracked


def test_dasiamrpn(golden, bag_frames: list[np.ndarray]) -> None:  # type: ignore[no-untyped-def]
    """The recording holds centre, size and score, from the second frame on."""
    dasiamrpn = golden("dasiamrpn_SiamRPNvot_s0", "dasiamrpn_vot")
    assert_maps_agree(dasiamrpn)
    boxes, scores = tracked(dasiamrpn, bag_frames)
    recorded = dasiamrpn.arrays["boxes"]
    center = boxes[1:, :2] + boxes[1:, 2:] / 2
    np.testing.assert_allclose(np.hstack((center, boxes[1:, 2:])), recorded[:, :4], rtol=0, atol=BOX_TOLERANCE)
    np.testing.assert_allclose(scores[1:], recorded[:, 4], rtol=0, atol=1e-3)


def test_shallow(golden, bag_frames: list[np.ndarray]) -> None:  # type: ignore[no-untyped-def]
    published = golden("siamrpn_alex_dwxcorr_s0", "siamrpn_alex_dwxcorr")
    assert_maps_agree(published)
    assert_boxes_and_scores_agree(published, bag_frames)


@pytest.mark.parametrize("frames", [3, pytest.param(31, marks=pytest.mark.slow)])
@pytest.mark.parametrize("model", ["siamrpn_r50_l234_dwxcorr", "siamrpn_mobilev2_l234_dwxcorr"])
def test_deep(golden, bag_frames: list[np.ndarray], model: str, frames: int) -> None:  # type: ignore[no-untyped-def]
    published = golden(f"{model}_s0", model)
    assert_maps_agree(published)
    assert_boxes_and_scores_agree(published, bag_frames[:frames])


@pytest.mark.slow
def test_long_term(golden, bag_frames: list[np.ndarray]) -> None:  # type: ignore[no-untyped-def]
    """In the recording the target is never lost; that is tested in tests/tracking/test_step.py."""
    published = golden("siamrpn_r50_l234_dwxcorr_lt_s0", "siamrpn_r50_l234_dwxcorr_lt")
    assert_maps_agree(published)
    assert_boxes_and_scores_agree(published, bag_frames)
