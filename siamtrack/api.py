"""Following objects through a source of frames, in one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siamtrack.tracking.inputs import as_boxes
from siamtrack.tracking.tracker import Tracker, TrackResult
from siamtrack.video import Frame, FrameSource, open_source
from siamtrack.zoo.load import load


@dataclass(frozen=True)
class FirstBox:
    """Where a target is seen first.

    Attributes:
        frame: index of the frame in the source; None for the first frame that is read.
        box: x, y, width, height, pixels, 0-based.
    """

    frame: int | None
    box: tuple[float, float, float, float]


def track(
    source: str | Path | int,
    box: Any,
    *,
    model: str = "siamtrack-s",
    weights: str | Path | None = None,
    device: str = "auto",
    start: int = 0,
    end: int | None = None,
    redetect: bool = False,
) -> Iterator[TrackResult]:
    """Follow one or several objects through a video.

    Args:
        source: video file, stream URL, image folder, glob pattern or camera number; see `open_source`.
        box: (4,) or (N, 4) x, y, width, height in the first frame, pixels, 0-based.
        model, weights, device: see `load`.
        start, end: follow the frames start <= index < end.
        redetect: see `load`.

    Returns:
        An iterator over results, one a frame; the first repeats the given boxes. Frames are decoded as it is consumed.

    Raises:
        VideoError: the source is unreadable, at once, or breaks off, after the results of the frames before.
        TypeError, ValueError: a bad box, model, device or weights file; at once.
    """
    tracker = load(model, device, weights, redetect)
    frames = open_source(source, start=start, end=end)
    try:
        boxes = as_boxes(box, *frames.size)
    except (TypeError, ValueError):
        frames.close()
        raise
    return _results(tracker, frames, [FirstBox(None, tuple(row)) for row in boxes.tolist()])


def _results(tracker: Tracker, source: FrameSource, boxes: Sequence[FirstBox]) -> Iterator[TrackResult]:
    with source:
        yield from (result for _, result in follow(tracker, source, boxes))


def follow(tracker: Tracker, frames: Iterable[Frame], boxes: Sequence[FirstBox]) -> Iterator[tuple[Frame, TrackResult]]:
    """Follow targets that may appear in different frames.

    Frames before the first target give no result. A live source skips frames: a target whose frame was skipped starts
    in the next one.

    Raises:
        ValueError: a bad box (after the result of its frame), or a box for a frame that never comes.
    """
    waiting = sorted(boxes, key=lambda first: -1 if first.frame is None else first.frame)
    started, frame = False, None
    for frame in frames:
        if started:
            tracker.track(frame.image, index=frame.index, timestamp=frame.timestamp)
        due = [first.box for first in waiting if first.frame is None or first.frame <= frame.index]
        waiting = waiting[len(due) :]
        try:
            if due and started:
                tracker.add(frame.image, due)
            elif due:
                tracker.start(frame.image, due, index=frame.index, timestamp=frame.timestamp)
        except (TypeError, ValueError):
            if started:
                yield frame, tracker.current()
            raise
        started = started or bool(due)
        if started:
            yield frame, tracker.current()
    if waiting:
        last = "no frame" if frame is None else f"frame {frame.index}"
        raise ValueError(f"a box is given for frame {waiting[0].frame}, but the source ended with {last}")
