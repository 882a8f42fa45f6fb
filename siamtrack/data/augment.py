"""Views of an object and what can be done to them: jitter of the region, colour, blur, new surroundings, distractors.

Images are H x W x 3 uint8 BGR. Nothing is changed in place. Every function draws from the generator it is given, so a
sample depends on its seed alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from siamtrack.data import vanish

# RGB x axis, grey levels: pysot's `Augmentation.rgbVar`.
_LIGHTS = np.array(
    [
        [-0.55919361, 0.98062831, -0.41940627],
        [1.72091413, 0.19879334, -1.82968581],
        [4.64467907, 4.73710203, 4.88324118],
    ]
)


@dataclass(frozen=True)
class Jitter:
    """How far a view may stray from the exact square round the object.

    Attributes:
        shift_px: uniform shift of the centre on each axis, crop pixels.
        log_scale: uniform in +-log_scale, natural logarithm of the side's factor.
        log_aspect: uniform in +-log_aspect; one axis is stretched by exp(a), the other by exp(-a).
    """

    shift_px: float
    log_scale: float
    log_aspect: float


@dataclass(frozen=True)
class View:
    """A crop and the object in it.

    Attributes:
        image: (P, P, 3) uint8.
        box: (4,) float32 cxcywh, crop pixels relative to the crop's centre.
        mask: (P, P) uint8, 1 on the object; all 0 where its mask is not known.
    """

    image: np.ndarray
    box: np.ndarray
    mask: np.ndarray

    @property
    def shows_object(self) -> bool:
        """The object's centre is in the crop."""
        return bool((np.abs(self.box[:2]) < len(self.image) / 2).all())


