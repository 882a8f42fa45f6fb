"""Cells, and their independence of padding: what the cropping units are for."""

from __future__ import annotations

import pytest
import torch

from siamtrack.nets.backbones.ciresnet import CIResNet22


@pytest.mark.parametrize(("side", "cells"), [(127, 5), (255, 21), (143, 7)])
def test_map_sizes(side: int, cells: int) -> None:
    with torch.device("meta"):
        (maps,) = CIResNet22()(torch.empty(1, 3, side, side))
    assert maps.shape == (1, 512, cells, cells)


@torch.inference_mode()
def test_features_of_a_part_are_parts_of_the_features() -> None:
    """Strictly translation-equivariant at the stride: a crop that begins 16 pixels later shows the same cells."""
    torch.manual_seed(0)
    net = CIResNet22().eval()
    whole = torch.rand(1, 3, 143, 143)
    (features,), (part,) = net(whole), net(whole[..., 16:, 16:])
    torch.testing.assert_close(part, features[..., 2:, 2:], rtol=1e-4, atol=1e-4)
