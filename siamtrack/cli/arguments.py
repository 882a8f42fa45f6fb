"""What can be said against the arguments of `siamtrack track` before any work is done."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import torch
import typer

from siamtrack.api import FirstBox
from siamtrack.cli.sinks import Outputs
from siamtrack.zoo.load import resolve_device
from siamtrack.zoo.presets import get_preset

_PLOT_SUFFIXES = (".png", ".pdf", ".svg")


def default_video(source: str) -> Path:
    """NAME_tracked.mp4 in the present folder, after the source's file or folder."""
    path = Path(source).parent if any(sign in source for sign in "*?[") else Path(source)
    name = path.resolve().stem
    return Path(f"{name}_tracked.mp4" if name and "://" not in source else "tracked.mp4")


def check_names(model: str, device: str) -> None:
    """Refuse models and devices that there are not."""
    try:
        get_preset(model)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    check_device(device)


def check_device(device: str) -> torch.device:
    """The device of that name; refuse those that there are not."""
    try:
        return resolve_device(device)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def check_range(start: int, end: int | None, first: Sequence[FirstBox]) -> None:
    """Refuse an empty range of frames, and boxes before it."""
    if end is not None and end <= start:
        raise typer.BadParameter(f"--end-frame {end} must lie behind --start-frame {start}")
    for box in first:
        if box.frame is not None and box.frame < start:
            raise typer.BadParameter(f"a box is given for frame {box.frame}, before --start-frame {start}")


def check_outputs(outputs: Outputs, targets: int, inputs: Sequence[Path]) -> None:
    """Refuse outputs that would fail after all the work, or that would replace an input or each other."""
    if outputs.video is not None and outputs.video.suffix.lower() != ".mp4":
        raise typer.BadParameter(f"-o {outputs.video}: expected a file name ending in .mp4")
    if outputs.plot is not None and outputs.plot.suffix.lower() not in _PLOT_SUFFIXES:
        raise typer.BadParameter(f"--plot {outputs.plot}: expected one of {', '.join(_PLOT_SUFFIXES)}")
    if outputs.got10k is not None and targets > 1:
        raise typer.BadParameter(f"--got10k holds one target a file, {targets} boxes were given")
    paths = [Path(path) for path in outputs.paths().values()]
    for path, times in Counter(path.resolve() for path in [*inputs, *paths]).items():
        if times > 1:
            raise typer.BadParameter(f"{path} is named twice; an output must not replace an input or another output")
    for path in paths:
        if path.is_dir():
            raise typer.BadParameter(f"{path} is a folder; expected a file name")


def missing_display() -> str | None:
    """Why no window can be opened here; None if one can."""
    built = [line.split(":")[-1].strip() for line in cv2.getBuildInformation().splitlines() if "GUI:" in line]
    if built in ([], ["NONE"]):
        return "this OpenCV has no windows (opencv-python has, opencv-python-headless has not)"
    if platform.system() == "Linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return None


def require_display(option: str, instead: str) -> None:
    """Refuse an option that needs a window where none can be opened: OpenCV would abort the process."""
    why = missing_display()
    if why is not None:
        raise typer.BadParameter(f"{option}: {why}; {instead}")
