"""Cells of video_analyst's Inception-v3."""

from __future__ import annotations

import pytest
import torch

from siamtrack.nets.backbones.inception import InceptionA, InceptionB, InceptionC, InceptionV3


@pytest.mark.parametrize(("side", "cells"), [(127, 5), (303, 27)])
def test_map_sizes(side: int, cells: int) -> None:
    with torch.device("meta"):
        (maps,) = InceptionV3()(torch.empty(2, 3, side, side))
    assert maps.shape == (2, 256, cells, cells)


def test_channels_and_cells_of_the_blocks() -> None:
    with torch.device("meta"):
        x = torch.empty(1, 288, 25, 25)
        assert InceptionA(288, 64)(x).shape == (1, 288, 25, 25)
        assert InceptionB(288)(x).shape == (1, 768, 12, 12)
        assert InceptionC(288, 160)(x).shape == (1, 768, 25, 25)
