"""Points, anchors and Hann windows of response maps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.geometry.grids import anchor_grid, anchor_sizes, constant, covered_cells, hann_grid, point_grid

_CPU = torch.device("cpu")
_RATIOS = (0.33, 0.5, 1.0, 2.0, 3.0)


def test_anchor_sizes_are_the_five_published() -> None:
    assert anchor_sizes(8, _RATIOS, 8.0) == ((104, 32), (88, 40), (64, 64), (40, 80), (32, 96))


@pytest.mark.parametrize(("cells", "first"), [(19, -72), (21, -80), (25, -96), (17, -64)])
def test_anchor_origin_halves_odd_maps_as_whole_numbers(cells: int, first: int) -> None:
    """DaSiamRPN under Python 3 would begin at -76 for 19 cells: half a stride off."""
    grid = anchor_grid(cells, 8, _RATIOS, 8.0, _CPU)
    assert grid.shape == (5, cells, cells, 4)
    assert grid[0, 0, 0, :2].tolist() == [first, first]
    assert grid[0, cells // 2, cells // 2, :2].tolist() == [0, 0]


def test_anchor_grid_runs_over_x_within_a_row() -> None:
    grid = anchor_grid(21, 8, _RATIOS, 8.0, _CPU)
    assert grid[3, 2, 5].tolist() == [(5 - 10) * 8, (2 - 10) * 8, 40, 80]


def test_even_point_grids_are_symmetric_about_the_centre() -> None:
    grid = point_grid(16, 16, _CPU)
    assert grid[0, 0].tolist() == [-120, -120]
    assert grid[3, 10].tolist() == [40, -72]  # x from the column, y from the row
    assert grid.equal(-grid.flip(0, 1))


@pytest.mark.parametrize(("cells", "first"), [(16, -128), (15, -112), (18, -144)])
def test_published_point_grids_have_a_cell_on_the_centre(cells: int, first: int) -> None:
    """NanoTrack and LightTrack: (i - S // 2) * 16; odd maps are the same either way."""
    grid = point_grid(cells, 16, _CPU, on_cell=True)
    assert grid[0, 0].tolist() == [first, first]
    assert grid[cells // 2, cells // 2].tolist() == [0, 0]
    assert grid.equal(point_grid(cells, 16, _CPU)) == (cells % 2 == 1)


@pytest.mark.parametrize("cells", [16, 17, 19, 272])
def test_hann_is_numpys_outer_product(cells: int) -> None:
    expected = np.outer(np.hanning(cells), np.hanning(cells))
    np.testing.assert_allclose(hann_grid(cells, _CPU).numpy(), expected, atol=2e-6)


def test_grids_first_asked_for_while_tracking_serve_training() -> None:
    with torch.inference_mode():
        grids = [
            point_grid(7, 3.0, _CPU),
            anchor_grid(7, 8, _RATIOS, 8.0, _CPU),
            hann_grid(7, _CPU),
            constant((1.0, 7.0), _CPU),
        ]
    assert not any(grid.is_inference() for grid in grids)
    (grids[0] * torch.ones(1, requires_grad=True)).sum().backward()


def test_constants_are_made_once() -> None:
    assert constant((1.0, 2.0), _CPU).tolist() == [1, 2]
    assert constant((1.0, 2.0), _CPU) is constant((1.0, 2.0), _CPU)


def test_covered_cells_by_hand() -> None:
    """Four cells of 10, from -20 to 20; the box spans x from -15 to 5 and y from 0 to 10."""
    (share_HW,) = covered_cells(torch.tensor([[-5.0, 5.0, 20.0, 10.0]]), 4, 10)
    assert share_HW.tolist() == [[0] * 4, [0] * 4, [0.5, 1, 0.5, 0], [0] * 4]


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=2), st.lists(st.floats(1, 60), min_size=2, max_size=2))
def test_covered_cells_add_up_to_what_of_the_box_is_in_the_map(center: list[float], size: list[float]) -> None:
    share_NHW = covered_cells(torch.tensor([center + size]), 8, 16)
    assert ((share_NHW >= 0) & (share_NHW <= 1)).all()
    inside = [min(64, c + s / 2) - max(-64, c - s / 2) for c, s in zip(center, size, strict=True)]
    assert abs(share_NHW.sum().item() * 256 - inside[0] * inside[1]) < 1e-2 * size[0] * size[1] + 1e-2
