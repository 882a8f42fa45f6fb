"""Batches made ahead of the step that uses them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from siamtrack.data.pairs import PairBatch

_AHEAD = 3  # batches that are ready or being made by a thread
_AHEAD_EACH = 2  # by each process; they lie in shared memory


class Pairs(Protocol):
    """Where pairs come from. A pair depends on its index alone, whoever asks and however often.

    Attributes:
        skipped: how often what could not be used was drawn so far, by a message that names it.
    """

    skipped: Counter[str]

    def batch(self, indices: Sequence[int]) -> PairBatch:
        """The pairs of those indices, stacked."""
        ...


def prefetch(
    pairs: Pairs, numbers: Iterable[int], size: int, loaders: int = 0, pinned: bool = False
) -> Generator[PairBatch, None, None]:
    """The batches of those numbers in order, some being made while one is used.

    Args:
        numbers: batch n holds the pairs n * size to (n + 1) * size - 1.
        loaders: processes that make batches, on Linux; 0 for a thread of this one.
        pinned: the batches are put where a GPU can fetch them by itself.

    Raises:
        ValueError: a pair cannot be made.
    """
    if loaders:
        return _by_processes(pairs, numbers, size, loaders, pinned)
    return _by_thread(pairs, numbers, size, pinned)


def on_device(batch: PairBatch, device: torch.device) -> PairBatch:
    """The batch where the network is."""
    return _each(batch, lambda value: value.to(device, non_blocking=True))


def _by_thread(pairs: Pairs, numbers: Iterable[int], size: int, pinned: bool) -> Generator[PairBatch, None, None]:
    def load(number: int) -> PairBatch:
        batch = _batch(pairs, number, size)
        return _each(batch, Tensor.pin_memory) if pinned else batch

    waiting: deque[Future[PairBatch]] = deque()
    with ThreadPoolExecutor(1) as pool:
        try:
            for number in numbers:
                waiting.append(pool.submit(load, number))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _by_processes(
    pairs: Pairs, numbers: Iterable[int], size: int, loaders: int, pinned: bool
) -> Generator[PairBatch, None, None]:
    made = iter(
        DataLoader(
            _Numbered(pairs, size),
            batch_size=None,
            sampler=numbers,
            num_workers=loaders,
            pin_memory=pinned,
            prefetch_factor=_AHEAD_EACH,
            multiprocessing_context="fork",  # the images that are in memory already are shared
        )
    )
    try:
        while (one := next(made, None)) is not None:
            pairs.skipped.update(one.skipped)
            if one.batch is None:
                raise ValueError(one.fault)
            yield one.batch
    finally:
        del made  # ends the processes, also where a traceback keeps this frame


@dataclass(frozen=True)
class _Made:
    """What a process sends: a batch or what was wrong, and what had to be skipped."""

    batch: PairBatch | None
    skipped: Counter[str]
    fault: str = ""

    def pin_memory(self) -> _Made:
        """Called by `DataLoader`."""
        return self if self.batch is None else replace(self, batch=_each(self.batch, Tensor.pin_memory))


class _Numbered(Dataset[_Made]):
    """Batches by number, as `DataLoader` asks for them."""

    def __init__(self, pairs: Pairs, size: int) -> None:
        self._pairs, self._size = pairs, size

    def __getitem__(self, number: int) -> _Made:
        before = self._pairs.skipped.copy()
        try:
            batch, fault = _batch(self._pairs, number, self._size), ""
        except ValueError as error:  # `DataLoader` would wrap it in a page of traceback
            batch, fault = None, str(error)
        return _Made(batch, self._pairs.skipped - before, fault)


def _batch(pairs: Pairs, number: int, size: int) -> PairBatch:
    return pairs.batch(range(number * size, (number + 1) * size))


def _each(batch: PairBatch, change: Callable[[Tensor], Tensor]) -> PairBatch:
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}
    return replace(batch, **{name: change(value) for name, value in values.items() if isinstance(value, Tensor)})
