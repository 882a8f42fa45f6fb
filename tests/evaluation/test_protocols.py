"""The protocols, driven by hand."""

from __future__ import annotations

import numpy as np
import pytest

from siamtrack.data.sequence import NO_IMAGES, Sequence
from siamtrack.evaluation.protocols import Answer, Start, Track, anchored, one_pass, reset, spatial, temporal


def still(frames, **fields):
    return Sequence("still", NO_IMAGES, np.tile([10.0, 20.0, 30.0, 40.0], (frames, 1)), size=(200, 100), **fields)


def drive(program, box_of):
    """The requests and the rows of a program whose tracker says `box_of(frame)`."""
    requests, answer = [], None
    while True:
        try:
            requests.append(program.send(answer))
        except StopIteration as stop:
            return requests, stop.value
        last = requests[-1]
        answer = Answer(last.box if isinstance(last, Start) else box_of(last.frame), 0.5, 0.01)


def test_one_pass_starts_once():
    requests, rows = drive(one_pass(still(4)), lambda frame: (frame, 0, 1, 1))
    assert requests == [Start(0, (10, 20, 30, 40)), Track(1), Track(2), Track(3)]
    assert [row.box for row in rows] == [(10, 20, 30, 40), (1, 0, 1, 1), (2, 0, 1, 1), (3, 0, 1, 1)]


def test_reset_starts_anew_five_frames_after_a_failure():
    away = {3, 12}
    requests, rows = drive(reset(still(16)), lambda f: (100, 0, 5, 5) if f in away else (11, 20, 30, 40))
    assert [row.code for row in rows] == [1, None, None, 2, 0, 0, 0, 0, 1, None, None, None, 2, 0, 0, 0]
    assert [request.frame for request in requests if isinstance(request, Start)] == [0, 8]
    assert not {4, 5, 6, 7, 13, 14, 15} & {request.frame for request in requests}


def test_reset_judges_by_the_polygon():
    """The box lies on the target in every frame; the polygon leaves it."""
    program = reset(still(4))
    program.send(None)
    program.send(Answer((10, 20, 30, 40), 1.0, 0.01))
    on, off = (15, 20, 40, 30, 30, 50, 10, 40), (100, 10, 120, 10, 120, 30, 100, 30)
    program.send(Answer((10, 20, 30, 40), 0.9, 0.01, on))
    with pytest.raises(StopIteration) as stop:
        program.send(Answer((10, 20, 30, 40), 0.9, 0.01, off))
    rows = stop.value.value
    assert [row.code for row in rows] == [1, None, 2, 0]
    assert rows[1].polygon == on


def test_a_start_without_a_box_is_named():
    sequence = still(3)
    sequence.boxes_T4[0] = np.nan
    with pytest.raises(ValueError, match="still: a run starts in frame 0"):
        next(one_pass(sequence))


def test_anchors_run_forwards_and_backwards():
    passes = anchored(still(6, anchors_T=np.array([1, 0, 0, 1, 0, -1])))
    assert {frame: list(one.frames) for frame, one in passes.items()} == {
        0: [0, 1, 2, 3, 4, 5],
        3: [3, 4, 5],
        5: [5, 4, 3, 2, 1, 0],
    }
    with pytest.raises(ValueError, match="still has no anchors"):
        anchored(still(6))


def test_temporal_starts_are_those_of_the_otb_toolkit():
    """splitSeqTRE.m on 71 frames; a start needs a box and 20 frames to come."""
    passes = temporal(still(71))
    assert list(passes) == [0, 2, 5, 8, 10, 13, 16, 19, 21, 24, 27, 30, 32, 35, 38, 41, 43, 46, 49, 51]
    assert all(one.frames == range(start, 71) for start, one in passes.items())
    sequence = still(71)
    sequence.boxes_T4[5] = 0
    assert 5 not in temporal(sequence) and 0 in temporal(sequence)


def test_spatial_shifts_and_scales():
    boxes = [one.box for one in spatial(still(9)).values()]
    assert len(boxes) == 12 and boxes[0] == (13, 20, 30, 40) and boxes[-1] == pytest.approx((7, 16, 36, 48))
    centers = {(x + w / 2, y + h / 2) for x, y, w, h in boxes[8:]}
    assert all(center == pytest.approx((25, 40)) for center in centers)


def test_tre_of_a_short_sequence_is_one_run():
    assert list(temporal(still(19))) == [0]
    assert list(temporal(still(22))) == [0, 1, 2]
