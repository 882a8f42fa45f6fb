"""First boxes from the command line, a file, or the mouse."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import typer

from siamtrack.api import FirstBox
from siamtrack.data.textfile import split_numbers

_EXPECTED = "expected x,y,w,h or frame,x,y,w,h"


def parse_box(text: str, where: str) -> FirstBox:
    """`x,y,w,h` or `frame,x,y,w,h`, separated by commas, semicolons, tabs or blanks.

    Raises:
        typer.BadParameter: anything else; `where` says where it stood.
    """
    try:
        numbers = [float(part) for part in split_numbers(text)]
    except ValueError:
        raise typer.BadParameter(f"{where}: {text.strip()!r} is not a box; {_EXPECTED}") from None
    if len(numbers) == 4:
        return FirstBox(None, (numbers[0], numbers[1], numbers[2], numbers[3]))
    if len(numbers) == 5 and numbers[0].is_integer() and numbers[0] >= 0:
        return FirstBox(int(numbers[0]), (numbers[1], numbers[2], numbers[3], numbers[4]))
    raise typer.BadParameter(f"{where}: {text.strip()!r} is not a box; {_EXPECTED}")


def read_boxes(path: Path) -> list[FirstBox]:
    """Boxes of a file, one a line; blank lines, `#` comments and a header line are skipped."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"--boxes {path}: {error}; expected a text file, one box a line") from None
    boxes = [
        parse_box(line, f"{path} line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#") and not (number == 1 and _is_header(line))
    ]
    if not boxes:
        raise typer.BadParameter(f"{path} holds no box; {_EXPECTED}, one a line")
    return boxes


def _is_header(line: str) -> bool:
    names = split_numbers(line)
    return bool(names) and all(
        re.fullmatch(r"[A-Za-z_]+", name) and name.lower() not in ("nan", "inf") for name in names
    )


def select_boxes(image: np.ndarray) -> list[FirstBox]:
    """Boxes drawn with the mouse in a window that shows the first frame.

    Raises:
        typer.BadParameter: no box was drawn.
    """
    title = "drag boxes: ENTER or SPACE after each, ESC when done"
    drawn = cv2.selectROIs(title, image, showCrosshair=False)
    cv2.destroyWindow(title)
    if len(drawn) == 0:
        raise typer.BadParameter("--select: no box was drawn")
    return [FirstBox(None, (float(x), float(y), float(w), float(h))) for x, y, w, h in drawn]
