"""Cutting windows: the CPU body against padding in numpy, the gather body against the CPU body."""

from __future__ import annotations

import platform
import tracemalloc

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from siamtrack.geometry.crop import Frames, _crop_cv2, _crop_gather, crop
from siamtrack.geometry.regions import Region

_HEIGHT, _WIDTH = 48, 64
_PAD = (10, 120, 250)
# OpenCV's kernels for ARM round otherwise.
_GREY_LEVELS_APART = 0 if platform.machine() in ("x86_64", "AMD64") else 1


def picture(seed: int, height: int = _HEIGHT, width: int = _WIDTH) -> np.ndarray:
    """Smooth shapes and noise, BGR."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def window(left: int, top: int, side: int) -> Region:
    return Region(torch.tensor([[left + side / 2, top + side / 2]]), torch.tensor([float(side)]))


def one(count: int = 1) -> Tensor:
    return torch.zeros(count, dtype=torch.int64)


def pad(count: int = 1) -> Tensor:
    return torch.tensor([_PAD] * count, dtype=torch.float32)


def padded_then_resized(image: np.ndarray, left: int, top: int, side: int, out_px: int) -> np.ndarray:
    margin = 400
    canvas = np.empty((image.shape[0] + 2 * margin, image.shape[1] + 2 * margin, 3), np.uint8)
    for channel, value in enumerate(_PAD):
        canvas[..., channel] = np.pad(image[..., channel], margin, constant_values=value)
    cut = canvas[top + margin : top + margin + side, left + margin : left + margin + side]
    return cv2.resize(cut, (out_px, out_px), interpolation=cv2.INTER_LINEAR)


_windows = st.tuples(st.integers(-150, 150), st.integers(-150, 150), st.integers(1, 200))
_sides = st.sampled_from([31, 64, 127, 128, 256])


@given(_windows, _sides)
def test_cpu_crop_equals_pad_slice_resize(where: tuple[int, int, int], out_px: int) -> None:
    image = picture(0)
    frames = Frames.from_image(image, torch.device("cpu"))
    cut = crop(frames, one(), window(*where), pad(), out_px)
    expected = padded_then_resized(image, *where, out_px)
    np.testing.assert_array_equal(cut[0].permute(1, 2, 0).numpy(), expected)


@pytest.mark.parametrize("body", [_crop_cv2, _crop_gather])
@pytest.mark.parametrize(("left", "top"), [(5, 7), (-20, 7), (50, 30), (-200, -200), (64, 0), (-31, 47)], ids=str)
def test_window_of_the_output_size_is_an_exact_copy(body, left: int, top: int) -> None:  # type: ignore[no-untyped-def]
    image = picture(1)
    frames = Frames.from_image(image, torch.device("cpu"))
    cut = body(frames, one(), window(left, top, 31), pad(), 31)
    expected = padded_then_resized(image, left, top, 31, 31)
    np.testing.assert_array_equal(cut[0].permute(1, 2, 0).numpy(), expected)


@given(_windows, _sides)
def test_gather_is_cv2_to_the_last_bit(where: tuple[int, int, int], out_px: int) -> None:
    frames = Frames.from_image(picture(2), torch.device("cpu"))
    arguments = (frames, one(), window(*where), pad(), out_px)
    assert (_crop_gather(*arguments) - _crop_cv2(*arguments)).abs().max() <= _GREY_LEVELS_APART


@given(st.lists(st.tuples(st.integers(0, 2), _windows), min_size=1, max_size=5))
def test_bodies_agree_on_frames_of_several_sizes_on_one_canvas(
    squares: list[tuple[int, tuple[int, int, int]]],
) -> None:
    """The canvas beyond a frame's valid size holds rubbish that neither body may show."""
    canvas = np.full((3, _HEIGHT, _WIDTH, 3), 255, np.uint8)
    sizes = [(_WIDTH, _HEIGHT), (40, 30), (17, _HEIGHT)]
    for number, (width, height) in enumerate(sizes):
        canvas[number, :height, :width] = picture(number, height, width)
    frames = Frames(torch.from_numpy(canvas), torch.tensor(sizes, dtype=torch.float32))
    frame_N = torch.tensor([frame for frame, _ in squares])
    windows = [window(*where) for _, where in squares]
    squares_N = Region(torch.cat([w.center_N2 for w in windows]), torch.cat([w.side_N for w in windows]))
    cut = _crop_cv2(frames, frame_N, squares_N, pad(len(squares)), 64)
    gathered = _crop_gather(frames, frame_N, squares_N, pad(len(squares)), 64)
    assert (gathered - cut).abs().max() <= _GREY_LEVELS_APART
    for row, (frame, where) in enumerate(squares):
        width, height = sizes[frame]
        expected = padded_then_resized(canvas[frame, :height, :width], *where, 64)
        np.testing.assert_array_equal(cut[row].permute(1, 2, 0).numpy(), expected)


