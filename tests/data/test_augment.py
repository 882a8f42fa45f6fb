"""Views: the object is where the box says, and nothing is changed in place."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.data import augment
from siamtrack.data.augment import Jitter, View

_NONE = Jitter(0, 0, 0)


def plain(image: np.ndarray, box: np.ndarray) -> View:
    """A view with its box as mask."""
    mask = np.zeros(image.shape[:2], np.uint8)
    x, y, w, h = [*(box[:2] - box[2:] / 2 + len(image) / 2), *box[2:]]
    mask[max(0, int(y)) : max(0, int(y + h)), max(0, int(x)) : max(0, int(x + w))] = 1
    return View(image, box, mask)


def scene(box: tuple[int, int, int, int], side: int = 320) -> np.ndarray:
    """A white rectangle on black."""
    image = np.zeros((side, side, 3), np.uint8)
    x, y, w, h = box
    image[y : y + h, x : x + w] = 255
    return image


def found(image: np.ndarray) -> np.ndarray:
    """cxcywh of what is bright, relative to the image's centre; edges to a fraction of a pixel."""
    bright = image[..., 0].astype(float) / 255
    spans = [bright.max(axis) for axis in (0, 1)]  # along x, along y
    size = [span.sum() for span in spans]
    center = [(span * (np.arange(len(span)) + 0.5)).sum() / span.sum() - len(span) / 2 for span in spans]
    return np.array([*center, *size])


@given(
    st.tuples(st.integers(360, 410), st.integers(360, 410), st.integers(24, 60), st.integers(24, 60)),
    st.integers(0, 10_000),
    st.sampled_from([_NONE, Jitter(3, 0.05, 0.03), Jitter(40, 0.2, 0.1), Jitter(0, 0.5, 0.3)]),
)
def test_the_object_is_where_the_box_says(box: tuple[int, int, int, int], seed: int, jitter: Jitter) -> None:
    image = scene(box, side=800)  # so large that no view reaches beyond it
    view = augment.cut_view(image, np.array(box, np.float32), 256, 128, jitter, np.random.default_rng(seed))
    assert view.image.shape == (256, 256, 3)
    np.testing.assert_allclose(found(view.image), view.box, atol=1.0)


@given(st.integers(0, 10_000))
def test_a_random_part_lies_within(seed: int) -> None:
    box = np.array([30, 40, 60, 20], np.float32)
    part = augment.random_part(box, 0.35, 0.8, np.random.default_rng(seed))
    assert part.dtype == np.float32
    assert (part[:2] >= box[:2]).all()
    assert (part[:2] + part[2:] <= box[:2] + box[2:] + 1e-4).all()
    assert ((part[2:] / box[2:] >= 0.35 - 1e-6) & (part[2:] / box[2:] <= 0.8 + 1e-6)).all()


def test_without_jitter_the_view_is_the_search_square() -> None:
    """40 x 40: context 80, search square 160, so 1.6 crop pixels a frame pixel, the object in the middle."""
    box = (140, 150, 40, 40)
    view = augment.cut_view(scene(box), np.array(box, np.float32), 256, 128, _NONE, np.random.default_rng(0))
    np.testing.assert_allclose(view.box, [0, 0, 64, 64], atol=1e-4)
    np.testing.assert_allclose(found(view.image), view.box, atol=0.5)


@given(st.integers(0, 10_000))
def test_jitter_stays_in_its_bounds(seed: int) -> None:
    box, jitter = np.array([140, 150, 40, 40], np.float32), Jitter(30, 0.2, 0.1)
    view = augment.cut_view(scene((140, 150, 40, 40)), box, 256, 128, jitter, np.random.default_rng(seed))
    assert np.abs(view.box[:2]).max() <= 30
    assert abs(np.log(view.box[2] * view.box[3] / 64**2) / 2) <= 0.2 + 1e-5
    assert abs(np.log(view.box[2] / view.box[3]) / 2) <= 0.1 + 1e-5


def test_beyond_the_image_lies_its_mean_colour() -> None:
    image = np.zeros((50, 50, 3), np.uint8)
    image[:, :25] = (200, 100, 50)
    view = augment.cut_view(image, np.array([0, 0, 40, 40]), 128, 64, _NONE, np.random.default_rng(0))
    assert view.image[0, 0].tolist() == [100, 50, 25]


def test_flip_mirrors_image_and_box() -> None:
    view = augment.cut_view(
        scene((130, 150, 30, 50)), np.array([130, 150, 30, 50]), 256, 128, Jitter(40, 0, 0), np.random.default_rng(3)
    )
    mirrored = augment.flip(view)
    assert mirrored.box.tolist() == [-view.box[0], *view.box[1:]]
    np.testing.assert_allclose(found(mirrored.image), mirrored.box, atol=1.0)
    np.testing.assert_array_equal(augment.flip(mirrored).image, view.image)


