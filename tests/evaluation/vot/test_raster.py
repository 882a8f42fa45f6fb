"""Pixel by pixel, row by row, as the two toolkits do it: slow, and easy to compare with them."""

import math

import numpy as np
import pytest

from siamtrack.evaluation.vot.raster import legacy_pixel_overlaps, pixel_overlaps
from siamtrack.evaluation.vot.regions import Regions
from siamtrack.geometry.polygons import around

WIDTH, HEIGHT = 60, 45


def fill(corners, width, height, legacy):
    """Mask of a polygon of whole pixels."""
    mask = np.zeros((height, width), bool)
    for row in range(height):
        nodes = []
        for (x, y), (from_x, from_y) in zip(corners, np.roll(corners, 1, 0), strict=True):
            if from_y == y:
                nodes += [int(x)] if row == y and not legacy else []
            elif min(y, from_y) <= row <= max(y, from_y):
                nodes.append(int(x + (row - y) / (from_y - y) * (from_x - x)))
        nodes.sort()
        at = 0
        while at < len(nodes) - 1 and nodes[at] < width:
            if nodes[at] == nodes[at + 1] and (legacy or at < len(nodes) - 2):
                at += 1
                continue
            if nodes[at + 1] >= 0:
                mask[row, max(nodes[at], 0) : min(nodes[at + 1], width - 1) + 1] = True
            at += 2
    return mask


def ratio(a, b):
    union = (a | b).sum()
    return (a & b).sum() / union if union else 0.0


def overlap(a, b):
    """vot-toolkit's, of polygons."""
    a, b = (np.round(corners.astype(np.float32)).astype(float) for corners in (a, b))
    low, high = np.minimum(a.min(0), b.min(0)), np.maximum(a.max(0), b.max(0))
    if (low >= high).any():
        return 1.0
    low, high = np.maximum(low, 0), np.minimum(high, (WIDTH - 1, HEIGHT - 1))
    if (low >= high).any():
        return 0.0
    width, height = (high - low + 1).astype(int)
    return ratio(fill(a - low, width, height, False), fill(b - low, width, height, False))


def legacy_overlap(a, b):
    """pysot's, of polygons of some area."""

    def bounds(corners):
        return np.maximum(np.floor(corners.min(0)), 0), np.minimum(np.ceil(corners.max(0)), (WIDTH, HEIGHT))

    def rounded(corners):
        away_from_0 = np.vectorize(lambda v: math.copysign(math.floor(abs(v) + 0.5), v))
        return away_from_0((corners - low).astype(np.float32).astype(float))

    a, b = a.astype(np.float32).astype(float), b.astype(np.float32).astype(float)
    (low_a, high_a), (low_b, high_b) = bounds(a), bounds(b)
    if (high_a <= low_a).any() or (high_b <= low_b).any():
        return 0.0
    if (np.minimum(high_a, high_b) == np.maximum(low_a, low_b)).any():  # the boxes round them only touch
        return 0.0
    low = np.minimum(low_a, low_b)
    width, height = (np.maximum(high_a, high_b) - low).astype(int) + 1
    return ratio(fill(rounded(a), width, height, True), fill(rounded(b), width, height, True))


def quadrangles(rng, number):
    """Of all kinds: slanted, upright, on whole and half pixels, with crossed edges, partly or wholly outside."""
    centre, side = rng.normal((25, 20), 18, (number, 2)), rng.uniform(2, 30, (number, 2))
    unit = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    corners = (
        centre[:, None] + unit * side[:, None] + rng.normal(0, 4, (number, 4, 2)) * (rng.random((number, 1, 1)) < 0.6)
    )
    step = rng.choice([0.5, 1, 0.001], (number, 1, 1))
    return np.round(corners / step) * step


@pytest.mark.parametrize(("fast", "slow"), [(pixel_overlaps, overlap), (legacy_pixel_overlaps, legacy_overlap)])
def test_all_kinds_of_quadrangles(fast, slow):
    rng = np.random.default_rng(5)
    a, b = quadrangles(rng, 500), quadrangles(rng, 500)
    regions = [Regions(around(corners.reshape(-1, 8)), corners.reshape(-1, 8)) for corners in (a, b)]
    found = fast(*regions, (WIDTH, HEIGHT))
    expected = np.array([slow(one, other) for one, other in zip(a, b, strict=True)])
    assert (expected > 0).sum() > 80
    np.testing.assert_allclose(found, expected, atol=1e-12)
