"""What may be passed as frames and boxes, what is said of everything else, and that nothing passed is changed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch

from siamtrack.tracking.inputs import as_bgr, as_boxes

_WIDTH, _HEIGHT = 64, 48
_NAN, _INF = float("nan"), float("inf")


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (_HEIGHT, _WIDTH, 3), np.uint8)


def test_numpy_bgr_is_taken_as_it_is() -> None:
    image = picture()
    np.testing.assert_array_equal(as_bgr(image), image)


def test_colour_order_can_be_named() -> None:
    image = picture()
    np.testing.assert_array_equal(as_bgr(image[..., ::-1], "rgb"), image)
    chw = torch.from_numpy(image.transpose(2, 0, 1).copy())
    np.testing.assert_array_equal(as_bgr(chw, "bgr"), image)


def test_torch_frames_are_channels_first_rgb() -> None:
    image = picture()
    rgb_chw = torch.from_numpy(image[..., ::-1].transpose(2, 0, 1).copy())
    np.testing.assert_array_equal(as_bgr(rgb_chw), image)
    np.testing.assert_array_equal(as_bgr(rgb_chw[:1]), image[..., 2:].repeat(3, 2))


def test_pil_images_are_rgb() -> None:
    pil = pytest.importorskip("PIL.Image")
    image = picture()
    photo = pil.fromarray(image[..., ::-1])
    np.testing.assert_array_equal(as_bgr(photo), image)
    np.testing.assert_array_equal(as_bgr(photo.convert("RGBA")), image)
    np.testing.assert_array_equal(as_bgr(photo.convert("L"))[..., 0], np.asarray(photo.convert("L")))


def test_pil_images_of_more_than_8_bits_are_refused_as_such_arrays_are() -> None:
    pil = pytest.importorskip("PIL.Image")
    deep = pil.fromarray(np.full((_HEIGHT, _WIDTH), 3000, np.uint16))
    with pytest.raises(TypeError, match="I;16"):
        as_bgr(deep)


@pytest.mark.parametrize("shape", [(_HEIGHT, _WIDTH), (_HEIGHT, _WIDTH, 1)], ids=str)
def test_grey_frames_get_three_equal_channels(shape: tuple[int, ...]) -> None:
    grey = picture()[..., 0].reshape(shape)
    expected = np.repeat(grey.reshape(_HEIGHT, _WIDTH, 1), 3, 2)
    np.testing.assert_array_equal(as_bgr(grey), expected)


def test_alpha_is_ignored() -> None:
    image = picture()
    bgra = np.concatenate((image, picture(1)[..., :1]), 2)
    np.testing.assert_array_equal(as_bgr(bgra), image)


def test_non_contiguous_frames() -> None:
    wide = np.random.default_rng(0).integers(0, 256, (2 * _HEIGHT, 2 * _WIDTH, 3), np.uint8)
    for view in (wide[::2, ::2], wide[::-2, ::2], wide[:_HEIGHT, :_WIDTH, ::-1], np.asfortranarray(wide)):
        frame = as_bgr(view)
        np.testing.assert_array_equal(frame, view)
        assert frame.flags.c_contiguous


def _frames_of_every_kind() -> dict[str, Any]:
    image = picture()
    return {
        "bgr": image,
        "grey": image[..., 0],
        "bgra": np.concatenate((image, image[..., :1]), 2),
        "flipped view": image[:, ::-1],
        "torch": torch.from_numpy(image.transpose(2, 0, 1).copy()),
    }


@pytest.mark.parametrize("kind", _frames_of_every_kind())
def test_frames_are_not_changed(kind: str) -> None:
    frame = _frames_of_every_kind()[kind]
    before = frame.clone() if isinstance(frame, torch.Tensor) else frame.copy()
    as_bgr(frame)
    assert (frame == before).all()


_BAD_FRAMES: dict[str, tuple[Any, type[Exception], str]] = {
    "float32": (np.zeros((48, 64, 3), np.float32), TypeError, "float32"),
    "uint16": (np.zeros((48, 64, 3), np.uint16), TypeError, "uint16"),
    "bool": (np.zeros((48, 64, 3), bool), TypeError, "bool"),
    "float32 tensor": (torch.zeros(3, 48, 64), TypeError, "float32"),
    "bfloat16 tensor": (torch.zeros(3, 48, 64, dtype=torch.bfloat16), TypeError, "(?i)bfloat16"),
    "2 channels": (np.zeros((48, 64, 2), np.uint8), ValueError, r"\(48, 64, 2\)"),
    "5 channels": (np.zeros((48, 64, 5), np.uint8), ValueError, r"\(48, 64, 5\)"),
    "5-channel tensor": (torch.zeros(5, 48, 64, dtype=torch.uint8), ValueError, r"\(5, 48, 64\)"),
    "no rows": (np.zeros((0, 64, 3), np.uint8), ValueError, r"\(0, 64, 3\)"),
    "no columns": (np.zeros((48, 0, 3), np.uint8), ValueError, r"\(48, 0, 3\)"),
    "no channels": (np.zeros((48, 64, 0), np.uint8), ValueError, r"\(48, 64, 0\)"),
    "rank 1": (np.zeros(64, np.uint8), ValueError, r"\(64,\)"),
    "rank 4": (np.zeros((1, 48, 64, 3), np.uint8), ValueError, r"\(1, 48, 64, 3\)"),
    "None": (None, TypeError, "NoneType"),
    "path": ("frame.jpg", TypeError, "str"),
    "list": ([[1, 2], [3, 4]], TypeError, "list"),
}


@pytest.mark.parametrize("kind", _BAD_FRAMES)
def test_bad_frames_are_named(kind: str) -> None:
    frame, error, message = _BAD_FRAMES[kind]
    with pytest.raises(error, match=message):
        as_bgr(frame)


_BAD_BOXES: dict[str, tuple[Any, type[Exception], str]] = {
    "right of the frame": ((500, 10, 20, 20), ValueError, r"\(500.0, 10.0, 20.0, 20.0\).*outside the 64x48 frame"),
    "below the frame": ((10, 48, 20, 20), ValueError, r"\(10.0, 48.0, 20.0, 20.0\).*outside"),
    "left of the frame": ((-20, 10, 20, 20), ValueError, r"\(-20.0, 10.0, 20.0, 20.0\).*outside"),
    "above the frame": ((10, -30, 20, 20), ValueError, r"\(10.0, -30.0, 20.0, 20.0\).*outside"),
    "no width": ((10, 10, 0, 20), ValueError, r"\(10.0, 10.0, 0.0, 20.0\).*no area"),
    "negative height": ((10, 10, 20, -5), ValueError, r"\(10.0, 10.0, 20.0, -5.0\).*no area"),
    "NaN": ((10, _NAN, 20, 20), ValueError, r"nan.*not finite"),
    "infinite": ((10, 10, _INF, 20), ValueError, r"inf.*not finite"),
    "infinite as float32": ((10, 10, 1e39, 20), ValueError, "not finite"),
    "one bad among good": ([(10, 10, 20, 20), (11, 12, 0, 3)], ValueError, r"\(11.0, 12.0, 0.0, 3.0\)"),
    "three numbers": ((10, 10, 20), ValueError, r"\(3,\)"),
    "five numbers": ([(10, 10, 20, 20, 1)], ValueError, r"\(1, 5\)"),
    "rank 3": (np.ones((2, 2, 4)), ValueError, r"\(2, 2, 4\)"),
    "a number": (7.0, ValueError, r"\(\)"),
    "ragged": ([(10, 10, 20, 20), (10, 10)], ValueError, "different lengths"),
    "strings": (["10", "10", "20", "20"], TypeError, "'10'"),
    "text": ("10,10,20,20", TypeError, "10,10,20,20"),
    "bool": (np.ones((1, 4), bool), TypeError, "bool"),
    "bools": ([True, True, True, True], TypeError, "bool"),
    "None": (None, TypeError, "None"),
    "complex": ((1j, 1, 2, 2), TypeError, "complex"),
    "empty list": ([], ValueError, r"\(0,\)"),
    "no rows": (np.empty((0, 4)), ValueError, r"\(0, 4\)"),
}


@pytest.mark.parametrize("kind", _BAD_BOXES)
def test_bad_boxes_are_named(kind: str) -> None:
    boxes, error, message = _BAD_BOXES[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error, match=message):
            as_boxes(boxes, _WIDTH, _HEIGHT)


@pytest.mark.parametrize(
    "boxes",
    [
        (10, 11, 20, 21),
        [[10, 11, 20, 21]],
        np.array([10, 11, 20, 21]),
        np.array([[10, 11, 20, 21]], np.uint8),
        np.array([10, 11, 20, 21], np.float64),
        torch.tensor([[10, 11, 20, 21]]),
        torch.tensor([10.0, 11, 20, 21], requires_grad=True),
        [np.float64(10), 11, np.int32(20), 21.0],
    ],
    ids=lambda boxes: f"{type(boxes).__name__} {getattr(boxes, 'dtype', '')}",
)
def test_numbers_of_every_kind_become_float32(boxes: Any) -> None:
    accepted = as_boxes(boxes, _WIDTH, _HEIGHT)
    assert accepted.dtype == torch.float32
    assert accepted.tolist() == [[10, 11, 20, 21]]


def test_boxes_partly_outside_are_kept_as_they_are() -> None:
    boxes = [(-10, -10, 20, 20), (60, 40, 100, 100), (-5, -5, 200, 200)]
    assert as_boxes(boxes, _WIDTH, _HEIGHT).tolist() == [list(box) for box in boxes]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_boxes_are_copied(dtype: type) -> None:
    boxes = np.array([[10, 11, 20, 21]], dtype)
    accepted = as_boxes(boxes, _WIDTH, _HEIGHT)
    accepted.zero_()
    assert boxes.tolist() == [[10, 11, 20, 21]]
    tensor = torch.tensor([[10.0, 11, 20, 21]])
    as_boxes(tensor, _WIDTH, _HEIGHT).zero_()
    assert tensor.tolist() == [[10, 11, 20, 21]]
