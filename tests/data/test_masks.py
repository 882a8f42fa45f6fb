"""Masks from numbered PNG files, polygons and run lengths."""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import matplotlib.path
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.data.masks import (
    NumberedMasks,
    PartOfMasks,
    PolygonMask,
    RunLengthMask,
    box_around,
    fill_polygons,
    parse_runs,
    read_numbers,
)

from .datasets.trees import write_numbers

_NUMBERS = np.array([[0, 1, 1, 0, 3], [0, 1, 2, 2, 3]], np.uint8)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_numbers_are_read_and_not_the_colours_of_the_palette(tmp_path: Path, bits: int) -> None:
    write_numbers(tmp_path / "1.png", _NUMBERS, bits)
    colours = cv2.imread(str(tmp_path / "1.png"), cv2.IMREAD_UNCHANGED)
    assert colours.shape == (2, 5, 3) and colours.max() > 200  # what OpenCV makes of it
    numbers = read_numbers(tmp_path / "1.png")
    assert numbers.dtype == np.uint8
    np.testing.assert_array_equal(numbers, _NUMBERS)


def test_grey_files_have_numbers_too(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), _NUMBERS * 85)
    np.testing.assert_array_equal(read_numbers(tmp_path / "1.png"), _NUMBERS * 85)


def test_files_that_have_no_numbers_are_named(tmp_path: Path) -> None:
    write_numbers(tmp_path / "whole.png", _NUMBERS)
    whole = (tmp_path / "whole.png").read_bytes()
    for length in (*range(8, 60), *range(60, len(whole), 37), len(whole) - 1):
        (tmp_path / "part.png").write_bytes(whole[:length])
        with pytest.raises(ValueError, match="part.png is cut short"):
            read_numbers(tmp_path / "part.png")
    cv2.imwrite(str(tmp_path / "colour.png"), np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(ValueError, match=r"colour.png has colour type 2 and 8 bits, expected an indexed or grey PNG"):
        read_numbers(tmp_path / "colour.png")
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(ValueError, match="text.png is no PNG file"):
        read_numbers(tmp_path / "text.png")
    with pytest.raises(ValueError, match="nowhere.png is not a readable image"):
        read_numbers(tmp_path / "nowhere.png")
    empty = whole[:8] + b"\0\0\0\0IEND" + zlib.crc32(b"IEND").to_bytes(4, "big")
    (tmp_path / "empty.png").write_bytes(empty)
    with pytest.raises(ValueError, match="empty.png is not a readable image"):
        read_numbers(tmp_path / "empty.png")


def test_a_target_is_where_its_number_is(tmp_path: Path) -> None:
    paths = tuple(tmp_path / f"{n}.png" for n in range(3))
    for n, path in enumerate(paths):
        write_numbers(path, np.roll(_NUMBERS, n, 1))
    masks = NumberedMasks(paths, 3)
    assert masks.read(0).dtype == np.bool_
    np.testing.assert_array_equal(masks.read(1), np.roll(_NUMBERS, 1, 1) == 3)
    part = PartOfMasks(masks, np.array([2, 0]))
    np.testing.assert_array_equal(part.read(0), masks.read(2))
    np.testing.assert_array_equal(part.read(1), masks.read(0))


def test_a_rectangle_on_pixel_borders_is_filled_exactly() -> None:
    mask = PolygonMask([np.array([[2, 1], [6, 1], [6, 4], [2, 4.0]])], (8, 5)).read(0)
    assert mask.shape == (5, 8) and mask.sum() == 12 and mask[1:4, 2:6].all()


def test_polygons_are_united_and_may_reach_beyond_the_image() -> None:
    square = np.array([[2, 2], [6, 2], [6, 6], [2, 6.0]])
    mask = fill_polygons([square, square + 2, square + 100, np.empty((0, 2))], (7, 7))
    expected = np.zeros((7, 7), bool)
    expected[2:6, 2:6] = expected[4:, 4:] = True
    np.testing.assert_array_equal(mask, expected)
    assert not fill_polygons([square - 50], (7, 7)).any() and not fill_polygons([], (7, 7)).any()


@given(st.integers(0, 2**32 - 1), st.integers(5, 40))
def test_polygons_against_pixel_centres(seed: int, radius: int) -> None:
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.random(9) * 2 * np.pi)
    reach = radius * (0.7 + 0.3 * rng.random(9))
    corners_K2 = radius + np.stack((reach * np.cos(angles), reach * np.sin(angles)), 1)
    side = 2 * radius
    centres = np.stack(np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5), -1).reshape(-1, 2)
    outline = matplotlib.path.Path(np.concatenate((corners_K2, corners_K2[:1])))
    # Only pixels that the outline crosses may differ.
    inside = outline.contains_points(centres).reshape(side, side)
    ring = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    filled = fill_polygons([corners_K2], (side, side))
    assert not (filled != inside)[~ring].any()
    assert (filled != inside).sum() <= 0.35 * ring.sum() + 2


def test_run_lengths_go_down_the_columns() -> None:
    mask = RunLengthMask(np.array([1, 2, 2, 1]), (2, 3)).read(0)
    np.testing.assert_array_equal(mask, [[False, False], [True, False], [True, True]])
    with pytest.raises(ValueError, match=r"runs of 5 pixels, expected 2 x 3 = 6"):
        RunLengthMask(np.array([1, 2, 2]), (2, 3))
    with pytest.raises(ValueError, match="expected 2 x 3"):
        RunLengthMask(np.array([1, 2, 5, -2]), (2, 3))


def to_text(runs: list[int]) -> str:
    """maskApi.c, rleToString."""
    text = ""
    for place, run in enumerate(runs):
        value, more = run - (runs[place - 2] if place > 2 else 0), True
        while more:
            code = value & 31
            value >>= 5
            more = value != (-1 if code & 16 else 0)
            text += chr(code + (32 if more else 0) + 48)
    return text


def test_compressed_runs_by_hand() -> None:
    # The fourth is 1 - 3 = -2, in five bits 11110, of which the highest is the sign: 30 + 48 is N.
    assert to_text([2, 3, 1, 1]) == "231N"
    assert parse_runs("231N").tolist() == [2, 3, 1, 1]


@given(st.lists(st.integers(0, 10**6), max_size=30))
def test_compressed_runs_come_back(runs: list[int]) -> None:
    assert parse_runs(to_text(runs)).tolist() == runs


def test_broken_run_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="'!'"):
        parse_runs("23!")
    with pytest.raises(ValueError, match="end within a number"):
        parse_runs("2P")


def test_the_box_round_a_mask() -> None:
    mask = np.zeros((9, 12), bool)
    assert np.isnan(box_around(mask)).all()
    mask[2, 3] = mask[5, 10] = True
    assert box_around(mask).tolist() == [3, 2, 8, 4]