def views(seed: int = 0) -> tuple[View, View]:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (2, 128, 128, 3), np.uint8)
    return plain(images[0], np.array([5, -3, 40, 30], np.float32)), plain(
        images[1], np.array([0, 0, 36, 36], np.float32)
    )


_CHANGES: dict[str, Callable[[View, View, np.random.Generator], View]] = {
    "flip": lambda view, other, rng: augment.flip(view),
    "recolor": lambda view, other, rng: augment.recolor(view, augment.color_matrix(rng, 0.2, grey=False)),
    "another light": lambda view, other, rng: augment.recolor(view, augment.lighting_matrix(rng)),
    "blur": lambda view, other, rng: augment.blur(view, rng, 25),
    "occlude": lambda view, other, rng: augment.occlude(view, other.image, rng),
    "cover with the ground": lambda view, other, rng: augment.cover(view, view.box, None),
    "cover with a patch": lambda view, other, rng: augment.cover(view, view.box, other.image),
    "coarsen": lambda view, other, rng: augment.coarsen(view, rng),
    "paste_on": lambda view, other, rng: augment.paste_on(view, augment.random_square(other.image, 128, rng)),
    "paste_distractor": augment.paste_distractor,
}


@pytest.mark.parametrize("name", _CHANGES)
def test_views_are_never_changed_in_place_and_changes_repeat(name: str) -> None:
    view, other = views()
    changed = _CHANGES[name](view, other, np.random.default_rng(1))
    again = _CHANGES[name](*views(), np.random.default_rng(1))
    np.testing.assert_array_equal(changed.image, again.image)
    assert (changed.image.shape, changed.image.dtype) == (view.image.shape, np.uint8)
    assert (changed.image != view.image).any()
    for used, fresh in zip((view, other), views(), strict=True):
        np.testing.assert_array_equal(used.image, fresh.image)
        np.testing.assert_array_equal(used.box, fresh.box)


def test_grey_means_three_equal_channels() -> None:
    view, _ = views()
    image = augment.recolor(view, augment.color_matrix(np.random.default_rng(0), 0.2, grey=True)).image.astype(int)
    assert np.ptp(image, axis=2).max() <= 1


def test_no_colour_change_is_the_identity() -> None:
    view, _ = views()
    unchanged = augment.recolor(view, augment.color_matrix(np.random.default_rng(0), 0.0, grey=False))
    np.testing.assert_array_equal(unchanged.image, view.image)


def test_another_light_moves_all_pixels_alike_and_by_as_much_as_pysots_axes_say() -> None:
    view = plain(np.full((8, 8, 3), 120, np.uint8), np.array([0, 0, 4, 4], np.float32))
    moved = augment.recolor(view, augment.lighting_matrix(np.random.default_rng(3))).image.astype(int) - 120
    assert (moved == moved[0, 0]).all() and moved.any()
    rng = np.random.default_rng(0)
    offsets = np.stack([augment.lighting_matrix(rng)[:, 3] for _ in range(4000)])
    np.testing.assert_allclose(offsets.std(0), [8.243, 2.519, 1.204], rtol=0.05)  # BGR: norms of the rows, reversed


@given(st.integers(0, 10_000))
def test_blur_keeps_brightness(seed: int) -> None:
    view = plain(np.full((64, 64, 3), 120, np.uint8), np.array([0, 0, 20, 20], np.float32))
    assert np.abs(augment.blur(view, np.random.default_rng(seed), 25).image.astype(int) - 120).max() <= 1


def test_paste_on_keeps_the_object_and_replaces_the_rest() -> None:
    view = plain(np.full((128, 128, 3), 200, np.uint8), np.array([10, -8, 40, 30], np.float32))
    pasted = augment.paste_on(view, np.zeros((128, 128, 3), np.float32)).image
    x, y = 64 + 10, 64 - 8
    assert (pasted[y - 12 : y + 12, x - 17 : x + 17] == 200).all()
    assert (pasted[:30] == 0).all()
    assert (pasted[:, :40] == 0).all()


@given(
    st.integers(0, 10_000),
    st.tuples(st.floats(-40, 40), st.floats(-40, 40), st.floats(45, 90), st.floats(45, 90)),
    st.tuples(st.floats(45, 90), st.floats(45, 90)),
)
def test_a_distractor_leaves_the_target_mostly_uncovered(
    seed: int, target: tuple[float, ...], other: tuple[float, float]
) -> None:
    view = plain(np.zeros((256, 256, 3), np.uint8), np.array(target, np.float32))
    beside = plain(np.full((256, 256, 3), 255, np.uint8), np.array([0, 0, *other], np.float32))
    pasted = augment.paste_distractor(view, beside, np.random.default_rng(seed))
    assert pasted.box is view.box
    x0, y0 = (view.box[:2] - view.box[2:] / 2 + 128).astype(int)
    x1, y1 = (view.box[:2] + view.box[2:] / 2 + 128).astype(int)
    assert pasted.image[y0:y1, x0:x1].mean() / 255 < 1 / 3


