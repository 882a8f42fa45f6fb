"""SiamCAR's head: shapes, its start, and candidates by hand."""

from __future__ import annotations

import math

import pytest
import torch

from siamtrack.nets.heads.car import CARHead
from siamtrack.nets.neck import Neck
from siamtrack.nets.types import HeadOutput


@pytest.fixture(scope="module")
def head() -> CARHead:
    torch.manual_seed(0)
    return CARHead(Neck((3, 5, 7), (32, 32, 32)), stride=8).eval()


@torch.inference_mode()
def test_three_maps_of_the_correlation_s_size(head: CARHead) -> None:
    z, x = (tuple(torch.randn(2, channels, side, side) for channels in (3, 5, 7)) for side in (15, 31))
    cls, loc, center, mask, _ = head.search(head.kernels(z), x)
    assert loc is not None and center is not None and mask is None
    assert [tuple(maps.shape) for maps in (cls, loc, center)] == [(2, c, 25, 25) for c in (2, 4, 1)]
    assert (loc > 0).all()


def test_the_fresh_head_starts_small(head: CARHead) -> None:
    assert head.bbox_pred.weight.std().item() == pytest.approx(0.01, rel=0.1)
    torch.testing.assert_close(head.cls_logits.bias.detach(), torch.full((2,), -math.log(99)))


def test_the_score_is_class_times_stretched_centre_ness(head: CARHead) -> None:
    cls = torch.tensor([1.0, 3.0]).log().view(1, 2, 1, 1).expand(1, 2, 2, 2)
    center = torch.tensor([[-1.0, 0.0], [2.0, 3.0]]).view(1, 1, 2, 2)
    sides = torch.tensor([4.0, 4, 6, 6]).view(1, 4, 1, 1).expand(1, 4, 2, 2)
    score, box, klass = head.decode(HeadOutput(cls, sides, center))
    torch.testing.assert_close(score.flatten(), 0.75 * torch.tensor([0, 0.25, 0.75, 1]))
    assert klass is not None and klass.unique().item() == pytest.approx(0.75)
    assert box is not None
    assert box[0, 0, 1, 1].tolist() == [4 + 1, 4 + 1, 10, 10]  # the last cell sits half a stride from the centre


def test_centre_ness_that_is_equal_everywhere_says_nothing(head: CARHead) -> None:
    score, _, _ = head.decode(HeadOutput(torch.zeros(1, 2, 3, 3), torch.ones(1, 4, 3, 3), torch.ones(1, 1, 3, 3)))
    assert (score == 0).all()
