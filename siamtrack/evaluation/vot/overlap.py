"""Overlap (intersection over union) of a tracker's regions with the annotated ones, within the image.

Three ways to measure an area, as three toolkits do: exactly, or by counting pixels in one of two ways (see `raster`).

Shape legend: N regions, T frames.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.vot.raster import legacy_pixel_overlaps, pixel_overlaps
from siamtrack.evaluation.vot.regions import Regions, annotated_regions
from siamtrack.evaluation.vot.trajectory import Trajectory
from siamtrack.geometry.polygons import around

Area = Literal["polygon", "raster", "raster-pysot"]
Size = tuple[int, int]

AREAS_IN_WORDS: dict[Area, str] = {
    "polygon": "overlap: exact area of the regions within the image",
    "raster": "overlap: pixels within the image, as vot-toolkit 0.7.4 counts them",
    "raster-pysot": "overlap: pixels within the image, as pysot counts them",
}

_POLYGON, _MULTI_POLYGON = 3, 6  # shapely.GeometryType


def overlaps(trajectory: Trajectory, sequence: Sequence, area: Area) -> np.ndarray:
    """(T,) overlap in each frame; NaN where the tracker or the annotators have no region.

    Args:
        trajectory: as long as the sequence, in its order.
        area: "polygon" the exact area; "raster" pixels as vot-toolkit 0.7.4 counts them; "raster-pysot" as pysot does.

    Raises:
        ValueError: the size of the images is not known.
    """
    return region_overlaps(trajectory.regions, annotated_regions(sequence), sequence.image_size(), area)


def region_overlaps(a: Regions, b: Regions, size: Size, area: Area) -> np.ndarray:
    """(N,) overlap of regions paired in order; NaN where one of the two is none.

    Args:
        size: width and height of the image, in which alone areas count.
    """
    both_N = a.present_N & b.present_N
    result_N = np.full(len(a), np.nan)
    result_N[both_N] = _AREAS[area](a[both_N], b[both_N], size)
    return result_N


def frame_overlap(
    sequence: Sequence,
    index: int,
    box: tuple[float, float, float, float],
    polygon: tuple[float, ...] | None = None,
) -> float:
    """Exact overlap of one region with the annotated region of one frame; NaN where there is none.

    Args:
        box: xywh, 0-based.
        polygon: x1,y1..x4,y4; takes the box's place.
    """
    truth = annotated_regions(sequence)[index : index + 1]
    if polygon is None:
        region = Regions(np.array([box], np.float64))
    else:
        polygon_N8 = np.array([polygon], np.float64)
        region = Regions(around(polygon_N8), polygon_N8)
    return float(region_overlaps(region, truth, sequence.image_size(), "polygon")[0])


def exact_overlaps(a: Regions, b: Regions, size: Size) -> np.ndarray:
    """(N,) overlap by exact area; all regions are present. 0 where neither has any area in the image."""
    result_N = np.empty(len(a))
    rotated_N = _is_slanted(a) | _is_slanted(b)
    result_N[~rotated_N] = _box_overlaps(a.boxes_N4[~rotated_N], b.boxes_N4[~rotated_N], size)
    result_N[rotated_N] = _polygon_overlaps(a[rotated_N], b[rotated_N], size)
    return result_N


def _is_slanted(regions: Regions) -> np.ndarray:
    """(N,) bool: more than an upright box: a polygon that does not fill the box round it."""
    corners_N42 = regions.corners_N42()
    x_N4, y_N4 = corners_N42[..., 0], corners_N42[..., 1]
    area_N = np.abs((x_N4 * np.roll(y_N4, -1, 1) - y_N4 * np.roll(x_N4, -1, 1)).sum(1)) / 2  # shoelace formula
    full_N = regions.boxes_N4[:, 2] * regions.boxes_N4[:, 3]
    return regions.rotated_N & (area_N < full_N * (1 - 1e-12))


def _box_overlaps(a_N4: np.ndarray, b_N4: np.ndarray, size: Size) -> np.ndarray:
    a_N22, b_N22 = _clipped(a_N4, size), _clipped(b_N4, size)
    top_left, bottom_right = np.maximum(a_N22[:, 0], b_N22[:, 0]), np.minimum(a_N22[:, 1], b_N22[:, 1])
    shared_N = np.clip(bottom_right - top_left, 0, None).prod(1)
    return _ratio(shared_N, (a_N22[:, 1] - a_N22[:, 0]).prod(1) + (b_N22[:, 1] - b_N22[:, 0]).prod(1) - shared_N)


def _clipped(boxes_N4: np.ndarray, size: Size) -> np.ndarray:
    """(N, 2, 2) left-top and right-bottom corner, moved into the image."""
    return np.clip(np.stack((boxes_N4[:, :2], boxes_N4[:, :2] + boxes_N4[:, 2:]), 1), 0, size)


def _polygon_overlaps(a: Regions, b: Regions, size: Size) -> np.ndarray:
    try:
        import shapely
    except ImportError as error:
        raise ImportError("overlaps of rotated regions need shapely: pip install 'siamtrack[eval]'") from error
    image = shapely.box(0, 0, *size)

    def inside(regions: Regions) -> np.ndarray:
        shapes_N = shapely.polygons(regions.corners_N42())
        crossed_N = ~shapely.is_valid(shapes_N)  # edges that cross, or no area
        shapes_N[crossed_N] = shapely.make_valid(shapes_N[crossed_N])
        left, top, right, bottom = shapely.bounds(shapes_N).T
        outside_N = (left < 0) | (top < 0) | (right > size[0]) | (bottom > size[1])
        shapes_N[outside_N] = shapely.intersection(shapes_N[outside_N], image)
        mixed_N = ~np.isin(shapely.get_type_id(shapes_N), (_POLYGON, _MULTI_POLYGON))
        shapes_N[mixed_N] = shapely.buffer(shapes_N[mixed_N], 0)  # leaves out the lines and points beside areas
        return shapes_N

    a_N, b_N = inside(a), inside(b)
    shared_N = shapely.area(shapely.intersection(a_N, b_N))
    return _ratio(shared_N, shapely.area(a_N) + shapely.area(b_N) - shared_N)


def _ratio(shared_N: np.ndarray, union_N: np.ndarray) -> np.ndarray:
    some_N = union_N > 0
    return np.where(some_N, shared_N / np.where(some_N, union_N, 1), 0.0)


_AREAS: dict[Area, Callable[[Regions, Regions, Size], np.ndarray]] = {
    "polygon": exact_overlaps,
    "raster": pixel_overlaps,
    "raster-pysot": legacy_pixel_overlaps,
}


def filled(overlaps_T: np.ndarray, trajectory: Trajectory, sequence: Sequence) -> np.ndarray:
    """Overlaps with a number where a region is missing, as vot-toolkit has it: 1 if both are, 0 if one is."""
    both_missing_T = ~trajectory.regions.present_N & ~annotated_regions(sequence).present_N
    return np.where(np.isnan(overlaps_T), both_missing_T.astype(np.float64), overlaps_T)