@pytest.mark.parametrize("where", [(-1500, -1400, 4200), (0, 0, 4097), (-3900, 200, 4500)], ids=str)
def test_huge_windows_are_sampled_where_they_lie(where: tuple[int, int, int]) -> None:
    """They are never held as a picture; on this slope of a level in ten pixels both bodies see the same."""
    slope = np.add.outer(np.arange(900), np.arange(1100)) // 10
    image = np.repeat(slope.astype(np.uint8)[..., None], 3, 2)
    frames = Frames.from_image(image, torch.device("cpu"))
    arguments = (frames, one(), window(*where), pad(), 127)
    tracemalloc.start()
    cut = _crop_cv2(*arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6
    difference = (cut - _crop_gather(*arguments)).abs()
    assert (difference <= 1).float().mean() > 0.99
    assert difference.max() <= 8  # 1/32 pixel of the step from the frame to the pad colour


_aligned = st.tuples(st.floats(-40, 100, width=32), st.floats(-40, 90, width=32), st.integers(2, 150))


@given(_aligned, _sides)
def test_aligned_corners_as_video_analyst_has_them(where: tuple[float, float, int], out_px: int) -> None:
    """The centre is given in coordinates that name pixel centres; ours are half a pixel more."""
    image, (x, y, side) = picture(3), where
    square = Region(torch.tensor([[x + 0.5, y + 0.5]]), torch.tensor([float(side)]))
    frames = Frames.from_image(image, torch.device("cpu"))
    cut = crop(frames, one(), square, pad(), out_px, align_corners=True)
    step = (side - 1) / (out_px - 1)
    matrix = np.array([[step, 0, x - (side - 1) / 2], [0, step, y - (side - 1) / 2]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    expected = cv2.warpAffine(image, matrix, (out_px, out_px), flags=flags, borderValue=_PAD)
    difference = np.abs(cut[0].permute(1, 2, 0).numpy() - expected)
    assert difference.max() <= 2  # the centre as float32
    gathered = _crop_gather(frames, one(), square, pad(), out_px, align_corners=True)
    assert ((gathered - cut).abs() <= 8).all()  # 1/32 pixel of the step from the frame to the pad colour


@given(st.lists(_windows, min_size=1, max_size=3), st.integers(31, 64))
def test_windows_that_fill_a_part_of_the_result(squares: list[tuple[int, int, int]], first: int) -> None:
    """Each as if it were alone and its part were the whole."""
    frames, count = Frames.from_image(picture(0), torch.device("cpu")), len(squares)
    windows = [window(*where) for where in squares]
    squares_N = Region(torch.cat([w.center_N2 for w in windows]), torch.cat([w.side_N for w in windows]))
    filled = [first + n for n in range(count)]
    for body in (_crop_cv2, _crop_gather):
        cut = body(frames, one(count), squares_N, pad(count), 80, filled_N=torch.tensor(filled, dtype=torch.float32))
        assert cut.shape == (count, 3, 80, 80)
        for n, side in enumerate(filled):
            assert cut[n : n + 1, :, :side, :side].equal(body(frames, one(), windows[n], pad(), side))


def test_pad_colour_is_rounded_to_whole_grey_levels() -> None:
    frames = Frames.from_image(picture(0), torch.device("cpu"))
    for body in (_crop_cv2, _crop_gather):
        cut = body(frames, one(), window(-300, -300, 50), torch.tensor([[9.6, 120.4, 249.5]]), 31)
        assert cut.unique(dim=0).flatten(2)[0, :, 0].tolist() == [10, 120, 250]


def test_crop_keeps_the_frames_channel_order() -> None:
    blue = np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)
    blue[..., 0] = 200
    cut = crop(Frames.from_image(blue, torch.device("cpu")), one(), window(4, 4, 20), pad(), 31)
    assert cut[0, :, 15, 15].tolist() == [200, 0, 0]


def test_mean_colour_counts_only_the_valid_part() -> None:
    canvas = torch.full((2, 10, 10, 3), 255, dtype=torch.uint8)
    canvas[0, :4, :5] = torch.tensor([10, 20, 30], dtype=torch.uint8)
    frames = Frames(canvas, torch.tensor([[5.0, 4.0], [10.0, 10.0]]))
    assert frames.mean_color_B3().tolist() == [[10, 20, 30], [255, 255, 255]]


def test_from_image_shares_memory_on_the_cpu() -> None:
    image = picture(0)
    frames = Frames.from_image(image, torch.device("cpu"))
    assert frames.size_B2.tolist() == [[_WIDTH, _HEIGHT]]
    image[3, 2] = (1, 2, 3)
    assert frames.pixels_BHWC[0, 3, 2].tolist() == [1, 2, 3]