def test_distractors_do_appear() -> None:
    view = plain(np.zeros((256, 256, 3), np.uint8), np.array([0, 0, 60, 60], np.float32))
    beside = plain(np.full((256, 256, 3), 255, np.uint8), np.array([0, 0, 60, 60], np.float32))
    shares = [augment.paste_distractor(view, beside, np.random.default_rng(n)).image.mean() / 255 for n in range(20)]
    assert min(shares) > 0.5 * 60 * 60 / 256**2


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_quarter_turns_turn_image_box_and_mask(quarters: int) -> None:
    box = (200, 120, 60, 30)
    view = augment.cut_view(
        scene(box),
        np.array(box),
        256,
        128,
        Jitter(50, 0, 0),
        np.random.default_rng(5),
        mask=scene(box)[..., 0] > 0,
        angle=quarters * np.pi / 2,
    )
    for seen in (view.image[..., 0] > 127, view.mask > 0):
        np.testing.assert_allclose(outline(seen), view.box, atol=1.5)


def outline(seen: np.ndarray) -> list[float]:
    """cxcywh of a mask, relative to the image's centre; whole pixels."""
    x, y, w, h = cv2.boundingRect(seen.astype(np.uint8))
    return [x + w / 2 - len(seen) / 2, y + h / 2 - len(seen) / 2, w, h]


@given(st.floats(-np.pi, np.pi), st.integers(0, 100))
def test_a_turned_disc_keeps_its_box(angle: float, seed: int) -> None:
    """60 x 30 ellipse: its bounding box after turning is what `cut_view` says, wherever the square lies."""
    image = cv2.ellipse(np.zeros((400, 400, 3), np.uint8), (200, 200), (40, 20), 0, 0, 360, (255, 255, 255), -1)
    box = np.array([160, 180, 81, 41])  # the pixels that OpenCV fills
    view = augment.cut_view(image, box, 256, 128, Jitter(20, 0.1, 0.1), np.random.default_rng(seed), angle=angle)
    np.testing.assert_allclose(outline(view.image[..., 0] > 127), view.box, atol=3.0)


def test_clockwise() -> None:
    """What lay right of the object lies below it after a quarter turn."""
    image = scene((150, 150, 20, 20))
    image[155:165, 185:195] = 255
    view = augment.cut_view(
        image, np.array([150, 150, 20, 20]), 256, 128, _NONE, np.random.default_rng(0), angle=np.pi / 2
    )
    assert (view.image[200:240, 118:138] > 128).any()
    assert not (view.image[20:60, 118:138] > 128).any()


@given(st.integers(0, 10_000))
def test_occlusion_covers_at_most_half_of_the_object(seed: int) -> None:
    view = plain(np.zeros((128, 128, 3), np.uint8), np.array([5, -3, 60, 40], np.float32))
    hidden = augment.occlude(view, np.full((128, 128, 3), 255, np.uint8), np.random.default_rng(seed))
    covered = hidden.image[..., 0] == 255
    assert 0.05 < covered.sum() / (60 * 40) <= 0.5
    assert not covered[view.mask == 0].sum() > 0.1 * covered.sum()
    assert not hidden.mask[covered].any()


def test_mirrored_borders_repeat_the_image() -> None:
    image = np.zeros((60, 60, 3), np.uint8)
    image[:, :10] = 255
    view = augment.cut_view(image, np.array([0, 20, 20, 20]), 128, 64, _NONE, np.random.default_rng(0), mirror=True)
    # Ten white columns and ten mirrored ones, at 128 / 80 crop pixels a pixel, left of the object's centre.
    bright = view.image[64, :, 0] > 128
    assert abs(int(bright[:64].sum()) - 32) <= 2
    assert not bright[66:].any()


def test_round_another_object_the_target_keeps_its_place() -> None:
    """160 px round a 40 px object at 1.6 crop pixels a pixel; looking 30 px further right moves it 48 px left."""
    box = (140, 150, 40, 40)
    view = augment.cut_view(
        scene(box), np.array(box), 256, 128, _NONE, np.random.default_rng(0), around=np.array([170, 150, 40, 40])
    )
    np.testing.assert_allclose(view.box, [-48, 0, 64, 64], atol=1e-4)
    np.testing.assert_allclose(found(view.image), view.box, atol=1.0)
    assert view.shows_object
    far = augment.cut_view(
        scene(box), np.array(box), 256, 128, _NONE, np.random.default_rng(0), around=np.array([240, 150, 40, 40])
    )
    assert not far.shows_object
