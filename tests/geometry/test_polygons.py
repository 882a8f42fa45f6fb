import numpy as np

from siamtrack.geometry.polygons import around, corners

BOXES_N4 = np.array([[1.0, 2, 3, 4], [-5, 0.5, 2, 8]])


def test_corners_go_round_the_box():
    np.testing.assert_array_equal(corners(BOXES_N4)[0], [1, 2, 4, 2, 4, 6, 1, 6])


def test_the_box_round_its_corners_is_the_box():
    np.testing.assert_array_equal(around(corners(BOXES_N4)), BOXES_N4)


def test_any_number_of_corners_has_a_box_round_it():
    np.testing.assert_array_equal(around(np.array([[3.0, 0, 0, 1, 1, 9]])), [[0, 0, 3, 9]])


def test_what_is_nowhere_stays_nowhere():
    assert np.isnan(around(np.full((2, 8), np.nan))).all() and np.isnan(corners(np.full((2, 4), np.nan))).all()
