"""Footage whose camera follows the target, made into footage in which the target moves.

The frames of a track that were each cut out round the object (a training pack's, say) show it in the same place and
size. Every frame is laid onto one canvas, moved and enlarged by a random walk, so that the object wanders, grows and
shrinks as in a video. What lies outside the cut-out is its mean colour, as what lies outside an image is in tracking.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

import cv2
import numpy as np

from siamtrack.data.edited import EditedImages
from siamtrack.data.sequence import Sequence

# Between two frames of real video the centre moves by Laplace-distributed shares of the object's size, of scale 1/5,
# and the size by factors of scale 1/15 (Held et al. 2016, the motion model of GOTURN; lambda 5 and 15 in its code).
_SHIFT, _ZOOM = 1 / 5, 1 / 15
_LARGEST_SHIFT, _LARGEST_ZOOM = 0.5, 1.2  # the tails are cut: farther is a jump of the camera, not motion
_FARTHEST, _LARGEST = 1.0, 1.3  # of the whole walk
# Object sizes: room for the walk, and beyond it for what a search region sees, which is four wide.
_CANVAS = 7


def wander(sequence: Sequence, seed: int) -> Sequence:
    """The same sequence, its object moving; the same arguments give the same images.

    Args:
        sequence: whose images may differ in size. The object's size (the square root of its area) is that of the
            first frame but for the walk; the canvas is seven sizes wide.

    Raises:
        ValueError: a frame has no box.
    """
    missing = np.flatnonzero(~sequence.annotated_T)
    if len(missing):
        raise ValueError(f"{sequence.name}: frame {missing[0]} has no box; expected one in every frame")
    frames = len(sequence)
    rng = np.random.default_rng(zlib.crc32(sequence.name.encode()) + seed)
    place_T2 = np.stack([_walk(rng, frames, _SHIFT, _LARGEST_SHIFT, _FARTHEST) for _ in range(2)], 1)
    size_T = np.exp(_walk(rng, frames, _ZOOM, np.log(_LARGEST_ZOOM), np.log(_LARGEST)))
    side_T = np.sqrt(sequence.boxes_T4[:, 2:].prod(1))
    canvas_px = round(float(_CANVAS * side_T[0]))
    middle_T2 = canvas_px / 2 + place_T2 * side_T[0]
    scale_T = size_T * side_T[0] / side_T
    corner_T2 = middle_T2 - scale_T[:, None] * (sequence.boxes_T4[:, :2] + sequence.boxes_T4[:, 2:] / 2)

    def edit(index: int, image: np.ndarray) -> np.ndarray:
        scale, (left, top) = scale_T[index], corner_T2[index]
        # Continuous pixels to OpenCV's, whose origin is the middle of the first pixel.
        matrix = np.array([[scale, 0, left + scale / 2 - 0.5], [0, scale, top + scale / 2 - 0.5]])
        return cv2.warpAffine(
            image, matrix, (canvas_px, canvas_px), flags=cv2.INTER_LINEAR, borderValue=cv2.mean(image)[:3]
        )

    boxes_T4 = sequence.boxes_T4 * scale_T[:, None] + np.pad(corner_T2, ((0, 0), (0, 2)))
    return replace(
        sequence,
        images=EditedImages(sequence.images, edit, "wandering"),
        boxes_T4=boxes_T4,
        polygons_T8=None,
        others=None,
        masks=None,
        size=(canvas_px, canvas_px),
    )


def _walk(rng: np.random.Generator, frames: int, scale: float, largest: float, farthest: float) -> np.ndarray:
    """(T,) from 0 on, by Laplace steps of at most `largest`; turned back where it would go beyond `farthest`."""
    place_T = np.zeros(frames)
    for frame, step in enumerate(rng.laplace(0, scale, frames - 1).clip(-largest, largest), 1):
        before = place_T[frame - 1]
        place_T[frame] = before + (step if abs(before + step) <= farthest else -step)
    return place_T
