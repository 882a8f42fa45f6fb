"""First boxes from the command line, a file, or the mouse."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import typer

from siamtrack.api import FirstBox

_EXPECTED = "expected x,y,w,h or frame,x,y,w,h"


def parse_box(text: str, where: str) -> FirstBox:
    """`x,y,w,h` or `frame,x,y,w,h`, separated by commas, semicolons, tabs or blanks.

    Raises:
        typer.BadParameter: anything else; `where` says where it stood.
    """
    try:
        numbers = [float(part) for part in re.split(r"[,;\s]+", text.strip())]
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
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"--boxes {path}: {error}; expected a text file, one box a line") from None
    boxes = [
        parse_box(line, f"{path} line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#") and not (number == 1 and re.match(r"\s*[A-Za-z]", line))
    ]
    if not boxes:
        raise typer.BadParameter(f"{path} holds no box; {_EXPECTED}, one a line")
    return boxes


def select_boxes(image: np.ndarray) -> list[FirstBox]:
    """Boxes drawn with the mouse in a window that shows the first frame.

    Raises:
        typer.BadParameter: there is no display, or no box was drawn.
    """
    title = "drag boxes: ENTER or SPACE after each, ESC when done"
    try:
        drawn = cv2.selectROIs(title, image, showCrosshair=False)
        cv2.destroyWindow(title)
    except cv2.error:
        raise typer.BadParameter(
            "--select needs a display and an OpenCV with windows (opencv-python, not -headless); "
            "without one give --box x,y,w,h, found in any image viewer"
        ) from None
    if len(drawn) == 0:
        raise typer.BadParameter("--select: no box was drawn")
    return [FirstBox(None, (float(x), float(y), float(w), float(h))) for x, y, w, h in drawn]
