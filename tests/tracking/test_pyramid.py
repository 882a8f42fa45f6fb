"""MatConvNet's scale pyramid: against a plain transcription of SiamDW's, and by hand."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.geometry.crop import Frames
from siamtrack.geometry.regions import Region
from siamtrack.nets.types import Candidates, NetSpec
from siamtrack.tracking.config import PenaltySelect, PyramidSelect
from siamtrack.tracking.pyramid import carried_side, carries_side, nested_crops, steps_from_middle
from siamtrack.tracking.select import select

_PAD = (10, 120, 250)
_OUT_PX = 63


def picture() -> np.ndarray:
    coarse = np.random.default_rng(0).integers(0, 256, (10, 12, 3), np.uint8)
    return cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC)


def cut_and_resized(image: np.ndarray, center: tuple[float, float], side: int, out_px: int) -> np.ndarray:
    """SiamDW's `get_subwindow_tracking`; the centre is in coordinates that name pixel centres."""
    margin = 500
    padded = np.stack([np.pad(image[..., c], margin, constant_values=_PAD[c]) for c in range(3)], -1)
    left, top = (round(value - (side + 1) / 2) + margin for value in center)
    return cv2.resize(padded[top : top + side, left : left + side], (out_px, out_px))


def as_siamdw(image: np.ndarray, center: tuple[float, float], side: float, scales: tuple[float, ...]) -> np.ndarray:
    sides = [round(side * scale) for scale in scales]
    enlargement = _OUT_PX / sides[0]
    sheet_px = round(enlargement * sides[-1])
    sheet = cut_and_resized(image, center, sides[-1], sheet_px)
    middle = ((1 + sheet_px) / 2,) * 2
    return np.stack([cut_and_resized(sheet, middle, round(enlargement * side), _OUT_PX) for side in sides])


_squares = st.lists(
    st.tuples(st.floats(-20, 180, width=32), st.floats(-20, 140, width=32), st.floats(8, 300, width=32)),
    min_size=1,
    max_size=3,
)


@given(_squares, st.floats(1.01, 1.2))
def test_nested_crops_equal_siamdw_s(squares: list[tuple[float, float, float]], step: float) -> None:
    image, scales = picture(), PyramidSelect(step).scales
    frames = Frames.from_image(image, torch.device("cpu"))
    region = Region(torch.tensor([square[:2] for square in squares]), torch.tensor([square[2] for square in squares]))
    frame_N = torch.zeros(len(squares), dtype=torch.int64)
    pad_N3 = torch.tensor([_PAD] * len(squares), dtype=torch.float32)
    crops_M3HW = nested_crops(frames, frame_N, region, scales, pad_N3, _OUT_PX)
    for n, (x, y, side) in enumerate(squares):
        expected = as_siamdw(image, (x - 0.5, y - 0.5), side, scales)
        ours = crops_M3HW[3 * n : 3 * n + 3].permute(0, 2, 3, 1).numpy()
        np.testing.assert_array_equal(ours, expected)


def test_displacement_is_counted_from_the_upper_middle_and_not_scaled() -> None:
    """A 3x3 response, interpolated twofold: 6 cells, 4 px each; siamfc-pytorch counts from 2.5, MatConvNet from 3."""
    response = torch.zeros(3, 1, 3, 3)
    response[2, 0, 0, 2] = 10.0  # the largest scale wins, its peak is in the corner on the right
    offsets = {}
    for matconvnet in (False, True):
        config = PyramidSelect(1.25, scale_penalty=1.0, window_influence=0.0, response_up=2, matconvnet=matconvnet)
        size_N2, scale_N = torch.tensor([[40.0, 30.0]]), torch.ones(1)
        choice = select(config, NetSpec(127, 255, 8), Candidates(response, None), size_N2, scale_N)
        offsets[matconvnet] = choice.box_N4[0, :2].tolist()
        assert choice.box_N4[0, 2:].tolist() == [50, 37.5]
    assert offsets == {False: [2.5 * 4 * 1.25, -2.5 * 4 * 1.25], True: [2 * 4, -3 * 4]}
    assert steps_from_middle(torch.tensor([[136, 135]]), 272).tolist() == [[0, -1]]


def test_the_side_is_carried_between_a_fifth_and_five_times_the_first() -> None:
    first = torch.full((3,), 100.0)
    side, growth = torch.tensor([100.0, 21.0, 480.0]), torch.tensor([1.1, 0.9, 1.1])
    torch.testing.assert_close(carried_side(side, first, growth), torch.tensor([110.0, 20.0, 500.0]))


def test_siamdw_presets_carry_their_side(random_tracker) -> None:  # type: ignore[no-untyped-def]
    """A target of 10 pixels, the least there are, stays as large; the search region shrinks and grows nevertheless."""
    tracker = random_tracker("siamdw_fc_res22")
    rng = np.random.default_rng(0)
    tracker.start(rng.integers(0, 256, (120, 160, 3), np.uint8), (70, 50, 10, 11))
    sides = [tracker.state.side_N.item()]
    assert sides == [21.0]  # sqrt((10 + 10.5) (11 + 10.5)) = 20.99, in whole pixels
    for _ in range(4):
        tracker.track(rng.integers(0, 256, (120, 160, 3), np.uint8))
        sides.append(tracker.state.side_N.item())
    changes = {round(after / before, 4) for before, after in zip(sides, sides[1:], strict=False)}
    assert changes <= {round(1 + 0.2061 * (scale - 1), 4) for scale in tracker.config.select.scales}


def test_who_handles_scales_so() -> None:
    assert carries_side(PyramidSelect(matconvnet=True))
    assert not carries_side(PyramidSelect())
    assert not carries_side(PenaltySelect(0.1, 0.4, 0.3))
