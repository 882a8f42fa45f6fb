"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_text(path: str | Path, text: str) -> Path:
    """Write UTF-8 text; see `write_bytes`."""
    return write_bytes(path, text.encode())


def write_bytes(path: str | Path, content: bytes | memoryview) -> Path:
    """Write a file under another name, then give it its own; missing folders are made.

    A link stays a link: what it points to is replaced. What is no file (a device, a pipe) is written to as it is. Where
    the disk is full, what was there stays, and nothing is left of the new.

    Returns:
        The path.
    """
    path = Path(path).resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or a power cut may leave the name without its content
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return path
