"""Targets are gone from the image, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.data.vanish import fill, occlude, remove, textured_patch

from .drawn import HEIGHT, SIDE, WIDTH, square

SEQUENCE = square("a", 2)
IMAGE, BOX = SEQUENCE.images.read(0), SEQUENCE.boxes_T4[0]

any_box = st.tuples(
    st.floats(-60, WIDTH + 20), st.floats(-60, HEIGHT + 20), st.floats(1, 2 * WIDTH), st.floats(1, 2 * HEIGHT)
).map(np.array)


def outside(box, image=IMAGE):
    """Pixels farther from the box's centre than 0.65 of its size (and a pixel)."""
    y, x = np.indices(image.shape[:2]) + 0.5
    center, half = box[:2] + box[2:] / 2, box[2:] * 0.65 + 1
    return (np.abs(x - center[0]) > half[0]) | (np.abs(y - center[1]) > half[1])


def test_a_removed_target_leaves_ground():
    gone = remove(IMAGE, BOX)
    x, y = BOX[:2].astype(int)
    assert IMAGE[y : y + SIDE, x : x + SIDE].max() == 255
    assert gone.min() >= 50 and gone.max() <= 70
    assert (gone[outside(BOX)] == IMAGE[outside(BOX)]).all()


def test_the_neighbour_that_fits_best_is_taken():
    """A black wall to the left and above, a white one to the right: only below the ground goes on."""
    image = np.full((90, 90, 3), 100, np.uint8)
    image[:, :31], image[:, 59:], image[:31] = 0, 255, 0
    image[36:54, 36:54] = 200
    gone = remove(image, np.array([36.0, 36, 18, 18]))
    assert (gone[34:56, 34:56] == 100).all()


def test_nothing_of_a_spared_box_is_taken():
    """All around is white but for a black thing to the left, whose patch is the only one that fits the black rim."""
    image = np.full((90, 90, 3), 255, np.uint8)
    image[30:60, :60] = 0
    place, thing = np.array([36.0, 36, 18, 18]), np.array([0.0, 30, 30, 30])
    assert (remove(image, place)[36:54, 36:54] == 0).all()
    assert (remove(image, place, thing)[36:54, 36:54] == 255).all()


def test_without_a_neighbour_it_is_painted_in():
    image = np.full((40, 40, 3), 90, np.uint8)
    image[8:32, 8:32] = 250
    gone = remove(image, np.array([8.0, 8, 24, 24]))
    assert np.abs(gone.astype(int) - 90).max() <= 5


def test_an_occluder_lies_over_the_whole_target_and_is_cut_at_the_border():
    patch = np.full((5, 5, 3), 7, np.uint8)
    covered = occlude(IMAGE, BOX, patch)
    x, y = BOX[:2].astype(int)
    assert (covered[y - 2 : y + SIDE + 2, x - 2 : x + SIDE + 2] == 7).all()
    assert (covered[outside(BOX)] == IMAGE[outside(BOX)]).all()
    at_corner = occlude(IMAGE, np.array([-8.0, -8, 16, 16]), patch)
    assert (at_corner[:10, :10] == 7).all() and (at_corner[11:, 11:] == IMAGE[11:, 11:]).all()


@pytest.mark.parametrize("box", [[-50, 10, 20, 20], [200, 10, 20, 20], [10, -60, 20, 20]])
def test_a_target_outside_the_image_changes_nothing(box):
    box = np.array(box, np.float64)
    assert (remove(IMAGE, box) == IMAGE).all() and (occlude(IMAGE, box, IMAGE[:9, :9]) == IMAGE).all()


@given(any_box)
def test_any_box_leaves_the_rest_of_the_image_and_the_image_itself(box):
    before = IMAGE.copy()
    for made in (remove(IMAGE, box), occlude(IMAGE, box, IMAGE[:9, :9])):
        assert made.shape == IMAGE.shape and made.dtype == np.uint8
        assert (made[outside(box)] == IMAGE[outside(box)]).all()
    assert (before == IMAGE).all()


def test_the_patch_is_textured():
    image = np.zeros((80, 120, 3), np.uint8)
    image[:, 60:] = np.random.default_rng(0).integers(0, 255, (80, 60, 3))
    patch = textured_patch(image, np.array([0.0, 0, 20, 20]), np.random.default_rng(1))
    assert patch.shape == (26, 26, 3) and patch.std() > 50
    assert textured_patch(image, np.array([0.0, 0, 300, 300]), np.random.default_rng(1)).shape == image.shape


@given(st.integers(5, 60), st.integers(5, 60), st.integers(5, 60), st.integers(5, 60))
def test_filling_keeps_the_shape_of_things(height, width, h, w):
    made = fill(np.full((height, width, 3), 9, np.uint8), (w, h))
    assert made.shape == (h, w, 3) and (made == 9).all() and made.flags.c_contiguous


def test_filling_cuts_evenly():
    image = np.zeros((10, 30, 3), np.uint8)
    image[:, 10:20] = 1
    assert (fill(image, (10, 10)) == 1).all()
