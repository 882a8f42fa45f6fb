"""Where the target is gone, how, and that the same arguments give the same images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.data.sequence import NO_IMAGES
from siamtrack.data.splice import ABSENCES, in_turn, spans, splice, splice_each

from .drawn import HEIGHT, WIDTH, ground, square

DONOR = ground("donor", 7, seed=9, level=150)


def bright(image):
    """How much of the target's white is there."""
    return int((image == 255).all(2).sum())


def test_spans_by_hand():
    assert spans(100) == (range(30, 42), range(65, 77))
    assert spans(8) == (range(2, 3), range(5, 6))
    with pytest.raises(ValueError, match="7 frames is too short to splice; expected at least 8"):
        spans(7)


@given(st.integers(8, 5000))
def test_spans_leave_frames_before_between_and_after(frames):
    first, second = spans(frames)
    assert 1 < first.start < first.stop < second.start < second.stop < frames
    assert len(first) == len(second) == max(1, round(0.12 * frames))


@pytest.mark.parametrize("absence", ABSENCES)
def test_the_target_is_gone_in_the_spans_and_nowhere_else(absence):
    sequence = square("a", 20)
    spliced = splice(sequence, (absence, absence), DONOR)
    gone = [frame for span in spans(20) for frame in span]
    assert np.flatnonzero(spliced.absent_T).tolist() == gone
    assert np.flatnonzero(np.isnan(spliced.boxes_T4).any(1)).tolist() == gone
    assert spliced.name == f"a-{absence}" and len(spliced) == 20
    for frame in range(20):
        image = spliced.images.read(frame)
        assert image.shape == (HEIGHT, WIDTH, 3)
        x, y, w, h = sequence.boxes_T4[frame].astype(int)
        inside = image[y : y + h, x : x + w]
        if frame in gone:
            assert bright(inside) < 0.3 * bright(sequence.images.read(frame))
        else:
            assert (image == sequence.images.read(frame)).all()
    kept = ~spliced.absent_T
    np.testing.assert_array_equal(spliced.boxes_T4[kept], sequence.boxes_T4[kept])
    assert sequence.absent_T is None and np.isfinite(sequence.boxes_T4).all()


def test_a_cut_goes_on_as_the_other_footage_does():
    spliced = splice(square("a", 40), ("cut", "removed"), DONOR)
    sources = []
    for frame in spans(40)[0]:
        image = spliced.images.read(frame)
        sources += [n for n in range(7) if (DONOR.images.read(n) == image).all()]
    assert len(sources) == len(spans(40)[0])
    assert [(b - a) % 7 for a, b in zip(sources, sources[1:], strict=False)] == [1] * (len(sources) - 1)
    assert spliced.name == "a-cut-removed"


def test_one_thing_passes_in_front_for_a_whole_span():
    sequence = square("a", 40, step=(0, 0))
    spliced = splice(sequence, ("occluded", "occluded"), DONOR)
    x, y, w, h = sequence.boxes_T4[0].astype(int)
    seen = [{spliced.images.read(f)[y : y + h, x : x + w].tobytes() for f in span} for span in spans(40)]
    assert [len(one) for one in seen] == [1, 1] and seen[0] != seen[1]


@pytest.mark.parametrize("absence", ABSENCES)
def test_the_same_arguments_give_the_same_images_in_any_order(absence):
    one, other = (splice(square("a", 20), (absence, absence), DONOR).images for _ in range(2))
    forward = [one.read(frame) for frame in range(20)]
    assert all((other.read(frame) == forward[frame]).all() for frame in reversed(range(20)))


def test_frames_without_a_box_or_already_absent_are_left_alone():
    sequence = square("a", 20)
    first, second = (span.start for span in spans(20))
    boxes_T4, absent_T = sequence.boxes_T4.copy(), np.zeros(20, bool)
    boxes_T4[first] = np.nan
    absent_T[second] = True
    sequence = replace(sequence, boxes_T4=boxes_T4, absent_T=absent_T)
    spliced = splice(sequence, ("removed", "occluded"), DONOR)
    assert not spliced.absent_T[first] and spliced.absent_T[second]
    for frame in (first, second):
        assert (spliced.images.read(frame) == sequence.images.read(frame)).all()
    assert splice(sequence, ("cut", "cut"), DONOR).absent_T[first]


def test_each_is_spliced_with_the_next():
    sequences = [square(name, 20, seed, level=60 + 40 * seed) for seed, name in enumerate("abc")]
    made = splice_each(sequences, in_turn)
    assert [one.name for one in made] == ["a-removed-occluded", "b-cut-removed", "c-occluded-cut"]
    cut = made[1].images.read(spans(20)[0].start)
    assert any((cut == sequences[2].images.read(n)).all() for n in range(20))
    with pytest.raises(ValueError, match="at least two"):
        splice_each(sequences[:1], in_turn)
    with pytest.raises(ValueError, match="b has no images"):
        splice(sequences[0], ("cut", "cut"), replace(sequences[1], images=NO_IMAGES))
