"""Focal loss and the losses of SiamFC++, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from siamtrack.geometry.grids import point_grid
from siamtrack.losses.centerness import CenternessLabels, centerness_labels
from siamtrack.losses.focal import focal_losses, sigmoid_focal

_WEIGHTS = {"alpha": 0.25, "gamma": 2.0, "box_weight": 3.0, "center_weight": 1.0}
_MANY = point_grid(17, 8, torch.device("cpu"))


def test_focal_worked_by_hand() -> None:
    """p = 1/2: (1/2)^2 log 2. p = 3/4: (1/4)^2 log(4/3) as a positive, (3/4)^2 log 4 as a negative."""
    logit = torch.tensor([0.0, 0.0, math.log(3), math.log(3)])
    loss = sigmoid_focal(logit, torch.tensor([True, False, True, False]), alpha=0.25, gamma=2)
    hand = [
        0.25 * math.log(2) / 4,
        0.75 * math.log(2) / 4,
        0.25 * math.log(4 / 3) / 16,
        0.75 * math.log(4) * 9 / 16,
    ]
    assert loss.tolist() == pytest.approx(hand)


@given(st.floats(-80, 80), st.booleans())
def test_without_focus_it_is_half_the_cross_entropy(logit: float, positive: bool) -> None:
    loss = sigmoid_focal(torch.tensor(logit), torch.tensor(positive), alpha=0.5, gamma=0)
    whole = functional.binary_cross_entropy_with_logits(torch.tensor(logit), torch.tensor(float(positive)))
    torch.testing.assert_close(loss, whole / 2)


def test_losses_worked_by_hand() -> None:
    """Two positives and one negative at p = 1/2. Half the object in one cell, the whole in the other."""
    pred = torch.tensor([[[[0.0, 0, 10, 5], [0, 0, 10, 10], [0, 0, torch.inf, 1]]]])
    labels = CenternessLabels(torch.tensor([[[True, True, False]]]), torch.tensor([[[1.0, 0.5, 0.0]]]))
    nothing = torch.zeros(1, 1, 3)
    losses = focal_losses(nothing, pred, nothing, torch.tensor([[0.0, 0, 10, 10]]), labels, **_WEIGHTS)
    assert losses.cls.item() == pytest.approx((2 * 0.25 + 0.75) * math.log(2) / 4 / 2)
    assert losses.box.item() == pytest.approx(math.log(2) / 2)
    # Centre-ness 1/2 guessed 1/2 costs nothing, 1 guessed 1/2 costs log 2.
    assert losses.center.item() == pytest.approx(math.log(2) / 2)
    parts = losses.cls.item() + 3 * losses.box.item() + losses.center.item()
    assert losses.total.item() == pytest.approx(parts)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 99), st.lists(st.booleans(), min_size=3, max_size=3))
def test_finite_and_blind_to_the_order_of_pairs(seed: int, present: list[bool]) -> None:
    rng = torch.Generator().manual_seed(seed)
    box = (torch.rand(3, 4, generator=rng) * 200 - 60).abs()
    labels = centerness_labels(box, torch.tensor(present), _MANY, core=0)
    shapes = (3, 17, 17), (3, 17, 17, 4), (3, 17, 17)
    maps = [(torch.randn(shape, generator=rng) * 60).requires_grad_() for shape in shapes]
    losses = focal_losses(*maps, box, labels, **_WEIGHTS)
    losses.total.backward()
    assert losses.total.isfinite()
    assert all(m.grad is not None and m.grad.isfinite().all() for m in maps)
    swapped = CenternessLabels(*(part.flip(0) for part in labels))
    again = focal_losses(*(m.flip(0) for m in maps), box.flip(0), swapped, **_WEIGHTS)
    torch.testing.assert_close(again.total, losses.total)


def test_perfect_predictions_cost_nothing() -> None:
    box = torch.tensor([[3.0, 0, 60, 40]])
    labels = centerness_labels(box, torch.tensor([True]), _MANY, core=0)
    pred = box[:, None, None].expand(1, 17, 17, 4)
    center = labels.center_NHW.logit(1e-6)
    losses = focal_losses(torch.where(labels.positive_NHW, 40.0, -40.0), pred, center, box, labels, **_WEIGHTS)
    assert losses.total.item() < 1e-4
