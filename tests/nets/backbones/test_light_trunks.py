"""Map sizes and layers of the trunks of NanoTrack and LightTrack."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from siamtrack.nets.backbones.lighttrack import LightTrackMobile
from siamtrack.nets.backbones.mobilenet_v3 import MobileNetV3Small
from siamtrack.nets.blocks import ChannelGate, InvertedResidual


@pytest.mark.parametrize(("side", "cells"), [(127, 8), (255, 16)])
@pytest.mark.parametrize(("blocks", "channels"), [(8, 48), (9, 96)])
def test_map_sizes_of_mobilenet_v3(side: int, cells: int, blocks: int, channels: int) -> None:
    with torch.device("meta"):
        trunk = MobileNetV3Small(blocks)
        (x,) = trunk(torch.empty(2, 3, side, side))
    assert trunk.channels == channels
    assert x.shape == (2, channels, cells, cells)


@pytest.mark.parametrize(("side", "cells"), [(127, 8), (256, 16), (288, 18)])
def test_map_sizes_of_lighttrack(side: int, cells: int) -> None:
    with torch.device("meta"):
        (x,) = LightTrackMobile()(torch.empty(2, 3, side, side))
    assert x.shape == (2, 96, cells, cells)


def activations(block: nn.Module) -> list[str]:
    kinds = (nn.ReLU, nn.Hardswish, nn.SiLU, ChannelGate)
    inside_gates = {part for gate in block.modules() if isinstance(gate, ChannelGate) for part in gate.layers}
    return [type(part).__name__ for part in block.modules() if isinstance(part, kinds) and part not in inside_gates]


def test_mobilenet_v3_gates_ahead_of_the_activation_except_where_nothing_is_expanded() -> None:
    with torch.device("meta"):
        blocks = list(MobileNetV3Small().stages().values())
    assert activations(blocks[0]) == ["Hardswish"]
    assert activations(blocks[1]) == ["ReLU", "ChannelGate"]
    assert activations(blocks[2]) == activations(blocks[3]) == ["ReLU", "ReLU"]
    assert all(activations(block) == ["Hardswish", "ChannelGate", "Hardswish"] for block in blocks[4:])


def test_lighttrack_gates_every_block_after_the_activation() -> None:
    with torch.device("meta"):
        blocks = [part for part in LightTrackMobile().modules() if isinstance(part, InvertedResidual)]
    assert len(blocks) == 14
    assert activations(blocks[0]) == ["SiLU", "ChannelGate"]
    assert all(activations(block) == ["SiLU", "SiLU", "ChannelGate"] for block in blocks[1:])
