"""Anybody's tracker in our lanes: an object with got10k's `init(image, box)` and `update(image) -> box`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from siamtrack.evaluation.protocols import Box, Place


class ForeignTracker:
    """Adapts got10k's contract: RGB `PIL.Image`, box as float64 (4,) xywh, here 0-based whatever the data set."""

    def __init__(self, tracker: Any) -> None:
        self._tracker = tracker

    def start(self, image: np.ndarray, box: Box) -> None:
        self._tracker.init(_as_pil(image), np.array(box))

    def track(self, image: np.ndarray) -> Place:
        answer = self._tracker.update(_as_pil(image))
        try:
            x, y, w, h = (float(value) for value in answer)
        except (TypeError, ValueError):
            x = y = w = h = float("nan")
        if not np.isfinite((x, y, w, h)).all() or w < 0 or h < 0:
            raise ValueError(
                f"update returned {answer!r}, expected four finite numbers x, y, w, h, w and h not negative"
            )
        return Place((x, y, w, h), float("nan"))


def _as_pil(image: np.ndarray) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(image[..., ::-1]))


def find_factory(text: str) -> Callable[[], Any]:
    """The function or class that `module:factory` names; modules of the present folder are found too.

    Raises:
        ValueError: there is none, or what it makes has no `init` and `update`.
    """
    module_name, _, name = text.partition(":")
    if not module_name or not name:
        raise ValueError(f"{text!r} is no tracker, expected module:factory")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        factory = getattr(importlib.import_module(module_name), name)
        made = factory()
    except Exception as error:  # the module and the factory are other people's code
        raise ValueError(f"{text}: {type(error).__name__}: {error}") from error
    missing = [method for method in ("init", "update") if not callable(getattr(made, method, None))]
    if missing:
        raise ValueError(f"{text} makes a {type(made).__name__} without {' and '.join(missing)}")
    return factory
