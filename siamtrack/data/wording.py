"""Numbers of things in messages."""

from __future__ import annotations


def amount(number: int, one: str, many: str = "") -> str:
    """`1 frame`, `2 frames`; `many` where an s does not do."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
