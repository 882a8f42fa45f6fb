"""Masks in the tracker: where they come to lie, for one target and several, and what results say of them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.geometry.crop import Frames
from siamtrack.geometry.masks import PlacedMask
from siamtrack.geometry.regions import Convention, Region
from siamtrack.nets.types import HeadOutput, NetSpec
from siamtrack.tracking.config import PenaltySelect, SmallSearch, TrackConfig
from siamtrack.tracking.masks import chosen_masks, download
from siamtrack.tracking.select import Choice
from siamtrack.tracking.state import TrackOutput, take_rows
from siamtrack.tracking.step import init_state, track_step

from .shape_net import corner_distance, picture, shape_tracker, tilted, without_masks

_CPU = torch.device("cpu")
_SHAPES = [
    ((90.0, 100.0), (70.0, 40.0), 25.0),
    ((280.0, 120.0), (60.0, 36.0), -40.0),
    ((180.0, 240.0), (50.0, 50.0), 10.0),
]
_BOXES = np.array([[cx - 32, cy - 32, 64, 64] for (cx, cy), _, _ in _SHAPES], np.float32)


def moved(step: int) -> list[np.ndarray]:
    """The shapes after some steps: each moves and turns."""
    return [tilted((cx + 3 * step, cy - 2 * step), size, degrees + 7 * step) for (cx, cy), size, degrees in _SHAPES]


@pytest.mark.parametrize(("convention", "bound"), [("exact", 1.0), ("pysot", 2.0), ("dasiamrpn", 2.0)])
def test_masks_and_rotated_boxes_follow_turning_shapes(convention: Convention, bound: float) -> None:
    """The published rules forget how they rounded the window, and report half a pixel left and up."""
    tracker = shape_tracker(convention)
    tracker.start(picture(*moved(0)), _BOXES)
    for step in range(1, 6):
        frame = picture(*moved(step))
        result = tracker.track(frame)
        assert result.polygons is not None and result.masks is not None
        assert (result.polygons.shape, result.polygons.dtype) == ((3, 4, 2), np.float32)
        for shape, polygon, mask in zip(moved(step), result.polygons, result.masks, strict=True):
            assert corner_distance(polygon, shape) < bound
            assert mask is not None
            true, found = picture(shape)[..., 0] > 127, mask.in_frame()
            assert (true & found).sum() / (true | found).sum() > (0.96 if convention == "exact" else 0.9)


def pysot_mask_in_image(
    mask: np.ndarray, center: np.ndarray, s_x: int, cell: tuple[int, int], size: tuple[int, int], padding: float
) -> np.ndarray:
    """As pysot's SiamMask tracker puts a mask into the image: `center` names pixel centres, `s_x` is rounded."""
    scale = s_x / 255
    sub_box = [center[axis] - s_x / 2 + (cell[axis] - 4) * 8 * scale for axis in (0, 1)]
    enlarged = 127 / (scale * 127)
    a, b = ((size[axis] - 1) / (size[axis] * enlarged) for axis in (0, 1))
    mapping = np.array([[a, 0, a * sub_box[0] * enlarged], [0, b, b * sub_box[1] * enlarged]])
    return cv2.warpAffine(mask, mapping, size, borderMode=cv2.BORDER_CONSTANT, borderValue=padding)


class Given:
    """A network that has one mask."""

    def __init__(self, logits_PP: np.ndarray) -> None:
        self.mask_1PP = torch.from_numpy(logits_PP)[None]

    def refine(self, raw: HeadOutput, row_M: torch.Tensor, cell_M2: torch.Tensor) -> torch.Tensor:
        return self.mask_1PP


@given(
    st.floats(-20, 340),
    st.floats(-20, 260),
    st.floats(60, 700),
    st.tuples(st.integers(0, 24), st.integers(0, 24)),
    st.integers(0, 99),
    st.sampled_from([("pysot", 0.0), ("dasiamrpn", -1.0)]),
)
def test_siammask_pastes_as_published(
    x: float, y: float, side: float, cell: tuple[int, int], seed: int, rule: tuple[Convention, float]
) -> None:
    """Center and side in float64 there, float32 here: a pixel may fall on the other side of the threshold."""
    convention, padding = rule
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(127, 127)).astype(np.float32), (15, 15), 0)
    logits, size = noise * 40, (320, 240)
    config = TrackConfig(PenaltySelect(0.1, 0.4, 0.3), convention, mask_threshold=0.15)
    region = Region(torch.tensor([[x + 0.5, y + 0.5]]), torch.tensor([side]))
    one = torch.ones(1)
    masks = chosen_masks(
        Given(logits),  # type: ignore[arg-type]
        NetSpec(127, 255, 8),
        config,
        HeadOutput(torch.zeros(1, 10, 25, 25), None),
        Choice(torch.ones(1, 4), one, one, torch.tensor([cell])),
        region,
        torch.tensor([size], dtype=torch.float32),
    )
    output = TrackOutput(torch.ones(1, 4), one, one.bool(), *masks)
    rows, (mask,) = download(output, config, [size])
    assert rows.tolist() == [[1, 1, 1, 1, 1, 1]]
    assert mask is not None
    probability = (1 / (1 + np.exp(-logits))).astype(np.float32)
    published = pysot_mask_in_image(probability, np.array([x, y]), round(side), cell, size, padding)
    assert (mask.in_frame() != (published > 0.15)).mean() < 2e-4


