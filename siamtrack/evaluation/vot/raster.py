"""Overlaps by counting pixels, so that numbers equal those of vot-toolkit and of pysot.

Both round corners to whole pixels, cut out the part of the image that holds both regions, fill row by row between the
places where edges cross the row, both ends included, and count. They differ in details, which decide a per mille:

                          vot-toolkit 0.7.4, vot/region/raster.py    pysot, toolkit/utils/src/region.c
    halves are rounded    to even, before cutting out                away from 0, after cutting out
    a box x,y,w,h         fills w x h pixels                         is a polygon, fills (w+1) x (h+1) pixels
    a row of one pixel    is filled                                  is not (the tip of a polygon)
    no area               two thin regions are equal: 1              0

Regions are held as float32, as both do. Shape legend: N regions, R rows of pixels of all of them, K crossings of a row
with edges (at most 4), M stretches of a row (at most 2).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from siamtrack.evaluation.vot.regions import Regions

_NOWHERE = np.iinfo(np.int64).max  # sorts behind every crossing


class _Rows(NamedTuple):
    """The rows of the N cut-outs, one after the other."""

    region_R: np.ndarray
    y_R: np.ndarray
    width_R: np.ndarray


def pixel_overlaps(a: Regions, b: Regions, size: tuple[int, int]) -> np.ndarray:
    """(N,) overlap as vot-toolkit 0.7.4 computes it; all regions are present."""
    both = [_rounded_to_even(regions) for regions in (a, b)]
    left_top = np.minimum(both[0][1][:, 0], both[1][1][:, 0])
    right_bottom = np.maximum(both[0][1][:, 1], both[1][1][:, 1])
    thin_N = (left_top >= right_bottom).any(1)
    left_top = np.maximum(left_top, 0)
    right_bottom = np.minimum(right_bottom, np.array(size) - 1)
    outside_N = (left_top >= right_bottom).any(1)
    inside_N = ~thin_N & ~outside_N
    extent_N2 = np.where(inside_N[:, None], right_bottom - left_top + 1, 0).astype(np.int64)
    rows = _rows(extent_N2)
    spans = [
        _spans(corners_N42 - left_top[:, None], rows, single_pixels=True, flat_edges=True) for corners_N42, _ in both
    ]
    for regions, (corners_N42, _), spans_RM2 in zip((a, b), both, spans, strict=True):
        empty_N = ~regions.rotated_N & (corners_N42[:, 2] < corners_N42[:, 0]).any(1)
        spans_RM2[empty_N[rows.region_R]] = (0, -1)
    return np.where(thin_N, 1.0, _count(spans[0], spans[1], rows, len(a)))


def _rounded_to_even(regions: Regions) -> tuple[np.ndarray, np.ndarray]:
    """Corners (N, 4, 2) in whole pixels, and left-top and right-bottom pixel (N, 2, 2)."""
    x, y, w, h = np.round(regions.boxes_N4.astype(np.float32)).astype(np.float64).T
    last_x, last_y = x + w - 1, y + h - 1
    corners_N42 = np.stack((x, y, last_x, y, last_x, last_y, x, last_y), 1).reshape(-1, 4, 2)
    rotated_N = regions.rotated_N
    corners_N42[rotated_N] = np.round(regions[rotated_N].corners_N42().astype(np.float32))
    bounds_N22 = np.stack((corners_N42.min(1), corners_N42.max(1)), 1)
    upright_N = ~rotated_N  # a box without width ends before it begins
    bounds_N22[upright_N] = corners_N42[upright_N][:, [0, 2]]
    return corners_N42, bounds_N22


def legacy_pixel_overlaps(a: Regions, b: Regions, size: tuple[int, int]) -> np.ndarray:
    """(N,) overlap as pysot computes it; all regions are present.

    Args:
        size: right-most column and lowest row that count, which pysot sets to width - 1 and height - 1 for the expected
            average overlap, but to width and height for accuracy.
    """
    corners = [regions.corners_N42().astype(np.float32).astype(np.float64) for regions in (a, b)]
    bounds = [
        np.stack((np.maximum(np.floor(c_N42.min(1)), 0), np.minimum(np.ceil(c_N42.max(1)), size)), 1)
        for c_N42 in corners
    ]
    left_top = np.minimum(bounds[0][:, 0], bounds[1][:, 0])
    extent_N2 = (np.maximum(bounds[0][:, 1], bounds[1][:, 1]) - left_top).astype(np.int64) + 1
    sizes = [(bound[:, 1] - bound[:, 0]).prod(1) for bound in bounds]
    shared = np.minimum(bounds[0][:, 1], bounds[1][:, 1]) - np.maximum(bounds[0][:, 0], bounds[1][:, 0])
    # Boxes that touch at most, or lie outside; pysot also takes a region as missed that is 1e10 times the other.
    apart_N = (shared.prod(1) == 0) | (extent_N2 < 1).any(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart_N |= ~((sizes[0] / sizes[1] >= 1e-10) & (sizes[1] / sizes[0] >= 1e-10))
        apart_N |= shared.prod(1) / (sizes[0] + sizes[1] - shared.prod(1)) <= 0
    rows = _rows(np.where(apart_N[:, None], 0, extent_N2))
    spans = [
        _spans(_round_half_up(c_N42 - left_top[:, None]), rows, single_pixels=False, flat_edges=False)
        for c_N42 in corners
    ]
    return _count(spans[0], spans[1], rows, len(a))


def _round_half_up(values: np.ndarray) -> np.ndarray:
    """As C's `round` does: halves away from 0. The shift by whole pixels before it is done in float32."""
    values = values.astype(np.float32).astype(np.float64)
    return np.copysign(np.floor(np.abs(values) + 0.5), values)


