"""Rows of the state: joined, taken, and never more of them than targets."""

from __future__ import annotations

import torch
from torch import Tensor

from siamtrack.tracking.state import TrackState, concat_states, take_rows


def state(*centers: float) -> TrackState:
    """One row a number, the number in every field."""
    column = torch.tensor(centers)
    pair = column[:, None].expand(-1, 2).clone()
    return TrackState(
        center_N2=pair,
        size_N2=pair + 100,
        side_N=column + 300,
        first_side_N=column + 400,
        pad_N3=column[:, None].expand(-1, 3) + 200,
        frame_N=column.long(),
        kernels=(column[:, None, None, None] * torch.ones(1, 2, 3, 3), column[:, None] * torch.ones(1, 5)),
        memory=(column[:, None] * torch.ones(1, 4), column[:, None] + torch.ones(1, 4)),
        score_N=column / 10,
        lost_N=column > 2,
        small_N=column > 1,
    )


def fields(value: TrackState) -> list[Tensor]:
    return [*value.kernels, *value.memory, *(field for field in value if isinstance(field, Tensor))]


def assert_equal(one: TrackState, other: TrackState) -> None:
    for a, b in zip(fields(one), fields(other), strict=True):
        assert a.dtype == b.dtype
        assert a.equal(b)


def test_concat_keeps_the_order_in_every_field() -> None:
    assert_equal(concat_states(state(1.0, 2.0), state(3.0)), state(1.0, 2.0, 3.0))


def test_take_rows_in_any_order_and_more_than_once() -> None:
    assert_equal(take_rows(state(1.0, 2.0, 3.0), [2, 0]), state(3.0, 1.0))
    assert_equal(take_rows(state(1.0, 2.0), [1, 1]), state(2.0, 2.0))


def test_take_no_rows_then_concat() -> None:
    none = take_rows(state(1.0, 2.0), [])
    assert all(len(field) == 0 for field in fields(none))
    assert_equal(concat_states(none, state(4.0)), state(4.0))


def test_take_rows_copies() -> None:
    original = state(1.0, 2.0)
    take_rows(original, [0, 1]).center_N2.zero_()
    assert_equal(original, state(1.0, 2.0))
