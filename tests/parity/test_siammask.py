"""SiamMask against pysot."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from .recordings import assert_boxes_and_scores_agree, assert_close_in_range, assert_maps_agree


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
    features_z, features_x = (net.backbone(torch.from_numpy(arrays[name])) for name in "zx")
    row, cell = torch.tensor([0]), torch.tensor([[13, 12]])
    mask = net.head.refined(net.head.kernels(features_z), features_x, row, cell)  # type: ignore[operator]
    assert_close_in_range(mask.flatten(1), arrays["mask_refined_12_13"])
