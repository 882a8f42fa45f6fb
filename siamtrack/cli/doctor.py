"""`siamtrack doctor`: what this installation can do."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import av
import cv2
import torch
from rich.console import Console

from siamtrack.cli.arguments import missing_display
from siamtrack.zoo.presets import PRESETS
from siamtrack.zoo.weights import bundled_weights

_CORE = (
    "siamtrack",
    "torch",
    "numpy",
    "opencv-python",
    "opencv-python-headless",
    "av",
    "safetensors",
    "matplotlib",
)

# Extra -> what it adds, and the modules that show it is there.
_EXTRAS = {
    "eval": ("other toolkits as clients: got10k, TraX", ("got10k", "trax")),
    "train": ("training, whose logs are for TensorBoard too", ("tensorboard",)),
    "matlab": ("MatConvNet's .mat checkpoints", ("scipy",)),
    "export": ("ONNX and OpenVINO; nothing uses them yet", ("onnx", "onnxscript", "onnxruntime", "openvino")),
    "robotics": (
        "rosbag2 and MCAP files, Foxglove, Rerun; nothing uses them yet",
        ("rosbags", "mcap", "foxglove", "rerun"),
    ),
    "dev": ("tests, lint, types", ("pytest", "hypothesis", "ruff", "mypy")),
}


def doctor() -> None:
    """Print versions, devices, threads, codecs, and what each missing extra would add."""
    console = Console(highlight=False)
    console.print(f"[bold]python[/]    {platform.python_version()} on {platform.platform()}")
    for package in _CORE:
        version = _version(package)
        if version:
            console.print(f"[bold]{package}[/] {version}")
    console.print(f"[bold]devices[/]   {', '.join(_devices())}")
    console.print(
        f"[bold]threads[/]   torch {torch.get_num_threads()}, OpenCV {cv2.getNumThreads()}, {os.cpu_count()} cores"
    )
    console.print(f"[bold]H.264[/]     read {_codec('h264', 'r')}, write {_codec('libx264', 'w')}")
    console.print(f"[bold]windows[/]   {missing_display() or 'yes'}")
    bundled = [name for name in PRESETS if bundled_weights(name) is not None]
    console.print(f"[bold]weights[/]   bundled: {', '.join(bundled) or 'none'}")
    for extra, (adds, modules) in _EXTRAS.items():
        missing = [module for module in modules if find_spec(module) is None]
        state = f"missing {', '.join(missing)}: pip install 'siamtrack\\[{extra}]'" if missing else "installed"
        console.print(f"[bold]{extra}[/]  {adds} - {state}", soft_wrap=True)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _devices() -> list[str]:
    gpus = [f"cuda:{i} {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())]
    return [f"cpu {cpu_name()}", *gpus]


def _codec(name: str, mode: str) -> str:
    try:
        av.Codec(name, mode)  # type: ignore[arg-type]
    except av.codec.codec.UnknownCodecError:
        return "no (mpeg4 is written instead)" if mode == "w" else "no"
    return "yes"


def cpu_name() -> str:
    """As the operating system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
