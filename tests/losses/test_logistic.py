"""Labels and loss of SiamFC, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.losses.logistic import logistic_losses, radius_labels

_CENTRED = torch.tensor([[0.0, 0, 60, 40]])
_PRESENT = torch.tensor([True])


def cells(mask: torch.Tensor) -> set[tuple[int, int]]:
    """(x, y) of the cells that are set."""
    return {(x, y) for y, x in mask.nonzero().tolist()}


def test_block_distance_of_two_cells() -> None:
    """siamfc-pytorch: 16 px at stride 8, a diamond of 1 + 3 + 5 + 3 + 1 cells round the middle of 17."""
    positive = radius_labels(_CENTRED, _PRESENT, 17, 8, 16, "block")[0]
    assert [row.sum().item() for row in positive] == [0] * 6 + [1, 3, 5, 3, 1] + [0] * 6
    assert cells(positive) >= {(8, 6), (6, 8), (9, 9), (8, 8)}


def test_the_two_distances_differ_on_the_diagonal() -> None:
    """12 px: the diagonal neighbours lie at 16 block px but 11.3 Euclidean px."""
    cross = {(2, 2), (1, 2), (3, 2), (2, 1), (2, 3)}
    assert cells(radius_labels(_CENTRED, _PRESENT, 5, 8, 12, "block")[0]) == cross
    square = {(x, y) for x in (1, 2, 3) for y in (1, 2, 3)}
    assert cells(radius_labels(_CENTRED, _PRESENT, 5, 8, 12, "euclidean")[0]) == square


def test_labels_follow_the_object_and_absent_ones_have_none() -> None:
    box = torch.tensor([[16.0, -8, 60, 40], [16.0, -8, 60, 40]])
    positive = radius_labels(box, torch.tensor([True, False]), 5, 8, 4, "block")
    assert cells(positive[0]) == {(4, 1)}
    assert not positive[1].any()


def test_loss_worked_by_hand() -> None:
    """Positive: log(1 + 1/3). Negatives: eight at log 2, each an eighth of one half."""
    response = torch.zeros(1, 3, 3)
    response[0, 1, 1] = math.log(3)
    positive = torch.zeros(1, 3, 3, dtype=torch.bool)
    positive[0, 1, 1] = True
    losses = logistic_losses(response, positive)
    assert losses.positive.item() == pytest.approx(math.log(4 / 3) / 2)
    assert losses.negative.item() == pytest.approx(math.log(2) / 2)
    assert losses.total.item() == pytest.approx(math.log(8 / 3) / 2)


def test_a_map_without_positives_is_the_mean_of_its_negatives() -> None:
    losses = logistic_losses(torch.tensor([[[0.0, math.log(2)]]]), torch.zeros(1, 1, 2, dtype=torch.bool))
    assert losses.positive.item() == 0
    assert losses.total.item() == pytest.approx((math.log(2) + math.log(3)) / 2)


@given(st.integers(0, 99), st.lists(st.booleans(), min_size=3, max_size=3))
def test_finite_and_blind_to_the_order_of_pairs(seed: int, present: list[bool]) -> None:
    rng = torch.Generator().manual_seed(seed)
    response = (torch.randn(3, 17, 17, generator=rng) * 50).requires_grad_()
    box = torch.rand(3, 4, generator=rng) * 200 - 50
    positive = radius_labels(box, torch.tensor(present), 17, 8, 16, "block")
    losses = logistic_losses(response, positive)
    losses.total.backward()
    assert response.grad is not None
    assert losses.total.isfinite() and response.grad.isfinite().all()
    again = logistic_losses(response.flip(0), positive.flip(0))
    torch.testing.assert_close(again.total, losses.total)


@given(st.booleans())
def test_perfect_responses_cost_nothing(present: bool) -> None:
    positive = radius_labels(_CENTRED, torch.tensor([present]), 17, 8, 16, "block")
    assert logistic_losses(torch.where(positive, 40.0, -40.0), positive).total.item() < 1e-6
