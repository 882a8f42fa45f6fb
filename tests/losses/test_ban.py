"""Labels and losses of SiamBAN, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from siamtrack.geometry.boxes import xyxy_to_cxcywh
from siamtrack.geometry.grids import point_grid
from siamtrack.losses.ban import BanLabels, Overlap, ban_labels, ban_losses

_POINTS = point_grid(5, 16, torch.device("cpu"))  # -32, -16, 0, 16, 32
_MANY = point_grid(25, 8, torch.device("cpu"))
_PRESENT = torch.tensor([True])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def cells(mask: Tensor) -> set[tuple[int, int]]:
    """(x, y) of the cells that are set."""
    return {(x, y) for y, x in mask.nonzero().tolist()}


def test_labels_of_a_centred_box() -> None:
    """Box 68 x 36: positive within semi-axes 17 and 9, negative beyond 34 and 18."""
    labels = ban_labels(torch.tensor([[0.0, 0, 68, 36]]), _PRESENT, _POINTS)
    assert cells(labels.positive_NHW[0]) == {(1, 2), (2, 2), (3, 2)}
    # (16, 16): 0.22 + 0.79 is just outside; (0, 16): 0.79 and (32, 0): 0.89 between the two.
    ignored = {(0, 2), (4, 2), (2, 1), (2, 3)}
    everything = {(x, y) for x in range(5) for y in range(5)}
    assert cells(labels.negative_NHW[0]) == everything - ignored - cells(labels.positive_NHW[0])


def test_negatives_of_an_absent_object_lie_on_the_other_one() -> None:
    labels = ban_labels(torch.tensor([[0.0, 0, 68, 36]]), torch.tensor([False]), _POINTS)
    assert not labels.positive_NHW.any()
    assert cells(labels.negative_NHW[0]) == {(1, 2), (2, 2), (3, 2)}


def test_no_more_than_16_positives_and_48_negatives() -> None:
    """A box of 100 px has 25 * 25 * pi / 64 = 31 cells within its inner ellipse."""
    box = torch.tensor([[0.0, 0, 100, 100]]).expand(2, 4)
    labels = ban_labels(box, torch.tensor([True, False]), _MANY, seeded())
    assert labels.positive_NHW.flatten(1).sum(1).tolist() == [16, 0]
    assert labels.negative_NHW.flatten(1).sum(1).tolist() == [48, 16]


@pytest.mark.parametrize(("overlap", "box"), [("iou", 1 - 51 / 101), ("giou", 1 - 0.5)])
def test_losses_worked_by_hand(overlap: Overlap, box: float) -> None:
    """A positive cell at even odds whose box is half the object, 50 of 100 px; a negative one at 3 : 1."""
    cls = torch.tensor([[[[0.0, math.log(3)]], [[0.0, 0.0]]]])
    pred = torch.tensor([[[[0.0, 0, 10, 5], [0, 0, torch.inf, 1]]]])
    labels = BanLabels(torch.tensor([[[True, False]]]), torch.tensor([[[False, True]]]))
    target = torch.tensor([[0.0, 0, 10, 10]])
    losses = ban_losses(cls, pred, target, labels, box_weight=2, overlap=overlap)
    assert losses.cls.item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert losses.box.item() == pytest.approx(box)
    assert losses.total.item() == pytest.approx(losses.cls.item() + 2 * box)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 99), st.lists(st.booleans(), min_size=3, max_size=3), st.sampled_from(["iou", "giou"]))
def test_finite_and_blind_to_the_order_of_pairs(seed: int, present: list[bool], overlap: Overlap) -> None:
    rng = seeded(seed)
    box = torch.rand(3, 4, generator=rng) * 300 - 100
    labels = ban_labels(box, torch.tensor(present), _MANY, rng)
    cls = (torch.randn(3, 2, 25, 25, generator=rng) * 30).requires_grad_()
    pred = (torch.randn(3, 25, 25, 4, generator=rng) * 90).requires_grad_()
    losses = ban_losses(cls, pred, box.clamp_min(1), labels, box_weight=1, overlap=overlap)
    losses.total.backward()
    assert losses.total.isfinite()
    assert all(m.grad is not None and m.grad.isfinite().all() for m in (cls, pred))
    swapped = BanLabels(*(part.flip(0) for part in labels))
    again = ban_losses(cls.flip(0), pred.flip(0), box.clamp_min(1).flip(0), swapped, box_weight=1, overlap=overlap)
    torch.testing.assert_close(again.total, losses.total)


def test_perfect_predictions_cost_nothing() -> None:
    box = torch.tensor([[4.0, 0, 70, 60], [0, 9, 80, 50]])
    labels = ban_labels(box, torch.tensor([True, False]), _MANY, seeded())
    target = torch.where(labels.positive_NHW, 40.0, -40.0)
    pred = box[:, None, None].expand(2, 25, 25, 4)
    losses = ban_losses(torch.stack((-target, target), 1), pred, box, labels, box_weight=1, overlap="iou")
    assert losses.total.item() < 1e-6


def test_the_box_is_pulled_towards_the_object() -> None:
    distance = torch.full((1, 1, 1, 4), 10.0, requires_grad=True)  # left, top, right, bottom of the crop's middle
    pred = xyxy_to_cxcywh(torch.cat((-distance[..., :2], distance[..., 2:]), -1))
    positive = torch.ones(1, 1, 1, dtype=torch.bool)
    labels = BanLabels(positive, ~positive)
    object_N4 = torch.tensor([[10.0, 0, 40, 20]])  # from -10 to 30, -10 to 10
    ban_losses(torch.zeros(1, 2, 1, 1), pred, object_N4, labels, box_weight=1, overlap="iou").box.backward()
    assert distance.grad is not None
    assert distance.grad.flatten()[2] < 0