def _rows(extent_N2: np.ndarray) -> _Rows:
    """Rows of cut-outs of that width and height; none of cut-outs without extent."""
    width_N, height_N = extent_N2.T
    region_R = np.repeat(np.arange(len(extent_N2)), height_N)
    first_N = np.cumsum(height_N) - height_N
    return _Rows(region_R, np.arange(len(region_R)) - first_N[region_R], width_N[region_R])


def _spans(corners_N42: np.ndarray, rows: _Rows, single_pixels: bool, flat_edges: bool) -> np.ndarray:
    """(R, M, 2) first and last filled pixel of each stretch of each row; last < first where there is none.

    Args:
        corners_N42: whole pixels, in the cut-out.
        single_pixels: two crossings at one pixel fill it.
        flat_edges: an edge within a row counts as a crossing, at its second corner.
    """
    crossings_RK, count_R = _crossings(corners_N42, rows, flat_edges)
    spans_RM2 = np.tile(np.array([0, -1]), (len(crossings_RK), 2, 1))
    simple_R = count_R == 2
    spans_RM2[simple_R, 0] = crossings_RK[simple_R, :2]
    if not single_pixels:
        spans_RM2[simple_R & (crossings_RK[:, 0] == crossings_RK[:, 1]), 0] = (0, -1)
    many_R = np.flatnonzero(count_R > 2)
    spans_RM2[many_R] = _paired(crossings_RK[many_R], count_R[many_R], single_pixels)
    spans_RM2[..., 1] = np.minimum(spans_RM2[..., 1], rows.width_R[:, None] - 1)
    np.maximum(spans_RM2[..., 0], 0, out=spans_RM2[..., 0])
    # What two stretches share is filled once.
    spans_RM2[:, 1, 0] = np.maximum(spans_RM2[:, 1, 0], spans_RM2[:, 0, 1] + 1)
    return spans_RM2


def _crossings(corners_N42: np.ndarray, rows: _Rows, flat_edges: bool) -> tuple[np.ndarray, np.ndarray]:
    """(R, K) pixels, sorted, where edges cross rows, and how many there are (R,)."""
    x_R4, y_R4 = corners_N42[rows.region_R].transpose(2, 0, 1)
    from_x_R4, from_y_R4 = np.roll(x_R4, 1, 1), np.roll(y_R4, 1, 1)
    row_R1 = rows.y_R[:, None]
    rise_R4 = from_y_R4 - y_R4
    level_R4 = rise_R4 == 0
    crossed_R4 = (np.minimum(y_R4, from_y_R4) <= row_R1) & (row_R1 <= np.maximum(y_R4, from_y_R4))
    if not flat_edges:
        crossed_R4 &= ~level_R4
    # In this order of operations both toolkits cut to whole pixels, towards 0.
    at_R4 = x_R4 + (row_R1 - y_R4) / np.where(level_R4, 1, rise_R4) * (from_x_R4 - x_R4)
    return np.sort(np.where(crossed_R4, at_R4.astype(np.int64), _NOWHERE), 1), crossed_R4.sum(1)


def _paired(crossings_RK: np.ndarray, count_R: np.ndarray, single_pixels: bool) -> np.ndarray:
    """(R, M, 2) stretches between pairs of crossings; of two equal crossings (a corner) the first is passed over."""
    padded = np.pad(crossings_RK, ((0, 0), (0, 2)), constant_values=_NOWHERE)
    row_R = np.arange(len(padded))
    spans_RM2 = np.tile(np.array([0, -1]), (len(padded), 2, 1))
    position_R, found_R = np.zeros(len(padded), np.int64), np.zeros(len(padded), np.int64)
    for _ in range(crossings_RK.shape[1] - 1):
        first_R, last_R = padded[row_R, position_R], padded[row_R, position_R + 1]
        left_R = position_R < count_R - 1
        skipped_R = left_R & (first_R == last_R)
        if single_pixels:
            skipped_R &= position_R < count_R - 2
        drawn_R = left_R & ~skipped_R
        spans_RM2[row_R[drawn_R], found_R[drawn_R]] = np.stack((first_R, last_R), 1)[drawn_R]
        found_R += drawn_R
        position_R = np.minimum(position_R + skipped_R + 2 * drawn_R, crossings_RK.shape[1])
    return spans_RM2


def _count(a_RM2: np.ndarray, b_RM2: np.ndarray, rows: _Rows, regions: int) -> np.ndarray:
    """(N,) pixels in both over pixels in either; 0 where there are none."""
    first_RMM = np.maximum(a_RM2[:, :, None, 0], b_RM2[:, None, :, 0])
    last_RMM = np.minimum(a_RM2[:, :, None, 1], b_RM2[:, None, :, 1])
    shared_R = np.clip(last_RMM - first_RMM + 1, 0, None).sum((1, 2))
    filled_R = sum(np.clip(spans_RM2[..., 1] - spans_RM2[..., 0] + 1, 0, None).sum(1) for spans_RM2 in (a_RM2, b_RM2))
    shared_N = np.bincount(rows.region_R, shared_R, regions)
    union_N = np.bincount(rows.region_R, filled_R - shared_R, regions)
    return np.where(union_N > 0, shared_N / np.maximum(union_N, 1), 0.0)
