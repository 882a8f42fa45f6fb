"""Runs an iterator in a background thread, a bounded number of items ahead of its consumer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from typing import Generic, TypeVar

T = TypeVar("T")

JOIN_SECONDS = 2.0


class ReadAhead(Generic[T]):
    """Iterator over `items`, which one daemon thread advances while the consumer works.

    An exception raised by `items` reaches the consumer after every item that came before it. `close` may be
    called at any time, more than once and from any thread.

    Args:
        items: generator; advanced and closed in the background thread only.
        depth: how many items may wait for the consumer, >= 1.
        drop_old: with a full buffer, discard its oldest item instead of making the producer wait.
    """

    def __init__(self, items: Generator[T, None, None], depth: int, *, drop_old: bool = False) -> None:
        self._items = items
        self._depth = depth
        self._drop_old = drop_old
        self._buffer: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._finished = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._produce, name="siamtrack-read-ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> ReadAhead[T]:
        return self

    def __next__(self) -> T:
        with self._changed:
            self._changed.wait_for(lambda: self._buffer or self._finished or self._closed)
            if self._buffer:
                item = self._buffer.popleft()
                self._changed.notify_all()
                return item
            error, self._error = self._error, None
        if error is not None:
            raise error
        raise StopIteration

    def close(self) -> None:
        """Stop the thread and drop what is buffered; the iterator then is at its end."""
        with self._changed:
            self._closed = True
            self._buffer.clear()
            self._error = None
            self._changed.notify_all()
        # A garbage collection inside the thread itself may end up here. The time limit is for a producer that
        # is blocked in a network read: it ends by itself when that read times out.
        if threading.current_thread() is not self._thread:
            self._thread.join(JOIN_SECONDS)

    def _produce(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if not self._put(item):
                    break
        except BaseException as caught:  # the consumer's thread decides what an error means
            error = caught
        finally:
            self._items.close()
        with self._changed:
            self._finished = True
            self._error = None if self._closed else error
            self._changed.notify_all()

    def _put(self, item: T) -> bool:
        """Hand `item` over, waiting for room; False once closed."""
        with self._changed:
            if self._drop_old and len(self._buffer) == self._depth:
                self._buffer.popleft()
            self._changed.wait_for(lambda: len(self._buffer) < self._depth or self._closed)
            if self._closed:
                return False
            self._buffer.append(item)
            self._changed.notify_all()
            return True
