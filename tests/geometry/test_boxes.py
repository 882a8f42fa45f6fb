"""Box formats and overlaps."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from siamtrack.geometry.boxes import (
    cxcywh_to_xywh,
    cxcywh_to_xyxy,
    giou_xyxy,
    iou_xyxy,
    smoothed_iou_xyxy,
    xywh_to_cxcywh,
    xyxy_to_cxcywh,
)

_place = st.floats(-4096, 4096, width=32)
_size = st.floats(0, 4096, width=32)
_xywh = st.tuples(_place, _place, _size, _size).map(torch.tensor)


@st.composite
def _whole_xyxy(draw: st.DrawFn) -> list[int]:
    """Small whole-number boxes, so that every overlap can be counted pixel by pixel."""
    x, y = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    return [x, y, x + draw(st.integers(1, 6)), y + draw(st.integers(1, 6))]


@given(_xywh)
def test_xywh_and_cxcywh_are_inverses(box: Tensor) -> None:
    torch.testing.assert_close(cxcywh_to_xywh(xywh_to_cxcywh(box)), box, rtol=0, atol=2e-3)


@given(_xywh)
def test_cxcywh_and_xyxy_are_inverses(box: Tensor) -> None:
    torch.testing.assert_close(xyxy_to_cxcywh(cxcywh_to_xyxy(box)), box, rtol=0, atol=2e-3)


def test_formats_of_one_box() -> None:
    """A box over the pixel columns 10..13 and rows 20..25."""
    xywh = torch.tensor([[10.0, 20, 4, 6]])
    cxcywh = torch.tensor([[12.0, 23, 4, 6]])
    assert xywh_to_cxcywh(xywh).equal(cxcywh)
    assert cxcywh_to_xywh(cxcywh).equal(xywh)
    assert cxcywh_to_xyxy(cxcywh).equal(torch.tensor([[10.0, 20, 14, 26]]))


def test_any_leading_shape_is_kept() -> None:
    assert xywh_to_cxcywh(torch.rand(2, 3, 5, 4)).shape == (2, 3, 5, 4)
    assert iou_xyxy(torch.rand(2, 1, 4), torch.rand(3, 4)).shape == (2, 3)


@pytest.mark.parametrize(
    ("a", "b", "iou", "giou"),
    [
        ((0, 0, 4, 4), (0, 0, 4, 4), 1, 1),
        ((0, 0, 4, 4), (2, 0, 6, 4), 8 / 24, 8 / 24),  # the hull is the union
        ((0, 0, 2, 2), (1, 1, 3, 3), 1 / 7, 1 / 7 - 2 / 9),
        ((0, 0, 4, 4), (1, 1, 3, 3), 4 / 16, 4 / 16),  # one inside the other
        ((0, 0, 1, 1), (2, 0, 3, 1), 0, -1 / 3),  # a gap as wide as the boxes
        ((0, 0, 1, 1), (1, 0, 2, 1), 0, 0),  # touching
        ((0, 0, 0, 0), (0, 0, 2, 2), 0, 0),  # one empty
    ],
)
def test_overlap_worked_by_hand(a: tuple[int, ...], b: tuple[int, ...], iou: float, giou: float) -> None:
    first, second = torch.tensor(a, dtype=torch.float32), torch.tensor(b, dtype=torch.float32)
    assert iou_xyxy(first, second).item() == pytest.approx(iou)
    assert giou_xyxy(first, second).item() == pytest.approx(giou)


def test_smoothed_overlap_worked_by_hand() -> None:
    """8 of 24 px, and none of 2."""
    a, b = torch.tensor([[0.0, 0, 4, 4], [0, 0, 1, 1]]), torch.tensor([[2.0, 0, 6, 4], [1, 0, 2, 1]])
    assert smoothed_iou_xyxy(a, b).tolist() == pytest.approx([9 / 25, 1 / 3])


@given(_whole_xyxy(), _whole_xyxy())
def test_overlap_equals_counted_pixels(a: list[int], b: list[int]) -> None:
    masks = torch.zeros(2, 16, 16, dtype=torch.bool)
    for mask, (x0, y0, x1, y1) in zip(masks, (a, b), strict=True):
        mask[y0:y1, x0:x1] = True
    union = (masks[0] | masks[1]).sum().item()
    iou = (masks[0] & masks[1]).sum().item() / union
    rows, columns = masks.any(0).any(1).nonzero(), masks.any(0).any(0).nonzero()
    hull = (rows.max() - rows.min() + 1).item() * (columns.max() - columns.min() + 1).item()
    first, second = torch.tensor(a, dtype=torch.float32), torch.tensor(b, dtype=torch.float32)
    assert iou_xyxy(first, second).item() == pytest.approx(iou)
    assert giou_xyxy(first, second).item() == pytest.approx(iou - (hull - union) / hull)


def test_giou_pulls_a_distant_box_nearer() -> None:
    box = torch.tensor([10.0, 0, 12, 2], requires_grad=True)
    giou_xyxy(box, torch.tensor([0.0, 0, 2, 2])).backward()
    assert box.grad is not None
    assert box.grad[0] < 0  # moving the left side further right makes it worse
