"""`draw_targets`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siamtrack.geometry.masks import PlacedMask
from siamtrack.video import draw_targets
from siamtrack.video.draw import OKABE_ITO

GREY = np.full((360, 480, 3), 128, np.uint8)
BOX = np.array([[100.0, 120.0, 80.0, 60.0]])

finite = st.floats(allow_nan=False, allow_infinity=False)
points = st.lists(st.tuples(finite, finite), max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    boxes=arrays(np.float64, st.tuples(st.integers(0, 4), st.just(4)), elements=finite),
    trail=points,
    seed=st.data(),
)
def test_any_finite_boxes(boxes: np.ndarray, trail: list[tuple[float, float]], seed: st.DataObject) -> None:
    count = len(boxes)
    lost = seed.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    shape = seed.draw(st.tuples(st.integers(1, 200), st.integers(1, 200)))
    image = np.full((*shape, 3), 128, np.uint8)
    out = draw_targets(image, boxes, range(count), [0.5] * count, lost, trails={0: trail})
    assert out.shape == image.shape and out.dtype == np.uint8
    assert not np.shares_memory(out, image)
    assert (image == 128).all()


def test_box_is_where_it_should_be() -> None:
    out = draw_targets(GREY, BOX, [1], [0.9], [False])
    for y, x in ((180, 140), (150, 100), (150, 180)):  # bottom, left and right edge
        assert tuple(out[y, x]) == OKABE_ITO[1]
    assert (out[140:160, 110:170] == 128).all()  # nothing inside
    assert (out[190:, :] == 128).all() and (out[:, 190:] == 128).all()


def test_lost_is_dashed() -> None:
    solid = draw_targets(GREY, BOX, [1], [0.9], [False])[181, 95:185]
    dashed = draw_targets(GREY, BOX, [1], [0.9], [True])[181, 95:185]
    assert (dashed == 128).all(1).sum() > (solid == 128).all(1).sum() + 15


def test_ids_have_their_own_colors() -> None:
    boxes = np.array([[60.0 * i + 10, 120, 40, 60] for i in range(7)])
    out = draw_targets(GREY, boxes, range(7), [0.9] * 7, [False] * 7)
    assert {tuple(out[180, 60 * i + 30]) for i in range(7)} == set(OKABE_ITO)


def test_tab_stays_inside_the_image() -> None:
    for left, top in ((-500.0, -500.0), (900.0, -500.0), (-500.0, 900.0), (900.0, 900.0)):
        out = draw_targets(GREY, np.array([[left, top, 50.0, 40.0]]), [1], [0.9], [False])
        tab = (out == OKABE_ITO[1]).all(2)
        assert tab.sum() > 200
        assert tab[0].any() == (top < 0) and tab[:, 0].any() == (left < 0)


def test_labels_replace_ids() -> None:
    plain = draw_targets(GREY, BOX, [1], [0.9], [False])
    named = draw_targets(GREY, BOX, [1], [0.9], [False], labels=["a long name"])
    assert (named != 128).any(2).sum() > (plain != 128).any(2).sum()


def test_trail_fades() -> None:
    nothing = np.zeros((0, 4))
    trail = [(20.0 + 40 * i, 300.0) for i in range(11)]
    out = draw_targets(GREY, nothing, [], [], [], trails={1: trail})
    change = np.abs(out[299].astype(int) - 128).sum(1)
    assert 0 < change[30] < change[200] < change[410]


def test_a_rotated_box_takes_the_upright_one_s_place() -> None:
    diamond = np.array([[[140.0, 100], [200, 150], [140, 200], [80, 150]]])
    out = draw_targets(GREY, BOX, [1], [0.9], [False], polygons=diamond)
    assert tuple(out[175, 170]) == OKABE_ITO[1]  # half way from the right corner to the bottom one
    assert (out[180, 101:112] == 128).all()  # on the upright box
    far = draw_targets(GREY, BOX, [1], [0.9], [True], polygons=diamond * 1e6)
    assert far.shape == GREY.shape


def test_masks_are_tinted() -> None:
    mask = PlacedMask(np.ones((127, 127), np.float32), (110.0, 130.0, 50.0, 40.0), (480, 360), 0.5)
    out = draw_targets(GREY, np.tile(BOX, (2, 1)), [1, 2], [0.9, 0.9], [False, False], masks=[mask, None])
    assert tuple(out[150, 130]) == tuple(round(0.6 * 128 + 0.4 * value) for value in OKABE_ITO[1])
    assert (out[150, 105:109] == 128).all() and (out[150, 162:170] == 128).all()
    assert (GREY == 128).all()


def test_not_finite_boxes_are_left_out() -> None:
    out = draw_targets(GREY, np.array([[np.nan, 1, 2, 3], [np.inf, 1, 2, 3]]), [1, 2], [0.9, 0.9], [False, True])
    assert (out == GREY).all()


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="1 boxes, 2 ids"):
        draw_targets(GREY, BOX, [1, 2], [0.9], [False])
    with pytest.raises(ValueError, match="float32"):
        draw_targets(GREY.astype(np.float32), BOX, [1], [0.9], [False])
