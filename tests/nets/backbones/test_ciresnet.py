"""Cells, and their independence of padding: what the cropping units are for."""

from __future__ import annotations

import pytest
import torch

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.backbones.ciinception import CIInception22
from siamtrack.nets.backbones.ciresnet import CIResNet22
from siamtrack.nets.backbones.ciresnext import CIResNeXt22

_CHANNELS: dict[type[Backbone], int] = {CIResNet22: 512, CIInception22: 640, CIResNeXt22: 512}


@pytest.mark.parametrize("backbone", _CHANNELS)
@pytest.mark.parametrize(("side", "cells"), [(127, 5), (255, 21), (143, 7)])
def test_map_sizes(backbone: type[Backbone], side: int, cells: int) -> None:
    with torch.device("meta"):
        (maps,) = backbone()(torch.empty(1, 3, side, side))
    assert maps.shape == (1, _CHANNELS[backbone], cells, cells)


def test_the_wide_network_is_wide_in_its_3x3_convolutions_alone() -> None:
    with torch.device("meta"):
        usual, wide = (dict(CIResNet22(widening).named_parameters()) for widening in (1, 2))
    changed = {name for name in usual if usual[name].shape != wide[name].shape}
    assert changed == {name for name in usual if ".conv2." in name or ".conv3.0." in name}
    assert wide["layer1.0.conv2.0.weight"].shape == (128, 64, 3, 3)
    assert wide["layer1.0.conv3.0.weight"].shape == (256, 128, 1, 1)


@pytest.mark.parametrize("backbone", _CHANNELS)
@torch.inference_mode()
def test_features_of_a_part_are_parts_of_the_features(backbone: type[Backbone]) -> None:
    """Strictly translation-equivariant at the stride: a crop that begins 16 pixels later shows the same cells."""
    torch.manual_seed(0)
    net = backbone().eval()
    whole = torch.rand(1, 3, 143, 143)
    (features,), (part,) = net(whole), net(whole[..., 16:, 16:])
    torch.testing.assert_close(part, features[..., 2:, 2:], rtol=1e-4, atol=1e-4)
