"""Search squares, the mapping between frame and crop, and the rules that snap a square to pixels."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.geometry.regions import Region, aligns_corners, context_side, snap

_center = st.floats(-500, 2500, width=32)
_side = st.floats(2, 3000, width=32)


def region(x: float, y: float, side: float) -> Region:
    return Region(torch.tensor([[x, y]]), torch.tensor([side]))


def corner(window: Region) -> list[float]:
    return (window.center_N2 - window.side_N[:, None] / 2)[0].tolist()


@given(_center, _center, _side, st.integers(64, 512))
def test_to_frame_and_to_crop_are_inverses(x: float, y: float, side: float, out_px: int) -> None:
    square = region(x, y, side)
    points = torch.tensor([[[0.0, 0.0], [out_px / 2, -out_px / 2], [3.5, 100.25]]])
    back = square.to_crop(square.to_frame(points, out_px), out_px)
    # One rounding error of the frame coordinate, seen through the magnification of the crop.
    torch.testing.assert_close(back, points, rtol=1e-5, atol=1e-3 * max(1.0, out_px / side))


def test_to_frame_maps_centre_and_border() -> None:
    points = torch.tensor([[[0.0, 0.0], [-128.0, 128.0]]])
    assert region(50, 70, 64).to_frame(points, 256).equal(torch.tensor([[[50.0, 70.0], [18.0, 102.0]]]))


def test_each_region_maps_its_own_points() -> None:
    squares = Region(torch.tensor([[0.0, 0.0], [10.0, 20.0]]), torch.tensor([100.0, 200.0]))
    one_each = squares.to_frame(torch.tensor([[5.0, 5.0], [5.0, 5.0]]), 100)
    assert one_each.equal(torch.tensor([[5.0, 5.0], [20.0, 30.0]]))


def test_context_side_worked_by_hand() -> None:
    # w 40, h 20: p = 0.5 * 60 = 30, sqrt(70 * 50)
    assert context_side(torch.tensor([40.0, 20.0])).item() == pytest.approx(math.sqrt(3500))
    assert context_side(torch.tensor([40.0, 20.0]), context=0.0).item() == pytest.approx(math.sqrt(800))
    assert context_side(torch.ones(3, 5, 2)).shape == (3, 5)


@given(_center, _center, st.floats(1 / 64, 3000, width=32), st.sampled_from(["exact", "siamfc", "pysot"]))
def test_windows_have_whole_pixel_corner_and_side(x: float, y: float, side: float, rule: str) -> None:
    window, _ = snap(region(x, y, side), rule)  # type: ignore[arg-type]
    assert window.side_N.item() == max(2, round(side))
    assert all(value == round(value) for value in corner(window))


@given(_center, _center, _side)
def test_exact_cuts_the_nearest_window_and_maps_through_it(x: float, y: float, side: float) -> None:
    window, mapping = snap(region(x, y, side), "exact")
    assert mapping is window
    assert (window.center_N2 - torch.tensor([[x, y]])).abs().max() <= 0.5 + 1e-3
    assert abs(window.side_N.item() - side) <= 0.5


@given(_center, _center, _side)
def test_siamfc_cuts_the_same_window_and_maps_through_the_unrounded_region(x: float, y: float, side: float) -> None:
    square = region(x, y, side)
    window, mapping = snap(square, "siamfc")
    assert mapping is square
    nearest, _ = snap(square, "exact")
    assert window.center_N2.equal(nearest.center_N2)
    assert window.side_N.equal(nearest.side_N)


def test_siamfc_corner_as_siamfc_pytorch_rounds_it() -> None:
    """size = round(s), corner = round(centre - (size - 1) / 2) in coordinates that name pixel centres."""
    for x, side in [(100.3, 55.4), (99.75, 56.2), (-3.1, 20.0), (40.0, 31.0)]:
        expected = round((x - 0.5) - (round(side) - 1) / 2)
        assert corner(snap(region(x, x, side), "siamfc")[0]) == [expected, expected]


@given(st.integers(-2000, 10000), st.integers(-2000, 10000), st.integers(8, 12000))
def test_pysot_corner_is_pysots_own(x_quarter: int, y_quarter: int, side_quarter: int) -> None:
    """pysot, in coordinates that name pixel centres: c = (s + 1) / 2, xmin = floor(cx - c + 0.5).

    Quarters of a pixel are exact in float32, so ties are compared too.
    """
    x, y, side = x_quarter / 4, y_quarter / 4, side_quarter / 4
    square = region(x, y, side)
    window, mapping = snap(square, "pysot")
    c = (round(side) + 1) / 2
    assert corner(window) == [math.floor((x - 0.5) - c + 0.5), math.floor((y - 0.5) - c + 0.5)]
    assert mapping is square


def test_pysot_corner_lies_left_of_the_nearest() -> None:
    """A centred even window: pysot's begins one pixel before the square that the region names."""
    assert corner(snap(region(50, 50, 20), "exact")[0]) == [40, 40]
    assert corner(snap(region(50, 50, 20), "pysot")[0]) == [39, 39]


@given(_center, _center, _side)
def test_siamdw_rounds_the_corner_to_even_where_pysot_rounds_up(x: float, y: float, side: float) -> None:
    """SiamDW: round(x - (side + 1) / 2), x in coordinates that name pixel centres, half a pixel less than ours."""
    square = region(x, y, side)
    window, mapping = snap(square, "dasiamrpn")
    whole = window.side_N.item()
    assert mapping is square
    assert whole == max(2, round(side))
    for ours, center in zip(corner(window), (x, y), strict=True):
        published = round(center - 0.5 - (whole + 1) / 2)
        near_a_half = abs((center - whole / 2) % 1 - 0.5) < 1e-3
        assert ours == published or near_a_half
    assert corner(snap(region(10.5, 11.5, 20), "dasiamrpn")[0]) == [0, 0]  # -0.5 and 0.5
    assert corner(snap(region(10.5, 11.5, 20), "pysot")[0]) == [0, 1]


@given(_center, _center, _side)
def test_siamfcpp_rounds_the_side_alone(x: float, y: float, side: float) -> None:
    square = region(x, y, side)
    window, mapping = snap(square, "siamfcpp")
    assert mapping is square
    assert window.center_N2.equal(square.center_N2)
    assert window.side_N.item() == max(2, round(side))
    assert aligns_corners("siamfcpp") and not aligns_corners("exact")
