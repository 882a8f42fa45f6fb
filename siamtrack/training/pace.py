"""How fast a run trains."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Pace:
    """Pairs a second, and the share of the time that goes in waiting for them, since they were last asked for."""

    def __init__(self) -> None:
        self._restart()

    def _restart(self) -> None:
        self._began, self._waited, self._pairs = time.monotonic(), 0.0, 0

    @contextmanager
    def waiting(self, pairs: int) -> Iterator[None]:
        """While the so many pairs of a step, over all processes, are fetched."""
        began = time.monotonic()
        yield
        self._waited += time.monotonic() - began
        self._pairs += pairs

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While something else than training is done: its time does not count."""
        began = time.monotonic()
        yield
        self._began += time.monotonic() - began

    def take(self) -> dict[str, float]:
        """`rate`, pairs a second; `wait`, a share. Counting begins anew."""
        passed = time.monotonic() - self._began
        numbers = {"rate": self._pairs / passed, "wait": self._waited / passed}
        self._restart()
        return numbers
