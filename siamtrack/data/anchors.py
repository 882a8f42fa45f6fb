"""Anchors of the multi-start protocol: the frames where runs start, and which way they go.

Shape legend: T frames.
"""

from __future__ import annotations

import numpy as np

from siamtrack.data.sequence import Sequence

# VOT2020 (Kristan et al. 2020, section on the short-term challenge): anchors every 50 frames.
ANCHOR_SPACING = 50

FORWARD, BACKWARD = 1, -1


def place_anchors(sequence: Sequence, spacing: int = ANCHOR_SPACING) -> np.ndarray:
    """(T,) int: 1 a run starts here and goes forwards, -1 backwards, 0 none.

    The rule of VOT2020 (Kristan et al. 2020): anchors stand `spacing` frames apart from the first frame on, and on the
    last frame. A run goes the way that has more frames, forwards if both have the same. There, people moved anchors by
    a few frames where the target could not be seen; here an anchor moves to the nearest usable frame (the earlier of
    two), at most half the spacing away, and falls away if there is none. A frame is usable if it has a box and is
    tagged neither absent nor occluded.

    Raises:
        ValueError: `spacing` is below 1, or no anchor finds a usable frame; names the sequence.
    """
    if spacing < 1:
        raise ValueError(f"anchors cannot stand {spacing} frames apart; expected 1 or more")
    last = len(sequence) - 1
    wanted = np.unique(np.append(np.arange(0, len(sequence), spacing), last))
    usable = np.flatnonzero(usable_frames(sequence))
    if not len(usable):
        raise ValueError(f"{sequence.name}: no frame has a box of a target that can be seen; no run can start")
    distance = np.abs(wanted[:, None] - usable[None, :])
    nearest = distance.argmin(1)
    near_enough = distance[np.arange(len(wanted)), nearest] <= spacing / 2
    if not near_enough.any():
        raise ValueError(f"{sequence.name}: no usable frame lies within {spacing / 2:g} frames of an anchor's place")
    frames = usable[nearest[near_enough]]
    anchors_T = np.zeros(len(sequence), np.int64)
    anchors_T[frames] = np.where(last - frames >= frames, FORWARD, BACKWARD)
    return anchors_T


def anchored_frames(sequence: Sequence) -> dict[int, range]:
    """The frames of each run, in its order: from its anchor to the end, or back to the beginning; by anchor.

    Raises:
        ValueError: the sequence has no anchors.
    """
    anchors_T = sequence.anchors_T
    if anchors_T is None or not anchors_T.any():
        raise ValueError(f"{sequence.name} has no anchors (anchor.value); `siamtrack dataset convert` places them")
    return {
        start: range(start, len(sequence)) if anchors_T[start] > 0 else range(start, -1, -1)
        for start in np.flatnonzero(anchors_T).tolist()
    }


def usable_frames(sequence: Sequence) -> np.ndarray:
    """(T,) bool: a tracker can be started here; see `place_anchors`."""
    usable_T = sequence.annotated_T
    if sequence.absent_T is not None:
        usable_T = usable_T & ~sequence.absent_T
    if "occlusion" in sequence.tags:
        usable_T = usable_T & ~sequence.tags["occlusion"]
    return usable_T
