"""Batches made ahead of the step that uses them."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from siamtrack.data.pairs import PairBatch

_AHEAD = 3  # batches that are ready or being made


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
        loaders: processes that make batches; 0 for a thread of this one.
        pinned: the batches are put where a GPU can fetch them by itself.
    """
    numbered = _Numbered(pairs, size)
    return (_by_processes if loaders else _by_thread)(numbered, numbers, loaders, pinned)


def on_device(batch: PairBatch, device: torch.device) -> PairBatch:
    """The batch where the network is."""
    return _each(batch, lambda value: value.to(device, non_blocking=True))


@dataclass(frozen=True)
class _Made:
    """A batch, and what had to be skipped for it."""

    batch: PairBatch
    skipped: Counter[str]

    def pin_memory(self) -> _Made:
        """Called by `DataLoader`."""
        return replace(self, batch=_each(self.batch, Tensor.pin_memory))


class _Numbered(Dataset[_Made]):
    """Batches by number, as `DataLoader` asks for them."""

    def __init__(self, pairs: Pairs, size: int) -> None:
        self.pairs, self._size = pairs, size

    def __getitem__(self, number: int) -> _Made:
        before = self.pairs.skipped.copy()
        batch = self.pairs.batch(range(number * self._size, (number + 1) * self._size))
        return _Made(batch, self.pairs.skipped - before)


def _by_thread(batches: _Numbered, numbers: Iterable[int], _: int, pinned: bool) -> Generator[PairBatch, None, None]:
    def load(number: int) -> PairBatch:
        made = batches[number]
        return (made.pin_memory() if pinned else made).batch

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
    batches: _Numbered, numbers: Iterable[int], loaders: int, pinned: bool
) -> Generator[PairBatch, None, None]:
    # Forked processes share the images that are in memory already.
    start = "fork" if sys.platform == "linux" else None
    made = DataLoader(
        batches,
        batch_size=None,
        sampler=numbers,
        num_workers=loaders,
        pin_memory=pinned,
        prefetch_factor=_AHEAD,
        multiprocessing_context=start,
    )
    for one in made:
        batches.pairs.skipped.update(one.skipped)
        yield one.batch


def _each(batch: PairBatch, change: Callable[[Tensor], Tensor]) -> PairBatch:
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}
    return replace(batch, **{name: change(value) for name, value in values.items() if isinstance(value, Tensor)})
