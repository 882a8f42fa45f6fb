"""`draw_targets`: boxes, masks, labels and trails of tracked targets on a copy of the frame."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import cv2
import numpy as np

from siamtrack.geometry.masks import PlacedMask
from siamtrack.geometry.polygons import corners

Point = tuple[float, float]
Color = tuple[int, int, int]

OKABE_ITO: tuple[Color, ...] = (
    (0, 159, 230),
    (233, 180, 86),
    (115, 158, 0),
    (66, 228, 240),
    (178, 114, 0),
    (0, 94, 213),
    (167, 121, 204),
)
"""BGR of the color-blind-safe palette of Okabe and Ito (2008), less its black; id i has color i mod 7."""

_BLACK: Color = (0, 0, 0)
_WHITE: Color = (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_TINT = 0.4  # share of the color in a mask's pixels
_SHIFT = 4  # OpenCV draws in 1/16 pixel


def draw_targets(
    image: np.ndarray,
    boxes_xywh: np.ndarray,
    ids: Sequence[int],
    scores: Sequence[float],
    lost: Sequence[bool],
    labels: Sequence[str] | None = None,
    trails: Mapping[int, Sequence[Point]] | None = None,
    polygons: np.ndarray | None = None,
    masks: Sequence[PlacedMask | None] | None = None,
) -> np.ndarray:
    """A copy of `image` with every target's box, in a color of its own, and a tab such as "#1 0.93".

    Lost targets are dashed and say "lost" in place of the score. Lines and text grow with the image. What
    lies outside is cut off, but a tab stays visible at the nearest border. Boxes with a NaN or
    infinity are not drawn.

    Args:
        image: H x W x 3 uint8 BGR; not changed.
        boxes_xywh: (N, 4) left, top, width, height in pixels; the first pixel's centre is at (0.5, 0.5).
        ids, scores, lost: N each.
        labels: N names to show in place of "#" and the id; the font has printable ASCII only.
        trails: by target id, past centres (x, y) in pixels, oldest first; older parts fade.
        polygons: (N, 4, 2) corners in pixels of rotated boxes, drawn in place of the upright ones.
        masks: N masks, which are tinted.

    Returns:
        H x W x 3 uint8 BGR.

    Raises:
        ValueError: `image` is not H x W x 3 uint8, or numbers of boxes, ids, scores, lost flags or labels differ.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"expected an H x W x 3 uint8 image, got {image.dtype} {image.shape}")
    boxes = np.asarray(boxes_xywh, np.float64).reshape(-1, 4)
    names = [f"#{number}" for number in ids] if labels is None else labels
    if not len(boxes) == len(ids) == len(scores) == len(lost) == len(names):
        raise ValueError(
            f"expected one id, score, lost flag and label per box, got {len(boxes)} boxes, {len(ids)} ids, "
            f"{len(scores)} scores, {len(lost)} lost flags and {len(names)} labels"
        )
    canvas = np.array(image, order="C")
    width = max(2, round(min(canvas.shape[:2]) / 270))
    for number, points in (trails or {}).items():
        _draw_trail(canvas, points, target_color(number), width)
    shown = [i for i in range(len(boxes)) if np.isfinite(boxes[i]).all()]
    for i in shown:
        mask = None if masks is None else masks[i]
        if mask is not None:
            _tint(canvas, mask, target_color(ids[i]))
    for i in shown:
        if polygons is None:  # just outside, an edge is out of sight
            outline = _limited(_box_corners(boxes[i]), canvas, margin=4 * width)
        else:
            outline = _limited(polygons[i], canvas, margin=sum(canvas.shape[:2]))
        _draw_outline(canvas, outline, target_color(ids[i]), width, dashed=bool(lost[i]))
    for i in shown:  # after all boxes, so that no line crosses a text
        _draw_tab(
            canvas, boxes[i], names[i] + (" lost" if lost[i] else f" {scores[i]:.2f}"), target_color(ids[i]), width
        )
    return canvas


def target_color(number: int) -> Color:
    """BGR of a target's color, by its id."""
    return OKABE_ITO[number % len(OKABE_ITO)]


def _tint(canvas: np.ndarray, mask: PlacedMask, color: Color) -> None:
    """Mix the color into the mask's pixels."""
    (left, top), inside_hw = mask.window()
    part = canvas[top : top + inside_hw.shape[0], left : left + inside_hw.shape[1]]
    part[inside_hw] = np.rint(part[inside_hw] * (1 - _TINT) + np.array(color) * _TINT)


