"""Batches made ahead of the step that uses them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, replace
from typing import Protocol

import torch
from torch import Tensor

from siamtrack.data.pairs import PairBatch


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
    pairs: Pairs, numbers: Iterable[int], size: int, loaders: int = 1, pinned: bool = False
) -> Generator[PairBatch, None, None]:
    """The batches of those numbers in order, some being made while one is used.

    Args:
        numbers: batch n holds the pairs n * size to (n + 1) * size - 1.
        loaders: threads that make batches.
        pinned: the batches are put where a GPU can fetch them by itself.
    """

    def load(number: int) -> PairBatch:
        batch = pairs.batch(range(number * size, (number + 1) * size))
        return _each(batch, Tensor.pin_memory) if pinned else batch

    waiting: deque[Future[PairBatch]] = deque()
    with ThreadPoolExecutor(loaders) as pool:
        try:
            for number in numbers:
                waiting.append(pool.submit(load, number))
                if len(waiting) >= loaders + 3:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def on_device(batch: PairBatch, device: torch.device) -> PairBatch:
    """The batch where the network is."""
    return _each(batch, lambda value: value.to(device, non_blocking=True))


def _each(batch: PairBatch, change: Callable[[Tensor], Tensor]) -> PairBatch:
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}
    return replace(batch, **{name: change(value) for name, value in values.items() if isinstance(value, Tensor)})
