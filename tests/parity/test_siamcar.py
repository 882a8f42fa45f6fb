"""SiamCAR."""

from __future__ import annotations

import numpy as np
import pytest

from .recordings import BOX_TOLERANCE, assert_close_in_range, assert_maps_agree, raw_maps, tracked


def test_siamcar_network(golden) -> None:  # type: ignore[no-untyped-def]
    siamcar = golden("siamcar_s0", "siamcar")
    assert_maps_agree(siamcar)
    center_N1HW = raw_maps(siamcar.tracker.net, siamcar.arrays["z"], siamcar.arrays["x"]).center_N1HW
    assert center_N1HW is not None
    assert_close_in_range(center_N1HW, siamcar.arrays["cen"])


@pytest.mark.parametrize("frames", [3, pytest.param(31, marks=pytest.mark.slow)])
def test_siamcar_boxes(golden, bag_frames: list[np.ndarray], frames: int) -> None:  # type: ignore[no-untyped-def]
    """Its tracker reports no scores."""
    siamcar = golden("siamcar_s0", "siamcar")
    boxes, _ = tracked(siamcar, bag_frames[:frames])
    np.testing.assert_allclose(boxes, siamcar.arrays["boxes"][:frames], rtol=0, atol=BOX_TOLERANCE)
