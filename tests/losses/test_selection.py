"""Drawing cells, and means over those drawn."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.losses.selection import draw, draw_samples, masked_mean, select_cross_entropy, where_positive


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(0, 60), st.integers(0, 20), st.integers(0, 99))
def test_as_many_as_there_are_but_no_more_than_asked(candidates: int, most: int, seed: int) -> None:
    candidate = torch.zeros(2, 3, 4, 5, dtype=torch.bool)
    candidate[1].view(-1)[torch.randperm(60, generator=seeded(seed))[:candidates]] = True
    drawn = draw(candidate, most, seeded(seed))
    assert drawn.shape == candidate.shape
    assert drawn.flatten(1).sum(1).tolist() == [0, min(candidates, most)]
    assert not (drawn & ~candidate).any()


def test_the_generator_decides() -> None:
    candidate = torch.ones(4, 100, dtype=torch.bool)
    assert draw(candidate, 16, seeded(1)).equal(draw(candidate, 16, seeded(1)))
    assert not draw(candidate, 16, seeded(1)).equal(draw(candidate, 16, seeded(2)))


def test_every_candidate_is_equally_likely() -> None:
    """4000 draws of 2 of 5: each 1600 times, standard deviation 31."""
    candidate = torch.tensor([True, False, True, True, True, False, True]).expand(4000, 7)
    times = draw(candidate, 2, seeded()).sum(0).tolist()
    assert [times[1], times[5]] == [0, 0]
    assert all(1500 < times[index] < 1700 for index in (0, 2, 3, 4, 6))


def test_samples_of_present_and_absent_objects() -> None:
    everything = torch.ones(2, 10, 10, dtype=torch.bool)
    inside, near = everything.clone(), everything.clone()
    inside[:, 5:], near[:, :9] = False, False
    positive, negative = draw_samples(inside, ~inside, near, torch.tensor([True, False]), seeded())
    assert positive.flatten(1).sum(1).tolist() == [16, 0]
    assert negative.flatten(1).sum(1).tolist() == [48, 10]
    assert not (positive & negative).any()
    assert negative[1, 9].all()


def test_masked_mean() -> None:
    value = torch.tensor([1.0, 2.0, 60.0])
    assert masked_mean(value, torch.tensor([True, True, False])).item() == 1.5
    assert masked_mean(value, torch.zeros(3, dtype=torch.bool)).item() == 0


def test_select_cross_entropy_worked_by_hand() -> None:
    """Positive at even odds: log 2. Negatives with odds 3 and 1 for the background: log(4/3) and log 2. One ignored."""
    background = torch.tensor([[0.0, math.log(3), 0.0, -50.0]])
    logit = torch.stack((background, torch.zeros(1, 4)), 1)
    positive = torch.tensor([[True, False, False, False]])
    negative = torch.tensor([[False, True, True, False]])
    loss = select_cross_entropy(logit, positive, negative)
    assert loss.item() == pytest.approx((math.log(2) + (math.log(4 / 3) + math.log(2)) / 2) / 2)
    nothing = torch.zeros_like(positive)
    assert select_cross_entropy(logit, nothing, negative).item() == pytest.approx(math.log(8 / 3) / 4)


def test_boxes_that_are_not_positive_reach_no_gradient() -> None:
    pred = torch.full((1, 1, 2, 4), torch.inf).index_fill(2, torch.tensor([0]), 3.0).requires_grad_()
    positive = torch.tensor([[[True, False]]])
    chosen, target = where_positive(pred, torch.tensor([[1.0, 2, 3, 4]]), positive)
    assert chosen.tolist() == [[[[3.0] * 4, [1.0, 2, 3, 4]]]]
    assert target.tolist() == [[[[1.0, 2, 3, 4]] * 2]]
    (chosen / target).sum().backward()
    assert pred.grad is not None
    assert pred.grad[0, 0, 1].tolist() == [0] * 4
