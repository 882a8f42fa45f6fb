"""SiamMask against pysot."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from .recordings import assert_boxes_and_scores_agree, assert_close_in_range, assert_maps_agree, raw_maps


@pytest.mark.parametrize("frames", [3, pytest.param(31, marks=pytest.mark.slow)])
def test_siammask_maps_boxes_and_scores(golden, bag_frames: list[np.ndarray], frames: int) -> None:  # type: ignore[no-untyped-def]
    published = golden("siammask_r50_l3_s0", "siammask_r50_l3")
    assert_maps_agree(published)
    assert_boxes_and_scores_agree(published, bag_frames[:frames])


@torch.inference_mode()
def test_siammask_refined_mask(golden) -> None:  # type: ignore[no-untyped-def]
    """Of the cell in row 12, column 13; the recording holds logits."""
    siammask = golden("siammask_r50_l3_s0", "siammask_r50_l3")
    net, arrays = siammask.tracker.net, siammask.arrays
    mask_NPP = net.refine(raw_maps(net, arrays["z"], arrays["x"]), torch.tensor([0]), torch.tensor([[13, 12]]))
    assert_close_in_range(mask_NPP.flatten(1), arrays["mask_refined_12_13"])


@pytest.mark.parametrize("frames", [3, pytest.param(31, marks=pytest.mark.slow)])
def test_siammask_rotated_boxes(golden, bag_frames: list[np.ndarray], frames: int) -> None:  # type: ignore[no-untyped-def]
    """The recording has none of the first frame."""
    siammask = golden("siammask_r50_l3_s0", "siammask_r50_l3")
    siammask.tracker.start(bag_frames[0], siammask.meta["init_xywh"])
    polygons = [siammask.tracker.track(frame).polygons for frame in bag_frames[1:frames]]
    np.testing.assert_allclose(
        np.reshape(polygons, (-1, 8)), siammask.arrays["polygons"][: frames - 1], rtol=0, atol=0.5
    )