def frames_of(step: int) -> Frames:
    return Frames.from_image(picture(*moved(step)), _CPU)


@torch.inference_mode()
def test_masks_of_many_targets_equal_those_of_each_alone() -> None:
    """Seven rows are seen by the network a few at a time."""
    tracker = shape_tracker()
    boxes = torch.from_numpy(_BOXES)[[0, 1, 2, 1, 0, 2, 1]] + torch.arange(7.0)[:, None] * torch.tensor([1, 1, 0, 0])
    state = init_state(tracker.net, tracker.config, frames_of(0), torch.zeros(7, dtype=torch.int64), boxes)
    _, together = track_step(tracker.net, tracker.config, state, frames_of(1))
    assert together.mask_NPP is not None and together.mask_NPP.shape == (7, 127, 127)
    for row in range(7):
        _, alone = track_step(tracker.net, tracker.config, take_rows(state, [row]), frames_of(1))
        assert alone.mask_NPP is not None and alone.mask_box_N4 is not None and together.mask_box_N4 is not None
        torch.testing.assert_close(together.mask_NPP[row], alone.mask_NPP[0])
        torch.testing.assert_close(together.mask_box_N4[row], alone.mask_box_N4[0])


def test_masks_of_targets_searched_in_crops_of_different_sizes() -> None:
    """The second is small: its search crop is larger, the square of its mask is not."""
    shapes = [tilted((100.0, 120.0), (70.0, 40.0), 30.0), tilted((300.0, 160.0), (22.0, 16.0), 20.0)]
    tracker = shape_tracker()
    tracker.config = replace(tracker.config, small=SmallSearch(0.01, 287))
    tracker.start(picture(*shapes), [[68, 88, 64, 64], [288, 148, 24, 24]])
    assert tracker.state is not None and tracker.state.small_N.tolist() == [False, True]
    result = tracker.track(picture(*shapes))
    assert result.polygons is not None
    for shape, polygon in zip(shapes, result.polygons, strict=True):
        assert corner_distance(polygon, shape) < 1.0


def test_boxes_do_not_depend_on_masks() -> None:
    tracker = shape_tracker("pysot")
    plain = without_masks(tracker)
    for one in (tracker, plain):
        one.start(picture(*moved(0)), _BOXES)
    for step in range(1, 4):
        with_masks, boxes_alone = tracker.track(picture(*moved(step))), plain.track(picture(*moved(step)))
        np.testing.assert_array_equal(with_masks.boxes, boxes_alone.boxes)
        assert boxes_alone.polygons is boxes_alone.masks is None


def test_targets_have_no_mask_before_they_are_tracked() -> None:
    tracker = shape_tracker()
    first, second = tracker.start(picture(*moved(0)), _BOXES[:2])
    assert tracker.current().masks == (None, None)
    np.testing.assert_array_equal(corners_of(tracker), [[58, 68], [122, 68], [122, 132], [58, 132]])
    tracker.track(picture(*moved(1)))
    tracker.add(picture(*moved(1)), _BOXES[2])
    tracker.drop(first)
    masks = tracker.current().masks
    assert masks is not None
    assert [isinstance(mask, PlacedMask) for mask in masks] == [True, False]
    assert corner_distance(corners_of(tracker), moved(1)[1]) < 1.0  # the second target's
    tracker.start(picture(*moved(0)), _BOXES[1])
    assert tracker.current().masks == (None,)


def corners_of(tracker) -> np.ndarray:  # type: ignore[no-untyped-def]
    """The first target's."""
    polygons: np.ndarray = tracker.current().polygons
    return polygons[0]


@pytest.mark.parametrize("convention", ["exact", "pysot"])
def test_without_a_mask_the_polygon_is_the_box(convention: Convention) -> None:
    tracker = shape_tracker(convention)
    tracker.start(picture(*moved(0)), _BOXES[0])
    result = tracker.track(np.zeros((320, 400, 3), np.uint8))
    assert result.masks is not None and result.masks[0] is not None and not result.masks[0].in_frame().any()
    x, y, w, h = result.boxes[0]
    np.testing.assert_allclose(corners_of(tracker), [[x, y], [x + w, y], [x + w, y + h], [x, y + h]], atol=1e-4)
