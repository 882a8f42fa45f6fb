"""SiamBAN."""

from __future__ import annotations

import numpy as np
import pytest

from .recordings import assert_boxes_and_scores_agree, assert_maps_agree


@pytest.mark.parametrize("frames", [3, pytest.param(31, marks=pytest.mark.slow)])
def test_siamban_maps_boxes_and_scores(golden, bag_frames: list[np.ndarray], frames: int) -> None:  # type: ignore[no-untyped-def]
    published = golden("siamban_s0", "siamban")
    assert_maps_agree(published)
    assert_boxes_and_scores_agree(published, bag_frames[:frames])
