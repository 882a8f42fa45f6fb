"""Map sizes and dilations of the published atrous ResNet-50."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from siamtrack.nets.backbones.resnet import ResNet50


@pytest.mark.parametrize(("side", "cells"), [(127, (61, 31, 15, 15, 15)), (255, (125, 63, 31, 31, 31))])
def test_map_sizes(side: int, cells: tuple[int, ...]) -> None:
    with torch.device("meta"):
        maps = ResNet50(levels=(0, 1, 2, 3, 4))(torch.empty(2, 3, side, side))
    assert [tuple(x.shape) for x in maps] == [
        (2, channels, size, size) for channels, size in zip(ResNet50.channels, cells, strict=True)
    ]


def test_only_the_wanted_levels_are_given_and_only_the_needed_stages_built() -> None:
    with torch.device("meta"):
        net = ResNet50(levels=(1, 3))
        maps = net(torch.empty(1, 3, 127, 127))
    assert [x.shape[1] for x in maps] == [256, 1024]
    assert list(net.stages()) == ["stem", "layer1", "layer2", "layer3"]


def test_dilations_and_padding_of_the_3x3_convolutions() -> None:
    with torch.device("meta"):
        stages = ResNet50(levels=(4,)).stages()
    kinds = {
        name: [
            (conv.stride[0], conv.dilation[0], conv.padding[0])
            for conv in stage.modules()
            if isinstance(conv, nn.Conv2d) and conv.kernel_size == (3, 3)
        ]
        for name, stage in stages.items()
    }
    assert kinds == {
        "stem": [],
        "layer1": [(1, 1, 1)] * 3,
        "layer2": [(2, 1, 0)] * 2 + [(1, 1, 1)] * 3,  # the first block and its shortcut; the others
        "layer3": [(1, 1, 1)] * 2 + [(1, 2, 2)] * 5,
        "layer4": [(1, 2, 2)] * 2 + [(1, 4, 4)] * 2,
    }
