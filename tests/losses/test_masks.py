"""Targets and loss of the mask branch, worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from siamtrack.losses.masks import MaskCells, mask_cells, mask_logits, mask_losses, mask_targets


def at(*cells: int) -> MaskCells:
    """These cells of one pair."""
    return MaskCells(torch.tensor([cells]), torch.ones(1, len(cells), dtype=torch.bool))


def test_cells_with_a_positive_anchor() -> None:
    positive = torch.zeros(2, 5, 25, 25, dtype=torch.bool)
    positive[0, 1, 3, 4] = positive[0, 2, 3, 4] = positive[0, 0, 10, 0] = True
    cells = mask_cells(positive)
    assert cells.valid_NK.sum(1).tolist() == [2, 0]
    assert sorted(cells.cell_NK[0][cells.valid_NK[0]].tolist()) == [3 * 25 + 4, 10 * 25]


def test_windows_of_the_true_mask() -> None:
    """255 px, 25 cells of 8 px: the middle one sees pixels 64 to 190, the first -32 to 94, the last 160 to 286."""
    mask = torch.zeros(1, 1, 255, 255, dtype=torch.uint8)
    mask[0, 0, 0, 0] = mask[0, 0, 64, 190] = mask[0, 0, 254, 160] = 255
    middle, first, last = mask_targets(mask, at(12 * 25 + 12, 0, 624), 25, 8)[0]
    assert middle[0, 126] == 1
    assert (middle == 1).sum() == 1
    assert (middle == -1).sum() == 127 * 127 - 1
    assert first[32, 32] == 1
    assert (first[:32] == 0).all() and (first[:, :32] == 0).all()
    assert (first[32:, 32:] != 0).all()
    assert last[94, 0] == 1
    assert (last[95:] == 0).all() and (last[:95, :95] != 0).all()


def test_windows_are_those_of_the_published_unfold() -> None:
    mask = torch.rand(2, 1, 255, 255, generator=torch.Generator().manual_seed(0)) > 0.5
    cells = MaskCells(torch.tensor([[7, 300, 624], [0, 24, 600]]), torch.ones(2, 3, dtype=torch.bool))
    sign = mask.float() * 2 - 1
    unfolded = functional.unfold(sign, 127, padding=32, stride=8).view(2, 127, 127, 625)
    published = torch.stack([unfolded[n, :, :, cells.cell_NK[n]].permute(2, 0, 1) for n in (0, 1)])
    assert mask_targets(mask, cells, 25, 8).float().equal(published)


def test_windows_of_the_small_crop_of_the_second_stage() -> None:
    """143 px, 3 cells: windows at 0, 8 and 16, nothing outside."""
    mask = torch.zeros(1, 1, 143, 143, dtype=torch.uint8)
    mask[0, 0, 16, 8] = 1
    target = mask_targets(mask, at(2 * 3 + 1), 3, 8)
    assert target[0, 0, 0, 0] == 1
    assert (target != 0).all()


def test_even_crops_are_refused() -> None:
    with pytest.raises(ValueError, match="odd side, not 256"):
        mask_targets(torch.zeros(1, 1, 256, 256), at(0), 25, 8)


def test_logits_of_the_chosen_cells() -> None:
    maps = torch.arange(2 * 9 * 4 * 4, dtype=torch.float32).view(2, 9, 4, 4)
    cells = MaskCells(torch.tensor([[5, 0], [15, 1]]), torch.ones(2, 2, dtype=torch.bool))
    logits = mask_logits(maps, cells)
    assert logits.shape == (2, 2, 3, 3)
    assert logits[0, 0].flatten().tolist() == maps[0, :, 1, 1].tolist()
    assert logits[1, 1].flatten().tolist() == maps[1, :, 0, 1].tolist()


def test_loss_worked_by_hand() -> None:
    """Odds 3 : 1 for the object: log(4/3) where it is, log 4 where it is not, nothing outside; three pixels of four."""
    logit = torch.full((1, 1, 2, 2), math.log(3))
    target = torch.tensor([[[[1, -1], [-1, 0]]]], dtype=torch.int8)
    losses = mask_losses(logit, target, torch.tensor([[True]]))
    assert losses.total.item() == pytest.approx((math.log(4 / 3) + 2 * math.log(4)) / 4)
    assert losses.mean_iou.item() == pytest.approx(1 / 3)
    assert losses.above_5.item() == losses.above_7.item() == 0


def test_overlaps_worked_by_hand() -> None:
    """2 of 3 px, 1 of 1 px, and one that does not count."""
    logit = torch.tensor([[[[9.0, 9, 9, -9]], [[9, -9, -9, -9]], [[9, 9, 9, 9]]]])
    target = torch.tensor([[[[1, 1, -1, -1]], [[1, -1, -1, -1]], [[-1, -1, -1, -1]]]], dtype=torch.int8)
    losses = mask_losses(logit, target, torch.tensor([[True, True, False]]))
    assert losses.mean_iou.item() == pytest.approx((2 / 3 + 1) / 2)
    assert losses.above_5.item() == 1
    assert losses.above_7.item() == 0.5


def test_small_predictions_are_enlarged_corner_on_corner() -> None:
    """2 x 2 -> 3 x 3: the middle is the mean of the four, the edges' middles of two."""
    a, b = 2.0, 4.0
    logit = torch.tensor([[[[a, a], [b, b]]]])
    target = torch.ones(1, 1, 3, 3, dtype=torch.int8)
    hand = sum(math.log(1 + math.exp(-value)) for value in (a, (a + b) / 2, b)) / 3
    assert mask_losses(logit, target, torch.tensor([[True]])).total.item() == pytest.approx(hand, rel=1e-5)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 99), st.lists(st.booleans(), min_size=6, max_size=6))
def test_finite_and_blind_to_the_order_of_pairs(seed: int, valid: list[bool]) -> None:
    rng = torch.Generator().manual_seed(seed)
    logit = (torch.randn(2, 3, 5, 5, generator=rng) * 60).requires_grad_()
    target = torch.randint(-1, 2, (2, 3, 9, 9), generator=rng, dtype=torch.int8)
    valid_NK = torch.tensor(valid).view(2, 3)
    losses = mask_losses(logit, target, valid_NK)
    losses.total.backward()
    assert logit.grad is not None
    assert all(part.isfinite() for part in losses) and logit.grad.isfinite().all()
    assert (logit.grad[~valid_NK] == 0).all()
    torch.testing.assert_close(mask_losses(logit.flip(0), target.flip(0), valid_NK.flip(0)).total, losses.total)


def test_perfect_masks_cost_nothing() -> None:
    mask = torch.zeros(1, 1, 255, 255, dtype=torch.uint8)
    mask[0, 0, 60:190, 20:100] = 1
    target = mask_targets(mask, at(0, 312, 624), 25, 8)
    losses = mask_losses(target * 40.0, target, torch.ones(1, 3, dtype=torch.bool))
    assert losses.total.item() < 1e-6
    assert losses.mean_iou.item() == pytest.approx(2 / 3)  # the last window holds no object
