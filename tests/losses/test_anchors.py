"""Labels and losses of anchor heads, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from siamtrack.geometry.grids import anchor_grid
from siamtrack.losses.anchors import AnchorLabels, anchor_labels, anchor_losses, encode_anchors

_STRIDE = 8
_ALL = anchor_grid(25, _STRIDE, (0.33, 0.5, 1.0, 2.0, 3.0), 8.0, torch.device("cpu"))
_SQUARES = anchor_grid(9, _STRIDE, (1.0,), 8.0, torch.device("cpu"))  # 64 x 64, at -32, -24, ... 32
_PRESENT = torch.tensor([True])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def places(mask_AHW: Tensor) -> set[tuple[int, int]]:
    """(x, y) of the set cells, counted from the middle of 9."""
    return {(x - 4, y - 4) for _, y, x in mask_AHW.nonzero().tolist()}


def test_labels_of_a_box_on_an_anchor() -> None:
    """Shifted by i, j cells, IoU = o / (2 * 64^2 - o) with o = (64 - 8i)(64 - 8j).

    One cell diagonally 0.62, two cells straight 0.6: 3 x 3 positives. (3, 2) 0.31, (3, 3) 0.24, (4, 0) 0.33, (4, 1)
    0.28: negative from there on.
    """
    labels = anchor_labels(torch.tensor([[0.0, 0, 64, 64]]), _PRESENT, _SQUARES, _STRIDE)
    assert places(labels.positive_NAHW[0]) == {(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)}
    far = {(x, y) for x in range(-4, 5) for y in range(-4, 5) if min(abs(x), abs(y)) and max(abs(x), abs(y)) == 4}
    assert places(labels.negative_NAHW[0]) == far | {(x, y) for x in (-3, 3) for y in (-3, 3)}


def test_no_more_than_16_positives_and_48_negatives() -> None:
    """The box of an anchor has 9 positives, as above; one between three shapes has 23."""
    box = torch.tensor([[0.0, 0, 64, 64], [0, 2, 48, 84]])
    present = torch.ones(2, dtype=torch.bool)
    drawn = [anchor_labels(box, present, _ALL, _STRIDE, seeded(seed)) for seed in (0, 1)]
    for labels in drawn:
        assert labels.positive_NAHW.flatten(1).sum(1).tolist() == [9, 16]
        assert labels.negative_NAHW.flatten(1).sum(1).tolist() == [48, 48]
    assert not drawn[0].positive_NAHW[1].equal(drawn[1].positive_NAHW[1])


def test_negatives_of_an_absent_object_lie_about_the_other_one() -> None:
    """Other object at (13, -3): nearest cell (2, 0), so columns -1 to 4 (5 is outside the map) and rows -3 to 3."""
    box = torch.tensor([[13.0, -3, 40, 40]])
    window = {(x, y) for x in range(-1, 5) for y in range(-3, 4)}
    seen = set()
    for seed in range(30):
        labels = anchor_labels(box, torch.tensor([False]), _SQUARES, _STRIDE, seeded(seed))
        assert not labels.positive_NAHW.any()
        assert len(places(labels.negative_NAHW[0])) == 16
        seen |= places(labels.negative_NAHW[0])
    assert seen == window


def test_encoding_worked_by_hand() -> None:
    anchor = torch.tensor([2.0, 4, 64, 64]).view(1, 1, 1, 4)
    delta = encode_anchors(torch.tensor([[10.0, -4, 32, 128]]), anchor)
    assert delta.flatten().tolist() == pytest.approx([8 / 64, -8 / 64, -math.log(2), math.log(2)])


def two_anchors() -> tuple[Tensor, Tensor, AnchorLabels]:
    """Two pairs, one anchor, two cells: a positive in the first pair, a negative in each."""
    cls = torch.zeros(2, 2, 1, 2)
    cls[:, 0, 0, 1] = math.log(3)
    labels = AnchorLabels(
        torch.tensor([[[[True, False]]], [[[False, False]]]]),
        torch.tensor([[[[False, True]]], [[[False, True]]]]),
        torch.tensor([1.0, -2.0, 0.5, 0.0]).expand(2, 1, 1, 2, 4),
    )
    return cls, torch.zeros(2, 4, 1, 2), labels


def test_losses_worked_by_hand() -> None:
    """Positive at even odds, negatives at 3 : 1. The offsets are wrong by 3.5 in one pair of two."""
    losses = anchor_losses(*two_anchors(), box_weight=1.2, smooth=0)
    assert losses.cls.item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert losses.box.item() == pytest.approx(3.5 / 2)
    assert losses.total.item() == pytest.approx(losses.cls.item() + 1.2 * 1.75)


def test_smooth_l1_worked_by_hand() -> None:
    """Sigma 1: 1 - 1/2, 2 - 1/2, and 0.5^2 / 2."""
    assert anchor_losses(*two_anchors(), box_weight=1, smooth=1).box.item() == pytest.approx((0.5 + 1.5 + 0.125) / 2)


def test_channels_are_class_and_parameter_major() -> None:
    """Anchor 2 of 3 says target, its dy is right and its dw is not."""
    positive = torch.zeros(1, 3, 1, 1, dtype=torch.bool)
    positive[0, 2] = True
    labels = AnchorLabels(positive, torch.zeros_like(positive), torch.tensor([0.0, 7, 0, 0]).expand(1, 3, 1, 1, 4))
    cls, loc = torch.zeros(1, 6, 1, 1), torch.zeros(1, 12, 1, 1)
    cls[0, 1 * 3 + 2] = 40
    loc[0, 1 * 3 + 2], loc[0, 2 * 3 + 2] = 7, 5
    losses = anchor_losses(cls, loc, labels, box_weight=1, smooth=0)
    assert losses.cls.item() == pytest.approx(0, abs=1e-6)
    assert losses.box.item() == pytest.approx(5)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 99), st.lists(st.booleans(), min_size=3, max_size=3))
def test_finite_and_blind_to_the_order_of_pairs(seed: int, present: list[bool]) -> None:
    rng = seeded(seed)
    box = torch.rand(3, 4, generator=rng) * 300 - 100  # also outside the crop, also without an area
    labels = anchor_labels(box, torch.tensor(present), _ALL, _STRIDE, rng)
    maps = [(torch.randn(3, n, 25, 25, generator=rng) * 30).requires_grad_() for n in (10, 20)]
    losses = anchor_losses(*maps, labels, box_weight=1.2, smooth=0)
    losses.total.backward()
    assert losses.total.isfinite()
    assert all(m.grad is not None and m.grad.isfinite().all() for m in maps)
    swapped = AnchorLabels(*(part.flip(0) for part in labels))
    again = anchor_losses(*(m.flip(0) for m in maps), swapped, box_weight=1.2, smooth=0)
    torch.testing.assert_close(again.total, losses.total)


def test_perfect_predictions_cost_nothing() -> None:
    box = torch.tensor([[5.0, 3, 70, 60], [-9, 0, 90, 40], [0, 0, 50, 50]])
    labels = anchor_labels(box, torch.tensor([True, True, False]), _ALL, _STRIDE, seeded())
    assert labels.positive_NAHW.flatten(1).any(1).tolist() == [True, True, False]
    target = torch.where(labels.positive_NAHW, 40.0, -40.0)
    cls = torch.stack((-target, target), 1).flatten(1, 2)
    losses = anchor_losses(cls, labels.delta_NAHW4.movedim(-1, 1).flatten(1, 2), labels, box_weight=1.2, smooth=0)
    assert losses.total.item() < 1e-5
