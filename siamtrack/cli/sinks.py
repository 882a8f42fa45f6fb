"""Everywhere that the results of one run go to."""

from __future__ import annotations

from collections import defaultdict, deque
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from siamtrack.results.plot import plot_tracks
from siamtrack.results.writers import (
    CSV_HEADER,
    Format,
    ResultWriter,
    csv_lines,
    got10k_lines,
    jsonl_lines,
    mot_lines,
)
from siamtrack.tracking.tracker import TrackResult
from siamtrack.video import Frame, VideoWriter, draw_targets

_TRAIL_FRAMES = 45  # a second and a half of path behind a target
_TITLE = "siamtrack - q or ESC stops"


@dataclass(frozen=True)
class Outputs:
    """What was asked for: a path each, None where it was not; `show` opens a window."""

    video: Path | None = None
    jsonl: Path | None = None
    csv: Path | None = None
    mot: Path | None = None
    got10k: Path | None = None
    plot: Path | None = None
    show: bool = False

    def paths(self) -> dict[str, str]:
        """Kind -> path of the files that were asked for."""
        return {kind: str(path) for kind, path in vars(self).items() if isinstance(path, Path)}


class Sinks:
    """Context manager over all outputs; leaving it, for whatever reason, completes the files with what there is.

    Args:
        fps: of the annotated video, where the frames' timestamps do not say otherwise.
    """

    def __init__(self, outputs: Outputs, fps: float) -> None:
        texts: tuple[tuple[Path | None, Format, str], ...] = (
            (outputs.jsonl, jsonl_lines, ""),
            (outputs.csv, csv_lines, CSV_HEADER),
            (outputs.mot, mot_lines, ""),
            (outputs.got10k, got10k_lines, ""),
        )
        with ExitStack() as stack:  # closes what is open already when a later one cannot be made
            self._texts = [stack.enter_context(ResultWriter(path, how, head)) for path, how, head in texts if path]
            self._video = stack.enter_context(VideoWriter(outputs.video, fps)) if outputs.video else None
            self._stack = stack.pop_all()
        self._outputs = outputs
        self._trails: dict[int, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=_TRAIL_FRAMES))
        self._history: list[TrackResult] = []
        self._last_image: np.ndarray | None = None

    def write(self, frame: Frame, result: TrackResult) -> bool:
        """Send one frame everywhere.

        Returns:
            False if the person at the window asked to stop.
        """
        for text in self._texts:
            text.write(result)
        if self._outputs.plot is not None:
            self._history.append(replace(result, masks=None))  # boxes of all frames are little, masks are not
            self._last_image = frame.image
        if self._video is None and not self._outputs.show:
            return True
        annotated = self._annotate(frame, result)
        if self._video is not None:
            self._video.write(annotated, frame.timestamp)
        return not self._outputs.show or _show(annotated)

    def _annotate(self, frame: Frame, result: TrackResult) -> np.ndarray:
        lost = [state == "lost" for state in result.states]
        for target, box, is_lost in zip(result.ids, result.boxes, lost, strict=True):
            if not is_lost:
                self._trails[target].append((float(box[0] + box[2] / 2), float(box[1] + box[3] / 2)))
        return draw_targets(
            frame.image,
            result.boxes,
            result.ids,
            result.scores.tolist(),
            lost,
            trails=self._trails,
            polygons=result.polygons,
            masks=result.masks,
        )

    def __enter__(self) -> Sinks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if self._outputs.plot is not None and self._last_image is not None:
            plot_tracks(self._history, self._last_image, self._outputs.plot)
        if self._outputs.show:
            cv2.destroyAllWindows()


def _show(image: np.ndarray) -> bool:
    cv2.imshow(_TITLE, image)
    return cv2.waitKey(1) & 0xFF not in (ord("q"), 27)
