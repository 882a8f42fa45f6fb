"""Map sizes, widths and dilations of pysot's MobileNetV2."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from siamtrack.nets.backbones.mobilenet import MobileNetV2


@pytest.mark.parametrize(("side", "cells"), [(127, 15), (255, 31)])
def test_map_sizes(side: int, cells: int) -> None:
    with torch.device("meta"):
        maps = MobileNetV2()(torch.empty(2, 3, side, side))
    assert [tuple(x.shape) for x in maps] == [(2, channels, cells, cells) for channels in (44, 134, 448)]


def test_widths_are_truncated() -> None:
    assert MobileNetV2.channels == (44, 22, 33, 44, 89, 134, 224, 448)


def test_dilation_grows_in_the_second_block_of_a_stage() -> None:
    with torch.device("meta"):
        stages = MobileNetV2().stages()
    dilations = {
        name: [
            conv.dilation[0] for conv in stage.modules() if isinstance(conv, nn.Conv2d) and conv.kernel_size == (3, 3)
        ]
        for name, stage in stages.items()
    }
    assert dilations == {
        "layer0": [1],
        "layer1": [1],
        "layer2": [1, 1],
        "layer3": [1, 1, 1],
        "layer4": [1, 2, 2, 2],
        "layer5": [2, 2, 2],
        "layer6": [2, 4, 4],
        "layer7": [4],
    }
