"""Many sequences in lockstep: while the lanes take one step, a thread pool decodes the images of the next.

The longest sequences go first, so that no lane is left alone with one at the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from siamtrack.data.images import Images
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.lanes import Lanes, Task
from siamtrack.evaluation.protocols import Answer, Protocol, Request, Row

_AHEAD = 2  # images decoded before they are asked for, per lane


@dataclass(frozen=True)
class Job:
    """One run of a tracker in one sequence.

    Attributes:
        name: of the run, unique; the sequence's own name where there is one run a sequence.
        sequence: where.
        protocol: how.
        frames: how many at most.
    """

    name: str
    sequence: Sequence
    protocol: Protocol
    frames: int


def run(
    jobs: Iterable[Job],
    lanes: Lanes,
    done: Callable[[Job, list[Row]], None],
    failed: Callable[[Job, Exception], None],
    ticked: Callable[[int], None] = lambda frames: None,
    decoders: int = 2,
) -> None:
    """Run all jobs.

    Args:
        done: called with each finished run, once, as soon as it is finished.
        failed: called for a run that an unreadable image, an impossible box or the tracker's own error ended.
        ticked: called after every step with the number of frames it took.
        decoders: threads that read images.
    """
    waiting = deque(sorted(jobs, key=lambda job: -job.frames))
    running: dict[int, _Running] = {}
    with ThreadPoolExecutor(decoders) as pool:
        while waiting or running:
            for lane in set(range(lanes.count)) - running.keys():
                if waiting:
                    running[lane] = _Running(waiting.popleft(), pool)
            tasks: dict[int, Task] = {}
            for lane, current in list(running.items()):
                try:
                    tasks[lane] = current.task()
                except Exception as error:
                    failed(running.pop(lane).end(), error)
            for lane, answer in sorted(lanes.step(tasks).items()) if tasks else ():
                current = running[lane]
                try:
                    rows = current.take(answer)
                except Exception as error:
                    failed(running.pop(lane).end(), error)
                    continue
                if rows is not None:
                    done(running.pop(lane).end(), rows)
            ticked(len(tasks))


class _Running:
    """A job in a lane: its protocol, stopped at a request, and the images that are being decoded for it."""

    def __init__(self, job: Job, pool: ThreadPoolExecutor) -> None:
        self.job = job
        self._program = job.protocol(job.sequence)
        self._request: Request | None = None
        self._images = _Ahead(job.sequence.images, pool)
        self._shape: tuple[int, ...] = ()

    def task(self) -> Task:
        """The present request with its image. Raises what the protocol or the reading of the image raises."""
        if self._request is None:
            self._request = next(self._program)
        image = self._images.get(self._request.frame)
        self._shape = self._shape or image.shape
        if image.shape != self._shape:
            size, first = (f"{shape[1]}x{shape[0]}" for shape in (image.shape, self._shape))
            name = self.job.sequence.images.name(self._request.frame)
            raise ValueError(f"{name} is {size} pixels; the images before it are {first}")
        return Task(self._request, image)

    def take(self, answer: Answer | Exception) -> list[Row] | None:
        """Hand over the answer; the rows when that was the last one."""
        if isinstance(answer, Exception):
            assert self._request is not None
            where = self.job.sequence.images.name(self._request.frame)
            raise RuntimeError(f"{where}: {type(answer).__name__}: {answer}") from answer
        try:
            self._request = self._program.send(answer)
        except StopIteration as stop:
            return stop.value
        return None

    def end(self) -> Job:
        """Let go of the images; the job."""
        self._images.close()
        return self.job


class _Ahead:
    """Images of one sequence, decoded ahead in the direction in which they are asked for."""

    def __init__(self, images: Images, pool: ThreadPoolExecutor) -> None:
        self._images, self._pool = images, pool
        self._coming: dict[int, Future[np.ndarray]] = {}
        self._last, self._step = -1, 1

    def get(self, index: int) -> np.ndarray:
        if index != self._last:
            self._step = -1 if 0 <= index < self._last else 1
        wanted = range(index, index + self._step * (_AHEAD + 1), self._step)
        wanted_now = [i for i in wanted if 0 <= i < len(self._images)]
        for i in self._coming.keys() - set(wanted_now):
            self._coming.pop(i).cancel()
        for i in wanted_now:
            if i not in self._coming:
                before = list(self._coming.values()) if self._images.in_order else []
                self._coming[i] = self._pool.submit(self._read, i, before)
        self._last = index
        return self._coming.pop(index).result()

    def _read(self, index: int, before: list[Future[np.ndarray]]) -> np.ndarray:
        """Wait for those reads first: a video that is read out of order decodes from its beginning again."""
        wait(before)
        return self._images.read(index)

    def close(self) -> None:
        """Wait for nothing any more; images that are on their way are thrown away."""
        wait([future for future in self._coming.values() if not future.cancel()])
        self._coming.clear()
        self._images.close()
