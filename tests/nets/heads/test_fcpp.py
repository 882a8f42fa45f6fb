"""SiamFC++'s head: shapes, its start, and candidates by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from siamtrack.nets.heads.fcpp import FCPPHead
from siamtrack.nets.types import HeadOutput


@pytest.fixture(scope="module")
def head() -> FCPPHead:
    torch.manual_seed(0)
    return FCPPHead(16, norms=(False, True), stride=8).eval()


@torch.inference_mode()
def test_three_maps_that_each_convolution_of_the_towers_narrows(head: FCPPHead) -> None:
    """Template 6 -> 4 cells, search 28 -> 26, correlated 23; two 3x3 without padding leave 19."""
    z, x = (torch.randn(2, 16, side, side) for side in (6, 28))
    cls, loc, center, mask, _ = head.search(head.kernels((z,)), (x,))
    assert loc is not None and center is not None and mask is None
    assert [tuple(maps.shape) for maps in (cls, loc, center)] == [(2, c, 19, 19) for c in (1, 4, 1)]
    assert (loc > 0).all()


def test_norms_follow_where_they_are_asked_for(head: FCPPHead) -> None:
    for tower in (head.cls_tower, head.loc_tower):
        assert [any(isinstance(part, nn.BatchNorm2d) for part in layer) for layer in tower] == [False, True]  # type: ignore[union-attr, arg-type]


def test_the_fresh_head_starts_small(head: FCPPHead) -> None:
    assert head.search_cls[0].weight.std().item() == pytest.approx(0.01, rel=0.1)
    assert head.cls_tower[0][0].weight.std().item() == pytest.approx(0.001, rel=0.1)  # type: ignore[index]
    assert (head.loc_scale.item(), head.loc_shift.item()) == (1, 0)


def test_distances_are_exponentials_of_strides(head: FCPPHead) -> None:
    """exp(0) strides of 8 pixels where the last convolution says nothing."""
    z, x = torch.zeros(1, 16, 6, 6), torch.zeros(1, 16, 28, 28)
    with torch.inference_mode():
        silent = FCPPHead(16, norms=(False,), stride=8).eval()
        nn.init.zeros_(silent.loc[0].weight)
        nn.init.zeros_(silent.loc[0].bias)
        loc = silent.search(silent.kernels((z,)), (x,)).loc_NCHW
    assert loc is not None
    assert loc.unique().tolist() == [8]


def test_boxes_run_from_the_first_pixel_to_the_last(head: FCPPHead) -> None:
    """Half a pixel more than the distances on each side; the score is class times centre-ness."""
    logit = torch.tensor([3.0]).log().view(1, 1, 1, 1)
    score, box, _ = head.decode(HeadOutput(logit, torch.tensor([4.0, 4, 6, 8]).view(1, 4, 1, 1), logit))
    assert score.item() == pytest.approx(0.75 * 0.75)
    assert box is not None
    assert box.flatten().tolist() == [1, 2, 11, 13]