def cut_view(
    image: np.ndarray,
    box_xywh: np.ndarray,
    out_px: int,
    template_px: int,
    jitter: Jitter,
    rng: np.random.Generator,
    mirror: bool = False,
    mask: np.ndarray | None = None,
    around: np.ndarray | None = None,
    angle: float = 0.0,
) -> View:
    """A jittered square round the object; the square is `out_px / template_px` template sides wide.

    Beyond the image lies its mean colour, as in tracking, or where `mirror` the image mirrored.

    Args:
        mask: H x W bool, the object.
        around: (4,) xywh, another object whose centre takes the place of this one's.
        angle: radians by which the view is turned clockwise. The box becomes that of the turned ellipse that fits into
            it: nearer to the outline of most things than the box round the turned box.
    """
    mapping, box = _draw_place(box_xywh, out_px, template_px, jitter, rng, around, angle)
    crop = cv2.warpAffine(
        image,
        mapping,
        (out_px, out_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101 if mirror else cv2.BORDER_CONSTANT,
        borderValue=cv2.mean(image)[:3],
    )
    if mask is None:
        return View(crop, box, np.zeros((out_px, out_px), np.uint8))
    return View(crop, box, cv2.warpAffine(mask.astype(np.uint8), mapping, (out_px, out_px), flags=cv2.INTER_NEAREST))


def _draw_place(
    box_xywh: np.ndarray,
    out_px: int,
    template_px: int,
    jitter: Jitter,
    rng: np.random.Generator,
    around: np.ndarray | None,
    angle: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Where the square of `cut_view` lies.

    Returns:
        (2, 3) float64 mapping of frame to crop pixels, both counted from the centre of the first, as OpenCV does; and
        the box of the object in the crop, see `View`.
    """
    width, height = box_xywh[2:]
    padding = (width + height) / 2
    # `geometry.regions.context_side`; torch's root of a float32 box would differ from NumPy's in the last bit.
    side = np.sqrt((width + padding) * (height + padding)) * out_px / template_px
    side *= np.exp(rng.uniform(-jitter.log_scale, jitter.log_scale))
    aspect = np.exp(rng.uniform(-jitter.log_aspect, jitter.log_aspect))
    scale_xy = np.array([out_px / (side * aspect), out_px * aspect / side])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    center = box_xywh[:2] + box_xywh[2:] / 2
    shift = rng.uniform(-jitter.shift_px, jitter.shift_px, 2)
    if around is not None:
        shift += turn @ ((center - around[:2] - around[2:] / 2) * scale_xy)
    # crop = turn (frame - center) * scale + shift + out/2 in continuous pixels.
    offset = turn @ ((0.5 - center) * scale_xy) + shift + out_px / 2 - 0.5
    size = np.sqrt(turn**2 @ (box_xywh[2:] * scale_xy) ** 2)
    return np.column_stack((turn * scale_xy, offset)), np.concatenate((shift, size)).astype(np.float32)


def flip(view: View) -> View:
    """Mirrored left to right."""
    box = view.box * np.array([-1, 1, 1, 1], np.float32)
    return View(cv2.flip(view.image, 1), box, cv2.flip(view.mask, 1))


def occlude(view: View, surroundings: np.ndarray, rng: np.random.Generator) -> View:
    """A random piece of the surroundings laid over up to half of the object; the box stays that of the whole object.

    Args:
        surroundings: of the same size as the view.
    """
    side = len(view.image)
    share = rng.uniform(0.3, 0.7, 2)  # of the object's width and height: up to half of its area
    left_top = view.box[:2] - view.box[2:] / 2 + view.box[2:] * (1 - share) * rng.uniform(0, 1, 2) + side / 2
    x0, y0 = np.clip(left_top, 0, side).astype(int)
    x1, y1 = np.clip(left_top + share * view.box[2:], 0, side).astype(int)
    image, mask = view.image.copy(), view.mask.copy()
    image[y0:y1, x0:x1] = surroundings[y0:y1, x0:x1]
    mask[y0:y1, x0:x1] = 0
    return View(image, view.box, mask)


def cover(view: View, place: np.ndarray, patch: np.ndarray | None) -> View:
    """What lies in a place taken out of the picture, as `vanish` does; the box stays.

    Args:
        place: (4,) cxcywh like the view's box.
        patch: what covers it; None for the ground beside it, but nothing of the object.
    """
    if patch is not None:
        return replace(view, image=vanish.occlude(view.image, _xywh(view, place), patch))
    return replace(view, image=vanish.remove(view.image, _xywh(view, place), _xywh(view, view.box)))


def _xywh(view: View, box: np.ndarray) -> np.ndarray:
    """Pixels from the crop's left upper corner."""
    return np.concatenate((box[:2] - box[2:] / 2 + len(view.image) / 2, box[2:]))


def color_matrix(rng: np.random.Generator, strength: float, grey: bool) -> np.ndarray:
    """(3, 4) random brightness, contrast, saturation and white balance, or the same on a grey image."""
    saturation = 0.0 if grey else np.exp(rng.uniform(-strength, strength))
    to_grey = np.tile([0.114, 0.587, 0.299], (3, 1))  # ITU-R BT.601, BGR
    mix = saturation * np.eye(3) + (1 - saturation) * to_grey
    balance = np.ones(3) if grey else np.exp(rng.uniform(-strength / 3, strength / 3, 3))
    contrast = np.exp(rng.uniform(-strength, strength))
    offset = 128 * (1 - contrast) + 128 * rng.uniform(-strength, strength)
    return np.concatenate((contrast * balance[:, None] * mix, np.full((3, 1), offset)), 1)


def lighting_matrix(rng: np.random.Generator) -> np.ndarray:
    """(3, 4) another light: normal steps along principal axes of colours (Krizhevsky et al. 2012, section 4.1)."""
    return np.concatenate((np.eye(3), (_LIGHTS @ rng.standard_normal(3))[::-1, None]), 1)


def recolor(view: View, matrix: np.ndarray) -> View:
    """Apply a (3, 4) colour matrix."""
    return replace(view, image=cv2.transform(view.image, matrix))


def blur(view: View, rng: np.random.Generator, longest: int) -> View:
    """Motion blur: a line kernel of random direction and of 3 to `longest` pixels."""
    length = int(rng.integers(3, longest + 1)) | 1
    kernel = np.zeros((length, length), np.float32)
    angle, middle = rng.uniform(0, np.pi), length // 2
    dx, dy = middle * np.cos(angle), middle * np.sin(angle)
    start, end = (round(middle - dx), round(middle - dy)), (round(middle + dx), round(middle + dy))
    cv2.line(kernel, start, end, 1.0)
    return replace(view, image=cv2.filter2D(view.image, -1, kernel / kernel.sum()))


def coarsen(view: View, rng: np.random.Generator) -> View:
    """Shrunk up to four times and enlarged again: a small or distant object."""
    side = view.image.shape[0]
    small = cv2.resize(view.image, (int(side / rng.uniform(1.5, 4)),) * 2, interpolation=cv2.INTER_LINEAR)
    return replace(view, image=cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR))


def _feathered_box(side: int, box: np.ndarray, grow: float) -> np.ndarray:
    """(side, side, 1) float32 mask: 1 inside the grown box, fading to 0 over a tenth of its size."""
    center, half = box[:2] + side / 2, box[2:] * grow / 2
    x0, y0 = np.floor(center - half).astype(int)
    x1, y1 = np.ceil(center + half).astype(int)
    mask = np.zeros((side, side), np.float32)
    mask[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = 1
    feather = max(1, int(0.1 * float(box[2:].max())))
    return cv2.blur(mask, (feather, feather))[..., None]


def paste_on(view: View, surroundings: np.ndarray) -> View:
    """The object, feathered, on other surroundings of the same size."""
    mask = _feathered_box(len(view.image), view.box, grow=1.15)
    mixed = surroundings + mask * (view.image.astype(np.float32) - surroundings)
    return replace(view, image=mixed.astype(np.uint8))


def paste_distractor(view: View, other: View, rng: np.random.Generator) -> View:
    """Another object, feathered, somewhere beside the target: it touches the target's box at most a little.

    Args:
        other: a view of the other object of the same size in pixels, roughly centred.
    """
    side = len(view.image)
    shift = beside(view.box, other.box[2:], rng)[:2] - other.box[:2]
    moved = cv2.warpAffine(other.image, np.array([[1, 0, shift[0]], [0, 1, shift[1]]]), (side, side))
    box = np.concatenate((other.box[:2] + shift, other.box[2:])).astype(np.float32)
    pasted = paste_on(View(moved, box, view.mask), view.image.astype(np.float32))
    return replace(view, image=pasted.image)


def beside(box: np.ndarray, size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(4,) cxcywh: a box of that size somewhere beside another, which it touches at most a little."""
    reach = (box[2:] + size) / 2
    angle = rng.uniform(0, 2 * np.pi)
    direction = np.array([np.cos(angle), np.sin(angle)])
    # The nearest distance in this direction at which the boxes stop overlapping, then up to half as far again.
    distance = min(reach / np.maximum(np.abs(direction), 1e-6)) * rng.uniform(0.9, 1.5)
    return np.concatenate((box[:2] + direction * distance, size))


def random_part(box_xywh: np.ndarray, least: float, most: float, rng: np.random.Generator) -> np.ndarray:
    """(4,) float32 a random box inside a box; each side is `least` to `most` of the whole."""
    size = box_xywh[2:] * rng.uniform(least, most, 2)
    corner = box_xywh[:2] + (box_xywh[2:] - size) * rng.uniform(0, 1, 2)
    return np.concatenate((corner, size)).astype(np.float32)


def random_square(image: np.ndarray, out_px: int, rng: np.random.Generator) -> np.ndarray:
    """A random square of a photograph, float32."""
    height, width = image.shape[:2]
    side = int(min(height, width) * rng.uniform(0.4, 1.0))
    x, y = int(rng.integers(0, width - side + 1)), int(rng.integers(0, height - side + 1))
    return cv2.resize(image[y : y + side, x : x + side], (out_px, out_px)).astype(np.float32)
