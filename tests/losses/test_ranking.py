"""Ranking losses, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from siamtrack.losses.ranking import classification_ranking, iou_ranking, ranking_losses

_WEIGHTS = {"gamma": 3.0, "cls_weight": 0.5, "iou_weight": 0.25}


def logistic(negative: float, positive: float) -> float:
    return math.log(1 + math.exp(4 * (negative - positive + 0.5))) / 4


def row(*score: float) -> torch.Tensor:
    return torch.tensor([score])


def test_the_highest_negatives_are_compared_with_the_positives() -> None:
    """Two positives of mean 0.8, so two negatives, 0.8 and 0.6, weighted e^0.8 : e^0.6; 0.1 is left out."""
    score = row(0.9, 0.6, 0.7, 0.1, 0.8, 0.99)
    positive = torch.tensor([[True, False, True, False, False, False]])
    negative = torch.tensor([[False, True, False, True, True, False]])  # 0.99 is ignored by the labels
    expected = (0.8 * math.exp(0.8) + 0.6 * math.exp(0.6)) / (math.exp(0.8) + math.exp(0.6))
    assert classification_ranking(score, positive, negative).item() == pytest.approx(logistic(expected, 0.8), rel=1e-5)


def test_without_positives_at_least_eight_negatives_should_lie_below_one() -> None:
    score = row(0.7, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.0)
    negative = torch.ones(1, 9, dtype=torch.bool)
    top, rest = math.exp(0.7), 7 * math.exp(0.4)
    expected = (0.7 * top + 0.4 * rest) / (top + rest)
    loss = classification_ranking(score, ~negative, negative)
    assert loss.item() == pytest.approx(logistic(expected, 1), rel=1e-5)


def test_pairs_without_a_hard_negative_do_not_count() -> None:
    score = torch.tensor([[0.2, 0.5], [0.9, 0.9]]).requires_grad_()
    positive, negative = torch.tensor([[True, False]] * 2), torch.tensor([[False, True]] * 2)
    loss = classification_ranking(score, positive, negative)
    loss.backward()
    assert loss.item() == pytest.approx(logistic(0.9, 0.9))
    assert score.grad is not None
    assert score.grad[0].tolist() == [0, 0]
    assert score.grad[1, 0] < 0 < score.grad[1, 1]
    assert classification_ranking(score[:1], positive[:1], negative[:1]).item() == 0


def test_iou_ranking_worked_by_hand() -> None:
    """The better box (0.9 against 0.5) has the lower score (0.2 against 0.8): both halves want them exchanged."""
    score, iou = row(0.2, 0.8, 0.6).requires_grad_(), row(0.9, 0.5, 0.7).requires_grad_()
    by_iou, by_score = iou_ranking(score, iou, torch.tensor([[True, True, False]]), gamma=3)
    assert by_iou.item() == pytest.approx(math.exp(3 * 0.6), rel=1e-5)
    assert by_score.item() == pytest.approx(math.exp(3 * 0.4), rel=1e-5)
    (by_iou + by_score).backward()
    assert score.grad is not None and iou.grad is not None
    assert score.grad[0, 0] < 0 < score.grad[0, 1]
    assert iou.grad[0, 1] < 0  # raise the box that would be chosen
    assert iou.grad[0, 0] == 0  # and leave the other alone
    assert score.grad[0, 2] == iou.grad[0, 2] == 0


def test_mean_over_pairs_then_over_crops() -> None:
    """Three positives in order: leads 0.1, 0.2 and 0.3. A single positive and equal ones have nothing to compare."""
    score = torch.tensor([[0.9, 0.8, 0.6], [0.5, 0.1, 0.1], [0.4, 0.4, 0.1]])
    iou = torch.tensor([[0.9, 0.8, 0.6], [0.5, 0.1, 0.1], [0.7, 0.7, 0.1]])
    positive = torch.tensor([[True, True, True], [True, False, False], [True, True, False]])
    hand = (math.exp(-0.3) + math.exp(-0.6) + math.exp(-0.9)) / 3
    assert [part.item() for part in iou_ranking(score, iou, positive, gamma=3)] == pytest.approx([hand, hand], rel=1e-5)


def test_more_positives_than_are_ranked() -> None:
    """20 positives: the 16 best boxes are ranked, so the scores of the others do not matter."""
    iou = torch.linspace(0.05, 1, 20)[None]
    everything = torch.ones(1, 20, dtype=torch.bool)
    other = iou.clone()
    other[0, :4] = 0.99
    assert iou_ranking(iou, iou, everything, 3)[0].item() == iou_ranking(other, iou, everything, 3)[0].item()


def test_the_total_is_weighted() -> None:
    score, iou = row(0.2, 0.8, 0.7), row(0.9, 0.5, 0.0)
    positive, negative = torch.tensor([[True, True, False]]), torch.tensor([[False, False, True]])
    losses = ranking_losses(score, iou, positive, negative, **_WEIGHTS)
    assert losses.cls.item() == pytest.approx(logistic(0.7, 0.5), rel=1e-5)
    hand = 0.5 * logistic(0.7, 0.5) + 0.25 * (math.exp(1.8) + math.exp(1.2))
    assert losses.total.item() == pytest.approx(hand, rel=1e-5)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 99), st.lists(st.sampled_from([-1, 0, 1]), min_size=24, max_size=24))
def test_finite_and_blind_to_the_order_of_pairs(seed: int, label: list[int]) -> None:
    rng = torch.Generator().manual_seed(seed)
    score, iou = (torch.rand(3, 8, generator=rng).requires_grad_() for _ in range(2))
    labels = torch.tensor(label).view(3, 8)
    losses = ranking_losses(score, iou, labels == 1, labels == 0, **_WEIGHTS)
    losses.total.backward()
    assert all(part.isfinite() for part in losses)
    assert all(m.grad is None or m.grad.isfinite().all() for m in (score, iou))
    again = ranking_losses(score.flip(0), iou.flip(0), labels.flip(0) == 1, labels.flip(0) == 0, **_WEIGHTS)
    torch.testing.assert_close(again.total, losses.total)


def test_a_batch_of_negatives_only() -> None:
    score = torch.full((2, 9), 0.3, requires_grad=True)
    negative = torch.ones(2, 9, dtype=torch.bool)
    losses = ranking_losses(score, torch.zeros(2, 9), ~negative, negative, **_WEIGHTS)
    assert [part.item() for part in losses] == [0, 0, 0, 0]
