"""Arrays in, numbers out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siamtrack.evaluation.metrics import center_offset, clip_to_image, count_above, count_within, iou

numbers = st.floats(-200, 200, width=32)
boxes = arrays(np.float64, (5, 4), elements=numbers).map(lambda b: np.hstack((b[:, :2], np.abs(b[:, 2:]) + 0.5)))


def test_iou_by_hand():
    a = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10]], float)
    b = np.array([[0, 0, 10, 10], [5, 0, 10, 10], [20, 20, 5, 5], [np.nan, 0, 10, 10]], float)
    assert iou(a, b) == pytest.approx([1, 1 / 3, 0, 0])


@given(boxes, boxes, numbers)
def test_iou_is_symmetric_bounded_and_blind_to_shifts(a, b, shift):
    overlap = iou(a, b)
    assert ((overlap >= 0) & (overlap <= 1 + 1e-12)).all()
    np.testing.assert_allclose(iou(b, a), overlap)
    np.testing.assert_allclose(iou(a + [shift, shift, 0, 0], b + [shift, shift, 0, 0]), overlap, atol=1e-9)
    np.testing.assert_allclose(iou(a, a), 1)


@given(boxes, boxes)
def test_center_offset_turns_round_with_its_arguments(a, b):
    np.testing.assert_allclose(center_offset(a, b), -center_offset(b, a), atol=1e-9)


@given(boxes)
def test_clipped_boxes_lie_in_the_image(a):
    clipped = clip_to_image(a, np.tile([100.0, 50.0], (5, 1)))
    assert (clipped >= 0).all() and (clipped[:, :2] + clipped[:, 2:] <= [100, 50]).all()


def test_frames_are_counted_by_sequence():
    values, starts, thresholds = np.array([0.1, 0.5, 0.9, 0.5]), np.array([0, 3]), np.array([0.5])
    assert count_above(values, thresholds, starts, strict=True).tolist() == [[1], [0]]
    assert count_above(values, thresholds, starts, strict=False).tolist() == [[2], [1]]
    assert count_within(np.array([0.1, np.nan, 0.9, 0.5]), thresholds, starts).tolist() == [[1], [1]]
