import numpy as np
import pytest

from siamtrack.data.anchors import place_anchors
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence


def sequence_of(frames, **fields):
    return Sequence("ball", ImageFiles(), np.tile([1.0, 2.0, 3.0, 4.0], (frames, 1)), **fields)


def placed(anchors_T):
    return {int(frame): int(anchors_T[frame]) for frame in np.flatnonzero(anchors_T)}


def test_every_fifty_frames_and_on_the_last_each_run_the_longer_way():
    assert placed(place_anchors(sequence_of(176))) == {0: 1, 50: 1, 100: -1, 150: -1, 175: -1}


def test_from_the_middle_frame_a_run_goes_forwards():
    assert placed(place_anchors(sequence_of(101))) == {0: 1, 50: 1, 100: -1}


def test_a_short_sequence_has_both_ends():
    assert placed(place_anchors(sequence_of(5))) == {0: 1, 4: -1}
    assert placed(place_anchors(sequence_of(1))) == {0: 1}


@pytest.mark.parametrize("how", ["NaN box", "zero box", "absent", "occluded"])
def test_an_anchor_moves_to_the_nearest_frame_where_the_target_can_be_seen(how):
    sequence, hidden_T = sequence_of(101), np.zeros(101, bool)
    hidden_T[48:51] = True
    if how == "NaN box":
        sequence.boxes_T4[hidden_T] = np.nan
    elif how == "zero box":
        sequence.boxes_T4[hidden_T] = 0
    elif how == "absent":
        sequence = sequence_of(101, absent_T=hidden_T)
    else:
        sequence = sequence_of(101, tags={"occlusion": hidden_T, "camera_motion": ~hidden_T})
    assert placed(place_anchors(sequence)) == {0: 1, 51: -1, 100: -1}


def test_an_anchor_with_no_usable_frame_near_falls_away():
    sequence = sequence_of(201)
    sequence.boxes_T4[60:140] = np.nan
    assert placed(place_anchors(sequence)) == {0: 1, 50: 1, 150: -1, 200: -1}


def test_where_the_target_is_never_seen_no_run_can_start():
    sequence = sequence_of(20)
    sequence.boxes_T4[:] = np.nan
    with pytest.raises(ValueError, match="ball: no frame has a box"):
        place_anchors(sequence)


def test_spacing_must_be_positive():
    with pytest.raises(ValueError, match="0 frames apart"):
        place_anchors(sequence_of(20), spacing=0)
