"""Pasting masks and the rotated boxes round them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.geometry.masks import PlacedMask, paste, rotated_box

_SIDE = 127
_FRAME = (160, 120)

sides = st.floats(8, 400)
boxes = st.tuples(st.floats(-300, 300), st.floats(-300, 300), sides, sides)


@given(boxes)
def test_pasting_undoes_the_way_from_frame_to_mask(box: tuple[float, float, float, float]) -> None:
    """A mask whose pixels hold their own place: every pixel of the frame gets the place that it came from."""
    line = np.arange(_SIDE, dtype=np.float32) + 0.5
    for axis, mask in enumerate((np.tile(line, (_SIDE, 1)), np.tile(line[:, None], (1, _SIDE)))):
        corner, window = paste(mask, box, _FRAME)
        places = [corner[a] + np.arange(window.shape[1 - a]) + 0.5 for a in (0, 1)]
        x, y = ((place - box[a]) / box[a + 2] * _SIDE for a, place in enumerate(places))
        inside = ((y >= 0.5) & (y <= _SIDE - 0.5))[:, None] & ((x >= 0.5) & (x <= _SIDE - 0.5))
        expected = np.broadcast_to(x if axis == 0 else y[:, None], window.shape)
        np.testing.assert_allclose(window[inside], expected[inside], atol=0.05)


@given(boxes, st.integers(0, 99), st.sampled_from([0.0, -1.0]))
def test_the_window_holds_all_that_the_whole_frame_would(
    box: tuple[float, float, float, float], seed: int, outside: float
) -> None:
    blurred = cv2.GaussianBlur(np.random.default_rng(seed).random((_SIDE, _SIDE), np.float32), (9, 9), 0)
    mask = PlacedMask(np.clip((blurred - 0.5) * 8 + 0.5, 0, 1), box, _FRAME, 0.35, outside)
    x, y, w, h = box
    mapping = np.array([[w / _SIDE, 0, x + w / _SIDE / 2 - 0.5], [0, h / _SIDE, y + h / _SIDE / 2 - 0.5]])
    whole = cv2.warpAffine(mask.probability_PP, mapping, _FRAME, borderMode=cv2.BORDER_CONSTANT, borderValue=outside)
    assert mask.in_frame().shape == (120, 160)
    assert (mask.in_frame() != (whole > 0.35)).mean() < 1e-3  # where the last bit decides


@pytest.mark.parametrize("box", [(-90.0, 10.0, 80.0, 80.0), (160.0, 10.0, 80.0, 80.0), (10.0, 500.0, 80.0, 80.0)])
def test_a_mask_beyond_the_frame_is_empty(box: tuple[float, float, float, float]) -> None:
    mask = PlacedMask(np.ones((_SIDE, _SIDE), np.float32), box, _FRAME, 0.5)
    assert not mask.in_frame().any()
    assert mask.rotated_box is None


def test_a_border_that_fades_to_less_is_cut_off_earlier() -> None:
    ones, box = np.ones((_SIDE, _SIDE), np.float32), (20.0, 10.0, 80 * 1.27, 80 * 1.27)
    areas = [PlacedMask(ones, box, _FRAME, 0.15, outside).in_frame().sum() for outside in (0.0, -1.0)]
    assert areas[0] > areas[1] > 90**2


upright_or_clearly_tilted = st.one_of(st.sampled_from([0.0, 90.0]), st.floats(10, 80), st.floats(100, 170))


@given(
    st.floats(45, 115),
    st.floats(40, 80),
    st.floats(24, 50),
    st.floats(0.5, 0.9),
    upright_or_clearly_tilted,
    st.floats(0.5, 2),
)
def test_the_box_round_a_rectangle_is_the_rectangle(
    x: float, y: float, w: float, slimness: float, degrees: float, scale: float
) -> None:
    """A rectangle in the middle of the mask's square, whose edge falls off over a mask pixel.

    The box runs through pixel centres, on the average half a pixel within the edge. A tilt of a few degrees may be
    lost among the pixels, which moves the corners of long sides further.
    """
    angle, half = np.deg2rad(degrees), np.array([w, w * slimness]) / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    pixels = (np.stack(np.meshgrid(*[np.arange(_SIDE) + 0.5 - _SIDE / 2] * 2), -1) @ turn) * scale
    depth = (half - np.abs(pixels)).min(-1) / scale
    mask_PP = np.clip(0.5 + depth, 0, 1).astype(np.float32)
    box = (x - _SIDE * scale / 2, y - _SIDE * scale / 2, _SIDE * scale, _SIDE * scale)
    found = PlacedMask(mask_PP, box, _FRAME, 0.5).rotated_box
    assert found is not None
    expected = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (half - 0.5) @ turn.T + (x, y)
    nearest = np.linalg.norm(expected[:, None] - found[None], axis=-1).min(1)
    assert nearest.max() < 1.5
    np.testing.assert_allclose(found.mean(0), (x, y), atol=0.6)


def test_the_largest_region_counts_and_its_holes_do_not() -> None:
    inside = np.zeros((80, 90), bool)
    inside[5:20, 5:20] = True  # 15 x 15
    inside[30:60, 40:80] = True
    inside[35:50, 45:70] = False
    found = rotated_box(inside, corner=(100, 200))
    assert found is not None
    assert sorted(map(tuple, found.tolist())) == [(140.5, 230.5), (140.5, 259.5), (179.5, 230.5), (179.5, 259.5)]


@pytest.mark.parametrize(("side", "exists"), [(11, False), (12, True)])
def test_more_than_a_hundred_square_pixels_make_a_box(side: int, exists: bool) -> None:
    """Between the centres of their outermost pixels; 10 x 10 is not more."""
    inside = np.zeros((40, 40), bool)
    inside[5 : 5 + side, 7 : 7 + side] = True
    assert (rotated_box(inside) is not None) == exists


def test_an_empty_mask_has_no_box() -> None:
    assert rotated_box(np.zeros((0, 5), bool)) is None
    assert rotated_box(np.zeros((5, 5), bool)) is None
