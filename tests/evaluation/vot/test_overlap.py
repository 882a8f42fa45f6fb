import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.evaluation.metrics import iou
from siamtrack.evaluation.vot.overlap import exact_overlaps, filled, frame_overlap, overlaps
from siamtrack.evaluation.vot.raster import legacy_pixel_overlaps, pixel_overlaps
from siamtrack.evaluation.vot.regions import Regions
from siamtrack.evaluation.vot.trajectory import INIT, REGION, UNKNOWN, Trajectory
from siamtrack.geometry.polygons import around

from .made_up import drift, make_sequence, with_resets

SIZE = (400, 300)


def box(x, y, w, h):
    return Regions(np.array([[x, y, w, h]], float))


def polygon(*corners):
    polygons_N8 = np.array([corners], float)
    return Regions(around(polygons_N8), polygons_N8)


boxes = st.builds(box, *[st.floats(100, 150)] * 2, *[st.floats(1, 40)] * 2)
whole_boxes = st.builds(box, *[st.integers(-10, 60)] * 2, *[st.integers(2, 30)] * 2)


@st.composite
def turned(draw):
    """Rectangles at any angle, well inside the image."""
    x, y = draw(st.floats(150, 200)), draw(st.floats(120, 160))
    w, h, angle = draw(st.floats(2, 60)), draw(st.floats(2, 60)), draw(st.floats(0, 3))
    unit_42 = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]) * (w, h)
    turn_22 = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    return polygon(*(unit_42 @ turn_22.T + (x, y)).ravel())


def shifted(regions, dx, dy):
    return Regions(regions.boxes_N4 + (dx, dy, 0, 0), regions.polygons_N8 + np.tile((dx, dy), 4))


regions = st.one_of(boxes, turned())


@given(regions, regions)
def test_exact_overlap_is_symmetric_and_within_bounds(a, b):
    there, back = exact_overlaps(a, b, SIZE)[0], exact_overlaps(b, a, SIZE)[0]
    assert there == pytest.approx(back, abs=1e-9)
    assert 0 <= there <= 1 + 1e-9


@given(regions)
def test_exact_overlap_with_itself_is_one(a):
    assert exact_overlaps(a, a, SIZE)[0] == pytest.approx(1)


@given(turned(), turned(), st.floats(-40, 40), st.floats(-40, 40))
def test_exact_overlap_does_not_change_with_a_shift(a, b, dx, dy):
    moved = exact_overlaps(shifted(a, dx, dy), shifted(b, dx, dy), SIZE)
    assert moved[0] == pytest.approx(exact_overlaps(a, b, SIZE)[0], abs=1e-6)


@pytest.mark.parametrize("area", [exact_overlaps, pixel_overlaps, legacy_pixel_overlaps])
def test_disjoint_regions(area):
    assert area(box(10, 10, 20, 20), box(50, 10, 20, 20), SIZE)[0] == 0
    assert area(box(10, 10, 20, 20), polygon(100, 100, 120, 110, 110, 130, 90, 120), SIZE)[0] == 0


@given(whole_boxes, whole_boxes)
def test_pixels_of_whole_boxes_are_their_area(a, b):
    """Inside the image the toolkit's pixels are exact for boxes of whole pixels."""
    a, b = (Regions(one.boxes_N4 + (10, 10, 0, 0)) for one in (a, b))
    assert pixel_overlaps(a, b, SIZE)[0] == pytest.approx(iou(a.boxes_N4, b.boxes_N4)[0], abs=1e-12)


@given(boxes, boxes)
def test_exact_overlap_of_boxes_is_the_iou_of_other_benchmarks(a, b):
    assert exact_overlaps(a, b, SIZE)[0] == pytest.approx(iou(a.boxes_N4, b.boxes_N4)[0])


