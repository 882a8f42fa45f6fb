"""SiamDW."""

from __future__ import annotations

import numpy as np
import pytest

from .recordings import BOX_TOLERANCE, Golden, assert_close_in_range, random_crops, raw_maps, tracked


def test_siamdw_fc_network(golden) -> None:  # type: ignore[no-untyped-def]
    siamdw = golden("siamdw_SiamFCRes22_s0", "siamdw_fc_res22")
    assert_close_in_range(raw_maps(siamdw.tracker.net, *random_crops(searches=1)).cls_NCHW, siamdw.arrays["score"])


@pytest.mark.parametrize("frames", [pytest.param(31, marks=pytest.mark.slow), 6])
def test_siamdw_fc_boxes(golden, bag_frames: list[np.ndarray], frames: int) -> None:  # type: ignore[no-untyped-def]
    assert_centers_and_sizes_agree(golden("siamdw_SiamFCRes22_s0", "siamdw_fc_res22"), bag_frames[:frames])


@pytest.mark.slow
def test_siamdw_rpn_network_and_boxes(golden, bag_frames: list[np.ndarray]) -> None:  # type: ignore[no-untyped-def]
    siamdw = golden("siamdw_SiamRPNRes22_s0", "siamdw_rpn_res22")
    raw = raw_maps(siamdw.tracker.net, *random_crops(searches=1))
    assert raw.loc_NCHW is not None
    assert_close_in_range(raw.cls_NCHW, siamdw.arrays["cls"])
    assert_close_in_range(raw.loc_NCHW, siamdw.arrays["loc"])
    assert_centers_and_sizes_agree(siamdw, bag_frames)


def assert_centers_and_sizes_agree(published: Golden, frames: list[np.ndarray]) -> None:
    """Recordings of SiamDW hold cx, cy, w, h from the second frame on, in coordinates of which x = cx - w / 2."""
    boxes, _ = tracked(published, frames)
    cxcywh = np.concatenate((boxes[1:, :2] + boxes[1:, 2:] / 2, boxes[1:, 2:]), 1)
    np.testing.assert_allclose(cxcywh, published.arrays["boxes"][: len(cxcywh)], rtol=0, atol=BOX_TOLERANCE)
