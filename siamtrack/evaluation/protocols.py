"""How a tracker is run on a sequence: each protocol is a generator that asks for one frame at a time.

It yields `Start` (look at this box) or `Track` (where is it now?), is sent the tracker's `Answer`, and returns a `Row`
a frame. Whoever drives it may drive many at once; see `runner`.

Boxes are xywh, pixels, 0-based.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple

import numpy as np

from siamtrack.data.anchors import anchored_frames
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.vot.overlap import frame_overlap
from siamtrack.evaluation.vot.trajectory import FAILURE, INIT, SKIPPED_FRAMES, UNKNOWN

Box = tuple[float, float, float, float]
Polygon = tuple[float, ...]
"""x1,y1..x4,y4 of a rotated box."""


class Place(NamedTuple):
    """Where a tracker says that the target is: score 0-1 (NaN if it has none), polygon if it gives rotated boxes."""

    box: Box
    score: float
    polygon: Polygon | None = None


class Start(NamedTuple):
    """Forget everything and look at a box in a frame; the answer repeats the box."""

    frame: int
    box: Box


class Track(NamedTuple):
    """Follow the target into a frame."""

    frame: int


class Answer(NamedTuple):
    """What a tracker says (see `Place`), and how many seconds it took without reading the image."""

    box: Box
    score: float
    seconds: float
    polygon: Polygon | None = None


class Row(NamedTuple):
    """One frame of a result: a box and perhaps a polygon, or one of VOT's codes (see `vot.trajectory`)."""

    box: Box | None
    code: int | None
    score: float
    seconds: float
    polygon: Polygon | None = None


Request = Start | Track
Program = Generator[Request, Answer, list[Row]]
Protocol = Callable[[Sequence], Program]

_TRE_SEGMENTS, _TRE_LEAST_FRAMES = 20, 20  # Wu et al. 2013, section 4, and the OTB toolkit
# Wu et al. 2013, section 4: eight shifts by 10 % of the target's size, four scales.
_SRE_SHIFTS = [(0.1, 0), (-0.1, 0), (0, 0.1), (0, -0.1), (0.1, 0.1), (0.1, -0.1), (-0.1, 0.1), (-0.1, -0.1)]
_SRE_SCALES = [0.8, 0.9, 1.1, 1.2]


class Pass(NamedTuple):
    """One of several passes through a sequence: which frames, in order, and the box to start from."""

    frames: range
    box: Box


def one_pass(sequence: Sequence, frames: range | None = None, box: Box | None = None) -> Program:
    """Start once, follow to the end (OPE; also GOT-10k, LaSOT, TrackingNet, VOT-LT).

    Args:
        frames: which, in order; all by default.
        box: to start from; by default the annotated one.
    """
    first, *others = range(len(sequence)) if frames is None else frames
    answer = yield Start(first, first_box(sequence, first) if box is None else box)
    rows = [_row(answer)]
    for frame in others:
        answer = yield Track(frame)
        rows.append(_row(answer))
    return rows


def reset(sequence: Sequence) -> Program:
    """VOT 2013-2019, "baseline": on a frame without any overlap, start anew five frames later.

    The polygon counts where the tracker gives one.
    """
    rows: list[Row] = []
    while len(rows) < len(sequence):
        answer = yield Start(len(rows), first_box(sequence, len(rows)))
        rows.append(Row(None, INIT, answer.score, answer.seconds))
        while len(rows) < len(sequence):
            answer = yield Track(len(rows))
            if frame_overlap(sequence, len(rows), answer.box, answer.polygon) <= 0:
                rows.append(Row(None, FAILURE, answer.score, answer.seconds))
                skipped = min(SKIPPED_FRAMES - 1, len(sequence) - len(rows))
                rows += [Row(None, UNKNOWN, np.nan, np.nan)] * skipped
                break
            rows.append(_row(answer))
    return rows


def _row(answer: Answer) -> Row:
    return Row(answer.box, None, answer.score, answer.seconds, answer.polygon)


def anchored(sequence: Sequence) -> dict[int, Pass]:
    """VOT 2020+: from every anchor to the end, or backwards to the beginning; by anchor frame.

    Raises:
        ValueError: the sequence has no anchors.
    """
    return {frame: Pass(frames, first_box(sequence, frame)) for frame, frames in anchored_frames(sequence).items()}


def temporal(sequence: Sequence) -> dict[int, Pass]:
    """TRE: from 20 frames, evenly spread over those that have a box and 20 frames still to come; by first frame.

    Spread as the OTB toolkit does it (Wu et al. 2013; splitSeqTRE.m); fewer runs in short sequences.
    """
    usable = [frame for frame in np.flatnonzero(sequence.annotated_T) if len(sequence) - frame >= _TRE_LEAST_FRAMES]
    last = max(len(usable), 1)
    numbers = np.append(np.floor(np.arange(1, last + 1e-9, last / (_TRE_SEGMENTS - 1))), last).astype(int)
    starts = sorted({int(usable[number - 1]) for number in numbers}) if usable else [0]
    return {start: Pass(range(start, len(sequence)), first_box(sequence, start)) for start in starts}


def spatial(sequence: Sequence) -> dict[int, Pass]:
    """SRE (Wu et al. 2013): from eight shifted and four scaled variants of the first box; numbered from 1."""
    x, y, w, h = first_box(sequence, 0)
    boxes = [(x + dx * w, y + dy * h, w, h) for dx, dy in _SRE_SHIFTS]
    boxes += [(x + (1 - s) * w / 2, y + (1 - s) * h / 2, s * w, s * h) for s in _SRE_SCALES]
    return {number: Pass(range(len(sequence)), box) for number, box in enumerate(boxes, 1)}


def first_box(sequence: Sequence, frame: int) -> Box:
    """The annotated box to start from.

    Raises:
        ValueError: there is none in that frame.
    """
    x, y, w, h = sequence.boxes_T4[frame].tolist()
    if not sequence.annotated_T[frame]:
        raise ValueError(f"{sequence.name}: a run starts in frame {frame}, whose box {(x, y, w, h)} is none")
    return x, y, w, h
