"""The tracker as people use it: ids, rows, results, and what it is after something went wrong."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from siamtrack.tracking.tracker import Tracker, TrackResult

from .test_inputs import _BAD_BOXES, _BAD_FRAMES

_NAME = "siamtrack-s"
_BOXES = np.array([[10, 10, 20, 15], [30.5, 20.25, 12, 18], [5, 25, 14, 14]], np.float32)


@pytest.fixture
def tracker(random_tracker: Callable[..., Tracker]) -> Tracker:
    return random_tracker(_NAME)


@pytest.fixture
def twin(random_tracker: Callable[..., Tracker]) -> Tracker:
    """The same tracker again."""
    return random_tracker(_NAME)


def frame(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8)


def assert_same(one: TrackResult, other: TrackResult) -> None:
    assert (one.frame, one.timestamp, one.ids, one.states) == (other.frame, other.timestamp, other.ids, other.states)
    np.testing.assert_array_equal(one.boxes, other.boxes)
    np.testing.assert_array_equal(one.scores, other.scores)


def test_start_gives_ids_from_one(tracker: Tracker) -> None:
    assert tracker.start(frame(), _BOXES) == (1, 2, 3)
    assert tracker.ids == (1, 2, 3)
    assert tracker.start(frame(), _BOXES[0]) == (1,)


def test_results_have_a_row_a_target(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    result = tracker.track(frame(1))
    assert result.ids == (1, 2, 3)
    assert (result.boxes.shape, result.boxes.dtype) == ((3, 4), np.float32)
    assert (result.scores.shape, result.scores.dtype) == ((3,), np.float32)
    assert len(result.states) == 3
    assert set(result.states) <= {"tracking", "lost"}


def test_current_after_start_is_what_was_given(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    result = tracker.current()
    np.testing.assert_array_equal(result.boxes, _BOXES)
    assert result.scores.tolist() == [1, 1, 1]
    assert result.states == ("tracking",) * 3


def test_current_after_track_is_the_last_result(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    assert_same(tracker.track(frame(1), timestamp=0.5), tracker.current())


def test_frames_are_counted_or_named(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES, index=5, timestamp=0.25)
    assert (tracker.current().frame, tracker.current().timestamp) == (5, 0.25)
    result = tracker.track(frame(1))
    assert (result.frame, result.timestamp) == (6, None)
    result = tracker.track(frame(2), index=40, timestamp=1.5)
    assert (result.frame, result.timestamp) == (40, 1.5)
    assert tracker.track(frame(3)).frame == 41
    tracker.start(frame(), _BOXES)
    assert tracker.current().frame == 0


def test_added_targets_come_last_with_their_box(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES[:1])
    tracked = tracker.track(frame(1))
    assert tracker.add(frame(1), _BOXES[1:]) == (2, 3)
    result = tracker.current()
    assert result.ids == tracker.ids == (1, 2, 3)
    np.testing.assert_array_equal(result.boxes, np.concatenate((tracked.boxes, _BOXES[1:])))
    assert tracker.track(frame(2)).ids == (1, 2, 3)


def test_dropped_targets_are_gone_and_the_others_keep_their_rows(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    before = tracker.track(frame(1))
    tracker.drop(2)
    assert tracker.ids == (1, 3)
    np.testing.assert_array_equal(tracker.current().boxes, before.boxes[[0, 2]])
    tracker.drop([3, 1])
    assert tracker.ids == ()


@pytest.mark.parametrize("ids", [(1, 3), [1, 3], {1, 3}, range(1, 4, 2), iter((1, 3))], ids=lambda v: type(v).__name__)
def test_drop_takes_any_iterable(tracker: Tracker, ids: Any) -> None:
    tracker.start(frame(), _BOXES)
    tracker.drop(ids)
    assert tracker.ids == (2,)


def test_drop_takes_a_numpy_integer(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    tracker.drop(np.int64(2))
    assert tracker.ids == (1, 3)


def test_ids_are_never_used_twice(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    tracker.drop(3)
    assert tracker.add(frame(), _BOXES[0]) == (4,)
    tracker.drop((1, 2, 4))
    assert tracker.add(frame(), _BOXES[:2]) == (5, 6)
    assert tracker.ids == (5, 6)


def test_no_target_left_is_an_empty_result(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    tracker.drop(tracker.ids)
    result = tracker.track(frame(1))
    assert (result.ids, result.states, result.frame) == ((), (), 1)
    assert (result.boxes.shape, result.scores.shape) == ((0, 4), (0,))
    tracker.add(frame(1), _BOXES[0])
    assert np.isfinite(tracker.track(frame(2)).boxes).all()


def test_start_forgets_everything(tracker: Tracker, twin: Tracker) -> None:
    tracker.start(frame(7), _BOXES)
    tracker.track(frame(8))
    tracker.drop(1)
    for one in (tracker, twin):
        one.start(frame(), _BOXES[:2])
    assert_same(tracker.track(frame(1)), twin.track(frame(1)))


def test_start_takes_frames_of_another_size(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    tall = np.random.default_rng(0).integers(0, 256, (120, 30, 3), np.uint8)
    tracker.start(tall, (5, 60, 10, 20))
    assert tracker.track(tall).ids == (1,)


@pytest.mark.parametrize(
    "call",
    [lambda t: t.track(frame()), lambda t: t.add(frame(), _BOXES), lambda t: t.current()],
    ids=["track", "add", "current"],
)
def test_before_start(tracker: Tracker, call: Callable[[Tracker], object]) -> None:
    with pytest.raises(RuntimeError, match="start"):
        call(tracker)
    assert tracker.start(frame(), _BOXES) == (1, 2, 3)


def test_drop_before_start_knows_no_id(tracker: Tracker) -> None:
    with pytest.raises(KeyError, match="1"):
        tracker.drop(1)


def test_unknown_ids_are_named_and_nothing_is_dropped(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    with pytest.raises(KeyError, match="77"):
        tracker.drop([1, 77])
    assert tracker.ids == (1, 2, 3)
    tracker.drop(1)
    with pytest.raises(KeyError, match="1"):
        tracker.drop(1)


def test_results_are_the_callers_own(tracker: Tracker) -> None:
    tracker.start(frame(), _BOXES)
    result = tracker.track(frame(1))
    expected = result.boxes.copy(), result.scores.copy()
    result.boxes[:] = 0
    result.scores[:] = 0
    np.testing.assert_array_equal(tracker.current().boxes, expected[0])
    np.testing.assert_array_equal(tracker.current().scores, expected[1])


def test_frames_and_boxes_are_not_changed(tracker: Tracker) -> None:
    images, boxes = [frame(n) for n in range(3)], _BOXES.copy()
    tracker.start(images[0], boxes)
    tracker.track(images[1])
    tracker.add(images[1], boxes)
    tracker.track(images[2])
    for number, image in enumerate(images):
        np.testing.assert_array_equal(image, frame(number))
    np.testing.assert_array_equal(boxes, _BOXES)


def test_frames_and_boxes_may_be_overwritten_after_the_call(tracker: Tracker, twin: Tracker) -> None:
    """A capture loop that reuses one buffer."""
    buffer, boxes = frame(), _BOXES.copy()
    tracker.start(buffer, boxes)
    twin.start(frame(), _BOXES)
    boxes[:] = 1
    for number in (1, 2):
        buffer[:] = frame(number)
        assert_same(tracker.track(buffer), twin.track(frame(number)))


def _same_picture_in_every_form(image: np.ndarray) -> dict[str, np.ndarray | torch.Tensor]:
    wide = np.zeros((96, 128, 3), np.uint8)
    wide[::2, ::2] = image
    read_only = image.copy()
    read_only.flags.writeable = False
    return {
        "every second pixel": wide[::2, ::2],
        "reversed channels": np.ascontiguousarray(image[..., ::-1])[..., ::-1],
        "column order": np.asfortranarray(image),
        "read-only": read_only,
        "BGRA": np.concatenate((image, image[..., :1]), 2),
        "torch RGB": torch.from_numpy(image[..., ::-1].transpose(2, 0, 1).copy()),
    }


@pytest.mark.parametrize("form", _same_picture_in_every_form(frame()))
def test_the_form_of_a_frame_does_not_matter(tracker: Tracker, twin: Tracker, form: str) -> None:
    twin.start(frame(), _BOXES)
    tracker.start(_same_picture_in_every_form(frame())[form], _BOXES)
    assert_same(tracker.track(_same_picture_in_every_form(frame(1))[form]), twin.track(frame(1)))


def test_read_only_frames_raise_no_warning(tracker: Tracker) -> None:
    """Frames of PIL, memory maps and video decoders are often read-only."""
    image = frame()
    image.flags.writeable = False
    always = torch.is_warn_always_enabled()
    torch.set_warn_always(True)  # PyTorch gives this warning once a process otherwise
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tracker.start(image, _BOXES)
            tracker.track(image)
    finally:
        torch.set_warn_always(always)


@pytest.mark.parametrize("shape", [(48, 64), (48, 64, 1)], ids=str)
def test_grey_frames(tracker: Tracker, twin: Tracker, shape: tuple[int, ...]) -> None:
    grey = [frame(n)[..., 0] for n in range(2)]
    tracker.start(grey[0].reshape(shape), _BOXES)
    twin.start(np.repeat(grey[0][..., None], 3, 2), _BOXES)
    assert_same(tracker.track(grey[1].reshape(shape)), twin.track(np.repeat(grey[1][..., None], 3, 2)))


def test_a_named_colour_order_is_used_by_every_call(tracker: Tracker, twin: Tracker) -> None:
    def rgb(seed: int) -> np.ndarray:
        return np.ascontiguousarray(frame(seed)[..., ::-1])

    tracker.start(rgb(0), _BOXES[:1], color="rgb")
    tracker.add(rgb(0), _BOXES[1:], color="rgb")
    twin.start(frame(0), _BOXES[:1])
    twin.add(frame(0), _BOXES[1:])
    assert_same(tracker.track(rgb(1), color="rgb"), twin.track(frame(1)))


def test_integer_boxes_equal_float_boxes(tracker: Tracker, twin: Tracker) -> None:
    tracker.start(frame(), np.array([[10, 10, 20, 15]]))
    twin.start(frame(), [[10.0, 10.0, 20.0, 15.0]])
    assert_same(tracker.track(frame(1)), twin.track(frame(1)))


@pytest.fixture
def refused(tracker: Tracker, twin: Tracker) -> Callable[[Callable[[Tracker], object], type[Exception], str], None]:
    """Asserts that a call on a running tracker raises, and that the tracker then goes on like one never asked."""

    def check(call: Callable[[Tracker], object], error: type[Exception], message: str) -> None:
        for one in (tracker, twin):
            one.start(frame(), _BOXES, index=3)
        with pytest.raises(error, match=message):
            call(tracker)
        assert_same(tracker.current(), twin.current())
        assert_same(tracker.track(frame(1)), twin.track(frame(1)))
        assert tracker.add(frame(1), _BOXES[0]) == twin.add(frame(1), _BOXES[0]) == (4,)

    return check


@pytest.mark.parametrize("method", ["start", "add"])
@pytest.mark.parametrize("kind", _BAD_BOXES)
def test_bad_boxes_leave_the_tracker_as_it_was(refused, method: str, kind: str) -> None:  # type: ignore[no-untyped-def]
    boxes, error, message = _BAD_BOXES[kind]
    refused(lambda t: getattr(t, method)(frame(9), boxes), error, message)


@pytest.mark.parametrize("kind", _BAD_FRAMES)
def test_bad_frames_leave_the_tracker_as_it_was(refused, kind: str) -> None:  # type: ignore[no-untyped-def]
    image, error, message = _BAD_FRAMES[kind]

    def every_call(t: Tracker) -> None:
        for call in (lambda: t.start(image, _BOXES), lambda: t.add(image, _BOXES)):
            with pytest.raises(error, match=message):
                call()
        t.track(image)

    refused(every_call, error, message)


def test_a_change_of_frame_size_leaves_the_tracker_as_it_was(refused) -> None:  # type: ignore[no-untyped-def]
    other = np.zeros((50, 64, 3), np.uint8)
    refused(lambda t: t.track(other), ValueError, "64x50.*64x48")
    refused(lambda t: t.add(other, _BOXES), ValueError, "64x50.*64x48")


def tracked_or_refused(tracker: Tracker, box: tuple[float, ...]) -> None:
    """Either outcome is right for a box of extreme size, a crash or a NaN is not."""
    try:
        tracker.start(frame(), box)
    except ValueError as error:
        assert "box (" in str(error)
        return
    result = tracker.track(frame(1))
    assert np.isfinite(result.boxes).all()
    assert (result.boxes[:, 2:] > 0).all()
    assert np.isfinite(result.scores).all()


@pytest.mark.parametrize(
    "box",
    [(-1e8, -1e8, 2e8, 2e8), (-1e30, -1e30, 2e30, 2e30), (0, 0, 3e38, 3e38), (0, 20, 1e12, 0.01)],
    ids=str,
)
def test_boxes_of_absurd_size(tracker: Tracker, box: tuple[float, ...]) -> None:
    tracked_or_refused(tracker, box)


@pytest.mark.parametrize("size", [1e-3, 1e-12, 1e-24, 1e-38])
@pytest.mark.parametrize("name", [_NAME, "siamfc", "siamrpn_alex_dwxcorr"])
def test_boxes_of_vanishing_size(random_tracker: Callable[..., Tracker], name: str, size: float) -> None:
    tracked_or_refused(random_tracker(name), (20, 20, size, size))


def test_a_box_of_many_frames_does_not_exhaust_the_memory(tracker: Tracker) -> None:
    """Its search window, cut out as a picture, would take 240 MB here and 680 GB where the frame is 4K."""
    tracemalloc.start()
    try:
        tracked_or_refused(tracker, (0, 0, 40 * 64, 40 * 48))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50e6
