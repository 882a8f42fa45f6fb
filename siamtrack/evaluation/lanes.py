"""Lanes that trackers run in: each follows one target in one sequence, all take a step together.

On the CPU every lane has a tracker of its own and each step is one thread's work: a lane's numbers cannot depend on
what runs beside it, nor on how many threads there are. On a GPU all lanes are rows of one batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np
import torch

from siamtrack.evaluation.protocols import Answer, Place, Polygon, Request, Start
from siamtrack.geometry.crop import Frames
from siamtrack.tracking.inputs import as_boxes
from siamtrack.tracking.masks import download, rotated_boxes
from siamtrack.tracking.state import TrackState, concat_states, take_rows
from siamtrack.tracking.step import init_state, track_step
from siamtrack.tracking.tracker import Tracker


class Task(NamedTuple):
    """A request and the H x W x 3 uint8 BGR image of its frame."""

    request: Request
    image: np.ndarray


class Lanes(Protocol):
    """A number of lanes; each keeps its target between two calls."""

    count: int

    def step(self, tasks: Mapping[int, Task]) -> dict[int, Answer | Exception]:
        """Do what the lanes of these numbers are asked; an error is the answer of the lanes that it concerns."""

    def close(self) -> None:
        """Let go of threads and targets."""


class LaneTracker(Protocol):
    """What a lane of `SeparateLanes` needs; images are BGR, boxes xywh, 0-based."""

    def start(self, image: np.ndarray, box: tuple[float, float, float, float]) -> None:
        """Look at a new target."""

    def track(self, image: np.ndarray) -> Place:
        """Where it is in the next image."""


class SeparateLanes:
    """A tracker a lane, which stays in one thread: what a library keeps per thread, a tracker keeps.

    Args:
        make: a new tracker; called once a lane, in its thread.
        threads: lanes that take their step at the same time; the lanes are dealt out to them in turn.

    Raises:
        Whatever `make` raises.
    """

    def __init__(self, make: Callable[[], LaneTracker], count: int, threads: int) -> None:
        self.count = count
        self._torch_threads = torch.get_num_threads()
        # PyTorch sums in another order for another number of threads; with one, results are the same bytes.
        self._threads = [
            ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,)) for _ in range(threads)
        ]
        made = [self._thread(lane).submit(make) for lane in range(count)]
        self._trackers = [future.result() for future in made]

    def step(self, tasks: Mapping[int, Task]) -> dict[int, Answer | Exception]:
        futures = {
            lane: self._thread(lane).submit(_one_step, self._trackers[lane], task) for lane, task in tasks.items()
        }
        return {lane: future.result() for lane, future in futures.items()}

    def _thread(self, lane: int) -> ThreadPoolExecutor:
        return self._threads[lane % len(self._threads)]

    def close(self) -> None:
        for thread in self._threads:
            thread.shutdown()
        torch.set_num_threads(self._torch_threads)


def _one_step(tracker: LaneTracker, task: Task) -> Answer | Exception:
    began = time.perf_counter()
    try:
        if isinstance(task.request, Start):
            tracker.start(task.image, task.request.box)
            place = Place(task.request.box, 1.0)
        else:
            place = tracker.track(task.image)
    except (Exception, SystemExit) as error:  # whatever a foreign tracker raises ends its own sequence only
        return error if isinstance(error, Exception) else RuntimeError(f"sys.exit({error})")
    return _answer(place, time.perf_counter() - began)


def _answer(place: Place, seconds: float) -> Answer:
    return Answer(place.box, place.score, seconds, place.polygon)


class OwnTracker:
    """Our tracker in a lane."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = Tracker(tracker.net, tracker.config, tracker.device, tracker.long_term)

    def start(self, image: np.ndarray, box: tuple[float, float, float, float]) -> None:
        self._tracker.start(image, box)

    def track(self, image: np.ndarray) -> Place:
        result = self._tracker.track(image)
        x, y, w, h = result.boxes[0].tolist()
        polygon = None if result.polygons is None else result.polygons[0]
        return Place((x, y, w, h), float(result.scores[0]), _flat(polygon))


def _flat(polygon_42: np.ndarray | None) -> Polygon | None:
    return None if polygon_42 is None else tuple(polygon_42.flatten().tolist())


class BatchedLanes:
    """All lanes are rows of one state: one upload, one step and one download for all of them."""

    def __init__(self, tracker: Tracker, count: int) -> None:
        self.count = count
        self._net, self._config, self._device = tracker.net, tracker.config, tracker.device
        self._state: TrackState | None = None
        self._rows: list[int] = []  # the lane of each row

    @torch.inference_mode()
    def step(self, tasks: Mapping[int, Task]) -> dict[int, Answer | Exception]:
        began = time.perf_counter()
        places: dict[int, Place] = {}
        errors: dict[int, Answer | Exception] = {}
        starts = {lane: task for lane, task in tasks.items() if isinstance(task.request, Start)}
        self._keep([lane for lane in self._rows if lane in tasks and lane not in starts])
        try:
            places = self._track({lane: tasks[lane].image for lane in self._rows})
        except Exception as error:  # out of memory, say: it concerns every row
            errors = dict.fromkeys(self._rows, error)
            self._keep([])
        for lane, task in starts.items():
            try:
                places[lane] = self._start(lane, task)
            except Exception as error:
                errors[lane] = error
        seconds = (time.perf_counter() - began) / len(tasks)
        return errors | {lane: _answer(place, seconds) for lane, place in places.items()}

    def close(self) -> None:
        self._keep([])

    def _keep(self, lanes: list[int]) -> None:
        if self._state is not None and lanes != self._rows:
            self._state = take_rows(self._state, [self._rows.index(lane) for lane in lanes]) if lanes else None
            self._rows = lanes

    def _track(self, images: Mapping[int, np.ndarray]) -> dict[int, Place]:
        if self._state is None:
            return {}
        frame_N = torch.arange(len(images), device=self._device)
        frames = Frames.from_images(list(images.values()), self._device)
        self._state, output = track_step(self._net, self._config, self._state._replace(frame_N=frame_N), frames)
        sizes = [(image.shape[1], image.shape[0]) for image in images.values()]
        rows_N6, masks = download(output, self._config, sizes)
        polygons: Iterable[np.ndarray | None] = [None] * len(rows_N6)
        if self._config.mask_threshold is not None:
            polygons = rotated_boxes(masks, rows_N6[:, :4], self._config)
        return {
            lane: Place((x, y, w, h), score, _flat(polygon))
            for lane, (x, y, w, h, score, _), polygon in zip(images, rows_N6.tolist(), polygons, strict=True)
        }

    def _start(self, lane: int, task: Task) -> Place:
        assert isinstance(task.request, Start)
        height, width = task.image.shape[:2]
        box_N4 = as_boxes(task.request.box, width, height).to(self._device)
        frames = Frames.from_image(task.image, self._device)
        new = init_state(
            self._net, self._config, frames, torch.zeros(1, dtype=torch.int64, device=self._device), box_N4
        )
        self._state = new if self._state is None else concat_states(self._state, new)
        self._rows = [*self._rows, lane]
        return Place(task.request.box, 1.0)
