"""Labels and losses of SiamCAR, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from siamtrack.geometry.grids import point_grid
from siamtrack.losses.centerness import CenternessLabels, centerness_labels, centerness_losses

_MANY = point_grid(25, 8, torch.device("cpu"))
_PRESENT = torch.tensor([True])
_WEIGHTS = {"box_weight": 3.0, "center_weight": 1.0}


def test_positives_lie_in_the_middle_of_the_box() -> None:
    """Box 100 x 50: farther than 30 and 15 px from the sides, so less than 20 and 10 px from the centre."""
    points = torch.tensor([[[0.0, 0], [19, 0], [21, 0], [0, 9], [0, -11], [19, 9]]])
    labels = centerness_labels(torch.tensor([[0.0, 0, 100, 50]]), _PRESENT, points, core=0.6)
    assert labels.positive_NHW[0, 0].tolist() == [True, True, False, True, False, True]


def test_with_no_core_the_whole_box_is_positive() -> None:
    points = torch.tensor([[[49.0, 24], [51, 0], [0, -26]]])
    labels = centerness_labels(torch.tensor([[0.0, 0, 100, 50]]), _PRESENT, points, core=0)
    assert labels.positive_NHW[0, 0].tolist() == [True, False, False]


def test_centerness_worked_by_hand() -> None:
    """10 px right and 5 px down in 100 x 50: sides at 60 and 40, 30 and 20: sqrt(2/3 * 2/3). Outside: 0."""
    points = torch.tensor([[[0.0, 0], [10, 5], [60, 0]]])
    labels = centerness_labels(torch.tensor([[0.0, 0, 100, 50]]), _PRESENT, points, core=0.6)
    assert labels.center_NHW[0, 0].tolist() == pytest.approx([1, 2 / 3, 0])


def test_absent_objects_have_no_positive_cell() -> None:
    box = torch.tensor([[0.0, 0, 80, 80]]).expand(2, 4)
    labels = centerness_labels(box, torch.tensor([True, False]), _MANY, core=0.6)
    assert labels.positive_NHW.flatten(1).sum(1).tolist() == [9, 0]  # |x|, |y| < 16 px: 3 x 3 cells of 8 px


def test_losses_worked_by_hand() -> None:
    """Two positive cells: half the object with centre-ness 1, the object itself with 1/2. One negative at 3 : 1."""
    cls = torch.tensor([[[[0.0, 0, math.log(3)]], [[0.0, 0, 0]]]])
    pred = torch.tensor([[[[0.0, 0, 10, 5], [0, 0, 10, 10], [0, 0, torch.inf, 1]]]])
    labels = CenternessLabels(torch.tensor([[[True, True, False]]]), torch.tensor([[[1.0, 0.5, 0.3]]]))
    losses = centerness_losses(cls, pred, torch.zeros(1, 1, 3), torch.tensor([[0.0, 0, 10, 10]]), labels, **_WEIGHTS)
    assert losses.cls.item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert losses.box.item() == pytest.approx(1 * math.log(101 / 51) / 1.5)
    assert losses.center.item() == pytest.approx(math.log(2))
    parts = losses.cls.item() + 3 * losses.box.item() + losses.center.item()
    assert losses.total.item() == pytest.approx(parts)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 99), st.lists(st.booleans(), min_size=3, max_size=3))
def test_finite_and_blind_to_the_order_of_pairs(seed: int, present: list[bool]) -> None:
    rng = torch.Generator().manual_seed(seed)
    box = (torch.rand(3, 4, generator=rng) * 300 - 100).abs()
    labels = centerness_labels(box, torch.tensor(present), _MANY, core=0.6)
    maps = [
        (torch.randn(shape, generator=rng) * 60).requires_grad_()
        for shape in ((3, 2, 25, 25), (3, 25, 25, 4), (3, 25, 25))
    ]
    losses = centerness_losses(*maps, box, labels, **_WEIGHTS)
    losses.total.backward()
    assert losses.total.isfinite()
    assert all(m.grad is not None and m.grad.isfinite().all() for m in maps)
    swapped = CenternessLabels(*(part.flip(0) for part in labels))
    again = centerness_losses(*(m.flip(0) for m in maps), box.flip(0), swapped, **_WEIGHTS)
    torch.testing.assert_close(again.total, losses.total)


def test_perfect_predictions_cost_the_entropy_of_the_centerness() -> None:
    """In the very centre of the box that is nothing."""
    box = torch.tensor([[0.0, 0, 30, 30]])
    labels = centerness_labels(box, _PRESENT, _MANY, core=0.6)
    assert labels.positive_NHW.sum() == 1
    target = torch.where(labels.positive_NHW, 40.0, -40.0)
    pred = box[:, None, None].expand(1, 25, 25, 4)
    losses = centerness_losses(torch.stack((-target, target), 1), pred, target, box, labels, **_WEIGHTS)
    assert losses.total.item() < 1e-6