def test_only_what_lies_in_the_image_counts():
    half_out, inside = box(-10, 0, 20, 10), box(0, 0, 10, 10)
    assert exact_overlaps(half_out, inside, SIZE)[0] == 1
    assert pixel_overlaps(half_out, inside, SIZE)[0] == 1
    slanted = polygon(-10, 0, 10, 0, 10, 10, -10, 12)
    assert exact_overlaps(slanted, slanted, SIZE)[0] == pytest.approx(1)
    assert exact_overlaps(box(-30, 0, 20, 10), inside, SIZE)[0] == 0


def test_regions_with_crossed_edges_or_without_area():
    bow_tie = polygon(0, 0, 10, 10, 10, 0, 0, 10)
    assert exact_overlaps(bow_tie, box(0, 0, 10, 10), SIZE)[0] == pytest.approx(0.5)
    line = polygon(0, 0, 5, 5, 10, 10, 5, 5)
    assert exact_overlaps(line, box(0, 0, 10, 10), SIZE)[0] == 0
    assert exact_overlaps(line, line, SIZE)[0] == 0
    assert exact_overlaps(box(5, 5, 0, 0), box(5, 5, 0, 0), SIZE)[0] == 0


def test_how_the_toolkits_count_pixels():
    """The table in `raster`: edges of 4.0 and 10.5 pixels, a thin box, the tip of a rhombus."""
    square, wider = box(10, 10, 4, 4), box(10, 10, 8, 4)
    assert pixel_overlaps(square, wider, SIZE)[0] == 4 * 4 / (8 * 4)
    assert legacy_pixel_overlaps(square, wider, SIZE)[0] == pytest.approx(5 * 5 / (9 * 5))
    assert pixel_overlaps(box(10.5, 10, 4, 4), box(10, 10, 4, 4), SIZE)[0] == 1  # 10.5 is rounded to 10
    assert pixel_overlaps(box(10, 10, 1, 9), box(10, 30, 1, 9), SIZE)[0] == 1
    assert legacy_pixel_overlaps(box(10, 10, 0, 9), box(10, 30, 0, 9), SIZE)[0] == 0
    rhombus, around_it = polygon(20, 10, 22, 12, 20, 14, 18, 12), box(18, 10, 5, 5)
    assert pixel_overlaps(rhombus, around_it, SIZE)[0] == 13 / 25
    assert legacy_pixel_overlaps(rhombus, box(18, 10, 4, 4), SIZE)[0] == pytest.approx(11 / 25)


@pytest.mark.parametrize("seed", range(3))
def test_three_areas_differ_by_pixels_only(seed):
    sequence = make_sequence("a", 100, seed)
    trajectory = with_resets(sequence, seed, px=0.5)
    exact = overlaps(trajectory, sequence, "polygon")
    for area in ("raster", "raster-pysot"):
        pixels = overlaps(trajectory, sequence, area)
        assert (np.isnan(pixels) == np.isnan(exact)).all()
        assert np.nanmax(np.abs(pixels - exact)) < 0.1
        assert np.nanmean(np.abs(pixels - exact)) < 0.03


def test_frames_without_a_region():
    sequence = make_sequence("a", 4, 0, absent=(2, 3))
    trajectory = Trajectory(np.array([INIT, REGION, REGION, UNKNOWN]), sequence.boxes_T4.copy())
    trajectory.boxes_T4[[0, 3]] = np.nan
    trajectory.boxes_T4[2] = (0, 0, 10, 10)
    found = overlaps(trajectory, sequence, "raster")
    assert np.isnan(found).tolist() == [True, False, True, True]
    assert filled(found, trajectory, sequence)[[0, 2, 3]].tolist() == [0, 0, 1]


def test_overlap_of_one_frame_equals_that_of_the_trajectory():
    sequence = make_sequence("a", 12, 3, absent=(5,))
    trajectory = drift(sequence, np.arange(12), 1)
    expected = overlaps(trajectory, sequence, "polygon")
    for index in range(1, 12):
        found = frame_overlap(sequence, index, tuple(trajectory.boxes_T4[index]))
        assert found == pytest.approx(expected[index], nan_ok=True)
