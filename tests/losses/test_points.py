"""Labels and losses of point heads, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from siamtrack.losses.points import ellipse_labels, point_losses

_STRIDE = 16
_PRESENT = torch.tensor([True])


def cells(mask: Tensor) -> set[tuple[int, int]]:
    """(x, y) of the cells that are set."""
    return {(x, y) for y, x in mask.nonzero().tolist()}


def test_labels_of_a_centred_box() -> None:
    """5 cells, 16 px apart: cell (2, 2) at the crop's centre. Box 64 x 32: positive within semi-axes 16 and 8."""
    positive, negative = ellipse_labels(torch.tensor([[0.0, 0, 64, 32]]), _PRESENT, 5, _STRIDE)
    assert cells(positive[0]) == {(1, 2), (2, 2), (3, 2)}
    # Outside semi-axes 32 and 16: on the middle row x = +-32 lies on the ellipse and is ignored.
    ignored = {(0, 2), (4, 2), (2, 1), (2, 3)}
    assert cells(negative[0]) == {(x, y) for x in range(5) for y in range(5)} - ignored - cells(positive[0])


def test_labels_of_a_large_box() -> None:
    """96 x 96: diagonal neighbours lie at 22.6 of 24 px, the next cells at 32, the corners at 45.3 of 48."""
    positive, negative = ellipse_labels(torch.tensor([[0.0, 0, 96, 96]]), _PRESENT, 5, _STRIDE)
    assert cells(positive[0]) == {(x, y) for x in (1, 2, 3) for y in (1, 2, 3)}
    assert not negative.any()


def test_labels_follow_the_box() -> None:
    positive, _ = ellipse_labels(torch.tensor([[16.0, -32, 8, 8]]), _PRESENT, 5, _STRIDE)
    assert cells(positive[0]) == {(3, 0)}


def test_a_box_between_the_cells_still_has_a_positive() -> None:
    """Smaller than the stride: the nearest cell fires, though it lies outside the inner ellipse."""
    positive, negative = ellipse_labels(torch.tensor([[5.0, 3, 4, 4]]), _PRESENT, 5, _STRIDE)
    assert cells(positive[0]) == {(2, 2)}
    assert negative[0].sum() == 24


def test_absent_objects_make_every_cell_negative() -> None:
    boxes = torch.tensor([[0.0, 0, 64, 32], [0, 0, 64, 32]])
    positive, negative = ellipse_labels(boxes, torch.tensor([True, False]), 5, _STRIDE)
    assert positive[0].sum() == 3
    assert positive[1].sum() == 0
    assert negative[1].all()


def test_no_cell_is_both() -> None:
    boxes = torch.rand(64, 4, generator=torch.Generator().manual_seed(0)) * 120
    positive, negative = ellipse_labels(boxes, torch.ones(64, dtype=torch.bool), 8, _STRIDE)
    assert not (positive & negative).any()
    assert positive.flatten(1).any(1).all()


def one_cell(logit: float, pred: tuple[float, ...], box: tuple[float, ...], present: bool = True):  # type: ignore[no-untyped-def]
    return point_losses(
        torch.tensor([[[logit]]]), torch.tensor([[[pred]]]), torch.tensor([box]), torch.tensor([present]), _STRIDE
    )


def test_a_perfect_cell_costs_nothing_but_its_doubt() -> None:
    losses = one_cell(20.0, (0.0, 0, 10, 10), (0.0, 0, 10, 10))
    assert losses.box.item() == pytest.approx(0, abs=1e-6)
    assert losses.positive.item() == pytest.approx(0, abs=1e-6)
    assert losses.negative.item() == 0
    assert losses.mean_iou.item() == pytest.approx(1)


def test_positive_cell_worked_by_hand() -> None:
    """Half the box: IoU 0.5, GIoU 0.5 (the hull is the box), logit 0 against 0.5."""
    losses = one_cell(0.0, (0.0, 0, 10, 5), (0.0, 0, 10, 10))
    assert losses.mean_iou.item() == pytest.approx(0.5)
    assert losses.box.item() == pytest.approx(0.5)
    assert losses.positive.item() == pytest.approx(math.log(2))
    assert losses.total.item() == pytest.approx(math.log(2) + 1.5 * 0.5)


def test_the_score_is_taught_at_least_a_little_while_boxes_are_poor() -> None:
    """No overlap: the target is 0.3, and -log(1 - 0.3) * ... at logit(0.3) is the entropy of 0.3."""
    losses = one_cell(math.log(0.3 / 0.7), (100.0, 0, 10, 10), (0.0, 0, 10, 10))
    assert losses.mean_iou.item() == 0
    assert losses.positive.item() == pytest.approx(-0.3 * math.log(0.3) - 0.7 * math.log(0.7), rel=1e-5)


def test_negative_cell_worked_by_hand() -> None:
    """Logit 0: probability 1/2, weight 1/4, cost log 2; without positives the sum is divided by one."""
    losses = one_cell(0.0, (0.0, 0, 10, 10), (0.0, 0, 10, 10), present=False)
    assert losses.negative.item() == pytest.approx(0.25 * math.log(2))
    assert losses.positive.item() == losses.box.item() == losses.mean_iou.item() == 0
    assert losses.total.item() == pytest.approx(0.7 * 0.25 * math.log(2))


def test_parts_are_divided_by_the_batchs_positives() -> None:
    logit = torch.zeros(2, 5, 5)
    pred = torch.tensor([0.0, 0, 64, 32]).expand(2, 5, 5, 4)
    box = torch.tensor([[0.0, 0, 64, 32], [0, 0, 64, 32]])
    losses = point_losses(logit, pred, box, torch.tensor([True, False]), _STRIDE)
    assert losses.positive.item() == pytest.approx(math.log(2))  # 3 cells / 3
    negatives = (25 - 3 - 4) + 25
    assert losses.negative.item() == pytest.approx(negatives * 0.25 * math.log(2) / 3, rel=1e-5)


def test_gradients_pull_the_right_way() -> None:
    logit = torch.zeros(1, 5, 5, requires_grad=True)
    pred = torch.tensor([4.0, 0, 64, 32]).repeat(1, 5, 5, 1).requires_grad_()
    box = torch.tensor([[0.0, 0, 64, 32]])
    point_losses(logit, pred, box, _PRESENT, _STRIDE).total.backward()
    assert logit.grad is not None
    assert pred.grad is not None
    assert logit.grad[0, 2, 2] < 0  # raise the score of the positive cell
    assert logit.grad[0, 0, 0] > 0
    assert logit.grad[0, 2, 0] == 0  # ignored
    assert pred.grad[0, 2, 2, 0] > 0  # move the box left
    assert (pred.grad[0, 0, 0] == 0).all()
