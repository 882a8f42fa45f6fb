"""Text files of numbers, as every benchmark has them: read fast, and if something is wrong, say in which line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

_SEPARATORS = str.maketrans(",;\t", "   ")


def split_numbers(text: str) -> list[str]:
    """What stands between commas, semicolons, tabs and blanks in a line, or in several; nothing if there is nothing."""
    return text.translate(_SEPARATORS).split()


def read_rows(path: Path, columns: int) -> np.ndarray:
    """(T, columns) float64; values are separated by commas, semicolons, tabs or blanks, blank lines at the end ignored.

    Raises:
        ValueError: a line without just that many numbers, or no line at all; names file and line.
        OSError: the file cannot be read.
    """
    return parse_rows(path.read_text(encoding="utf-8-sig", errors="replace"), columns, str(path))


def parse_rows(text: str, columns: int, where: str) -> np.ndarray:
    """As `read_rows`, of text that was read already; `where` is what to call it."""
    lines = text.rstrip().splitlines()
    try:
        values = np.array(split_numbers(text), np.float64)
    except ValueError:
        values = np.empty(0)
    if len(values) == len(lines) * columns and lines and all(len(split_numbers(line)) == columns for line in lines):
        return values.reshape(-1, columns)
    raise ValueError(_what_is_wrong(lines, columns, where))


def _what_is_wrong(lines: list[str], columns: int, where: str) -> str:
    expected = f"{columns} numbers" if columns > 1 else "one number"
    for number, line in enumerate(lines, 1):
        parts = split_numbers(line)
        if len(parts) != columns or not all(is_number(part) for part in parts):
            return f"{where} line {number}: {line[:80]!r}, expected {expected}"
    return f"{where} is empty, expected lines of {expected}"


def is_number(text: str) -> bool:
    """Whether it is one to Python: nan and inf are."""
    try:
        float(text)
    except ValueError:
        return False
    return True
