"""SiamFC against siamfc-pytorch."""

from __future__ import annotations

import numpy as np
import pytest

from .recordings import BOX_TOLERANCE, assert_close_in_range, random_crops, raw_maps, tracked


def test_siamfc_network(golden) -> None:  # type: ignore[no-untyped-def]
    siamfc = golden("siamfc_s0", "siamfc")
    assert_close_in_range(raw_maps(siamfc.tracker.net, *random_crops(searches=3)).cls_NCHW, siamfc.arrays["score"])


@pytest.mark.parametrize("name", ["siamfc_s0", "siamfc_real_s0"])
def test_siamfc_boxes(golden, bag_frames: list[np.ndarray], name: str) -> None:  # type: ignore[no-untyped-def]
    siamfc = golden(name, "siamfc")
    boxes, _ = tracked(siamfc, bag_frames)
    one_based = boxes + np.array([1, 1, 0, 0])
    np.testing.assert_allclose(one_based, siamfc.arrays["boxes"], rtol=0, atol=BOX_TOLERANCE)
