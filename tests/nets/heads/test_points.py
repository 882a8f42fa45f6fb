"""Distances to boxes and two-class scores, by hand and both ways."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.geometry.boxes import cxcywh_to_xyxy
from siamtrack.nets.heads.points import distance_boxes, exp_distance, target_score


def test_boxes_worked_by_hand() -> None:
    """A 3x3 map at stride 8: the middle cell sits on the crop's centre, the last of the middle row 8 px right of it."""
    distance = torch.zeros(1, 4, 3, 3)
    distance[0, :, 1, 2] = torch.tensor([10.0, 4, 6, 20])  # left, top, right, bottom
    box = distance_boxes(distance, 8)
    assert box.shape == (1, 1, 3, 3, 4)
    assert cxcywh_to_xyxy(box)[0, 0, 1, 2].tolist() == [8 - 10, -4, 8 + 6, 20]


@given(st.lists(st.floats(0.0625, 900, width=32), min_size=4, max_size=4), st.integers(0, 4), st.integers(0, 4))
def test_distances_come_back_from_the_box(distances: list[float], row: int, column: int) -> None:
    box = distance_boxes(torch.tensor(distances).view(1, 4, 1, 1).expand(-1, -1, 5, 5), 8)
    x1, y1, x2, y2 = cxcywh_to_xyxy(box)[0, 0, row, column].tolist()
    x, y = (column - 2) * 8, (row - 2) * 8
    assert (x - x1, y - y1, x2 - x, y2 - y) == pytest.approx(distances, abs=1e-3)


def test_raw_distances_are_exponentials_that_stay_finite() -> None:
    raw = torch.tensor([0.0, 2.0, 1e4]).view(1, 1, 1, 3)
    torch.testing.assert_close(exp_distance(raw).flatten(), torch.tensor([1, 7.389056, 1000]))


def test_the_score_is_the_share_of_the_second_channel() -> None:
    cls = torch.tensor([0.0, 3.0]).log().view(1, 2, 1, 1)
    assert target_score(cls).item() == 1
    cls = torch.tensor([1.0, 3.0]).log().view(1, 2, 1, 1)
    assert target_score(cls).item() == pytest.approx(0.75)
