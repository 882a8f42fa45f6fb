"""What cannot be loaded: an error, unless someone asks for the other sequences all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Name of a sequence, and what is wrong with it.
Faults = list[tuple[str, Exception]]

_faults: ContextVar[Faults | None] = ContextVar("faults", default=None)


@contextmanager
def loading(name: str) -> Iterator[None]:
    """Every loader makes each sequence within one of these: a ValueError or OSError goes on up, or is collected."""
    try:
        yield
    except (ValueError, OSError) as error:
        faults = _faults.get()
        if faults is None:
            raise
        faults.append((name, error))


@contextmanager
def collect_faults() -> Iterator[Faults]:
    """Loaders called within leave out what they cannot load; it is found in this list, under its name."""
    faults: Faults = []
    token = _faults.set(faults)
    try:
        yield faults
    finally:
        _faults.reset(token)
