"""Points, anchors and Hann windows of response maps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from siamtrack.geometry.grids import anchor_grid, anchor_sizes, constant, hann_grid, point_grid

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