def _draw_outline(canvas: np.ndarray, corners_42: np.ndarray, color: Color, width: int, *, dashed: bool) -> None:
    ends = [tuple(corner) for corner in corners_42.tolist()]
    edges = list(zip(ends, ends[1:] + ends[:1], strict=True))
    lines = [dash for edge in edges for dash in _dashes(*edge, 5 * width)] if dashed else edges
    for ink, thickness in ((_BLACK, width + 2), (color, width)):  # the dark rim shows on bright ground
        for start, stop in lines:
            cv2.line(canvas, _fixed(start), _fixed(stop), ink, thickness, cv2.LINE_AA, _SHIFT)


def _box_corners(box: np.ndarray) -> np.ndarray:
    """(4, 2) of a box xywh; what overflows is infinite, and cut off like any other far end."""
    with np.errstate(over="ignore"):
        return corners(box[None]).reshape(4, 2)


def _limited(points: np.ndarray, canvas: np.ndarray, margin: int) -> np.ndarray:
    """Points (..., 2) moved to at most `margin` pixels outside the canvas: ends far away overflow OpenCV's integers."""
    height, width = canvas.shape[:2]
    return np.clip(points, -margin, np.array([width, height]) + margin)


def _dashes(start: Point, stop: Point, length: int) -> Iterable[tuple[Point, Point]]:
    """Dashes of about `length` with gaps as long; a dash at either end, so that corners stay closed."""
    a, b = np.array(start), np.array(stop)
    pieces = 2 * round(float(np.abs(b - a).max()) / (2 * length)) + 1
    cuts = [tuple(a + (b - a) * i / pieces) for i in range(pieces + 1)]
    return zip(cuts[::2], cuts[1::2], strict=True)


def _draw_tab(canvas: np.ndarray, box: np.ndarray, text: str, color: Color, width: int) -> None:
    """The label on top of the box; inside it where there is no room above; always inside the image."""
    height, span = canvas.shape[:2]
    scale = max(0.42, min(height, span) / 1150)
    stroke = max(1, round(scale * 1.8))
    (text_width, text_height), baseline = cv2.getTextSize(text, _FONT, scale, stroke)
    pad = 1 + width
    tab_width, tab_height = text_width + 2 * pad, text_height + baseline + pad
    left, top = (round(value) for value in _limited(box[:2], canvas, margin=0).tolist())
    left -= width // 2
    top = top - tab_height if top >= tab_height else top
    left = max(0, min(left, span - tab_width))
    top = max(0, min(top, height - tab_height))
    cv2.rectangle(canvas, (left, top), (left + tab_width - 1, top + tab_height - 1), color, cv2.FILLED)
    origin = (left + pad, top + tab_height - 1 - (tab_height - text_height) // 2)
    cv2.putText(canvas, text, origin, _FONT, scale, _ink(color), stroke, cv2.LINE_AA)


def _ink(color: Color) -> Color:
    """Black or white, whichever reads better on `color` (luma of BT.601)."""
    blue, green, red = color
    return _BLACK if 0.114 * blue + 0.587 * green + 0.299 * red > 110 else _WHITE


def _draw_trail(canvas: np.ndarray, points: Sequence[Point], color: Color, width: int) -> None:
    """A polyline blended in with an opacity that rises from the oldest to the newest point."""
    height, span = canvas.shape[:2]
    limit = 4 * (height + span)
    path = np.asarray(points, np.float64).reshape(-1, 2)
    path = np.clip(path[np.isfinite(path).all(1)], -limit, limit)
    if len(path) < 2:
        return
    x0, y0 = np.clip(np.floor(path.min(0)) - 2 * width, 0, (span, height)).astype(int)
    x1, y1 = np.clip(np.ceil(path.max(0)) + 2 * width, 0, (span, height)).astype(int)
    if x0 >= x1 or y0 >= y1:
        return
    opacity = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for i, (start, stop) in enumerate(itertools.pairwise(path), 1):
        strength = 40 + 200 * i // (len(path) - 1)
        cv2.line(opacity, _fixed(start - (x0, y0)), _fixed(stop - (x0, y0)), strength, width, cv2.LINE_AA, _SHIFT)
    part = canvas[y0:y1, x0:x1]
    weight = opacity[:, :, None] / np.float32(255)
    part[:] = np.rint(part + (np.array(color, np.float32) - part) * weight)


def _fixed(point: Sequence[float] | np.ndarray) -> tuple[int, int]:
    """Continuous coordinates -> OpenCV's fixed point, whose integers are pixel centres."""
    return round((point[0] - 0.5) * 2**_SHIFT), round((point[1] - 0.5) * 2**_SHIFT)
