"""Triplet loss, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch

from siamtrack.losses.triplet import triplet_losses


def test_worked_by_hand() -> None:
    """Positive 1 against negatives 0 and 2: log(1 + 1/e) and log(1 + e), the second in the wrong order."""
    response = torch.tensor([[[1.0, 0.0, 2.0]]])
    losses = triplet_losses(response, torch.tensor([[[True, False, False]]]))
    assert losses.total.item() == pytest.approx((math.log(1 + math.exp(-1)) + math.log(1 + math.e)) / 2)
    assert losses.wrong.item() == 0.5


def test_pairs_of_crops_without_positives_do_not_count() -> None:
    response = torch.tensor([[[1.0, 0.0]], [[9.0, 9.0]]]).requires_grad_()
    positive = torch.tensor([[[True, False]], [[False, False]]])
    losses = triplet_losses(response, positive)
    losses.total.backward()
    assert losses.total.item() == pytest.approx(math.log(1 + math.exp(-1)))
    assert response.grad is not None
    assert response.grad[0, 0, 0] < 0 < response.grad[0, 0, 1]
    assert response.grad[1].tolist() == [[0, 0]]
    assert triplet_losses(response[1:], positive[1:]).total.item() == 0


def test_only_differences_matter_and_a_wide_lead_costs_nothing() -> None:
    positive = torch.tensor([[[True, False, True, False]]])
    response = torch.tensor([[[5.0, -30.0, 3.0, -28.0]]])
    assert triplet_losses(response, positive).total.item() < 1e-6
    lead = triplet_losses(response / 10, positive).total
    torch.testing.assert_close(triplet_losses(response / 10 + 100, positive).total, lead, rtol=1e-3, atol=1e-3)
