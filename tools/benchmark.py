"""Milliseconds by stage of a tracking step: `python tools/benchmark.py VIDEO --box X,Y,W,H [--model NAME ...]`.

Models and numbers of targets are measured in turn within every round, so that a busy machine hits them alike; each
figure is over all rounds. `update` is a whole `Tracker.track` call, everything from the numpy frame to the numpy boxes;
`network` is the search branch alone on the same crops; overhead is what lies between crop, network and update.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.cli.doctor import cpu_name
from siamtrack.geometry.crop import Frames
from siamtrack.geometry.regions import Region
from siamtrack.nets.types import HeadOutput
from siamtrack.runtime.prepare import prepare
from siamtrack.tracking.select import Choice, select
from siamtrack.tracking.step import repeat_kernels, search_crops, search_rows
from siamtrack.tracking.tracker import Tracker
from siamtrack.video import open_source
from siamtrack.zoo.load import load, resolve_device
from siamtrack.zoo.presets import get_preset
from siamtrack.zoo.weights import bundled_weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video")
    parser.add_argument("--box", required=True, help="first box X,Y,W,H; several targets start from shifted copies")
    parser.add_argument("--model", action="append", help="repeatable; default siamtrack-s")
    parser.add_argument("--targets", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=40, help="frames a round")
    parser.add_argument("--threads", type=int, help="of PyTorch and OpenCV; default: theirs")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if args.threads is not None:
        torch.set_num_threads(args.threads)
        cv2.setNumThreads(args.threads)

    box = np.array([float(v) for v in args.box.split(",")])
    device = resolve_device(args.device)
    frames, decode_ms = _decode(args.video, args.frames)
    cases = [(name, count) for name in args.model or ["siamtrack-s"] for count in args.targets]
    trackers = {name: _tracker(name, device) for name, _ in cases}
    samples: dict[tuple[str, int], dict[str, list[float]]] = {case: defaultdict(list) for case in cases}
    for _, (name, count) in product(range(args.rounds), cases):
        _measure(trackers[name], frames, _spread(box, count, frames[0]), samples[name, count])
    report = {
        "hardware": _hardware(device),
        "frame": f"{frames[0].shape[1]}x{frames[0].shape[0]}",
        "decode_ms": decode_ms,
    }
    report["cases"] = [_summarise(name, count, samples[name, count]) for name, count in cases]
    _print(report)
    if args.json is not None:
        args.json.write_text(json.dumps(report, indent=1))


def _tracker(name: str, device: torch.device) -> Tracker:
    """With the bundled weights, or random ones where there are none: speed does not depend on them."""
    if bundled_weights(name) is not None:
        return load(name, str(device))
    preset = get_preset(name)
    return Tracker(prepare(preset.build(), device), preset.config, device)


def _decode(video: str, count: int) -> tuple[list[np.ndarray], dict[str, float]]:
    """Frames, and the time that each made the caller wait: most are decoded ahead, in a thread."""
    frames, waits = [], []
    with open_source(video, end=count, read_ahead=1) as source:
        begun = time.perf_counter()
        for frame in source:
            waits.append((time.perf_counter() - begun) * 1e3)
            frames.append(frame.image)
            begun = time.perf_counter()
    return frames, _percentiles(waits)


def _percentiles(values: Sequence[float] | np.ndarray) -> dict[str, float]:
    return {f"p{q}": round(float(np.percentile(values, q)), 2) for q in (10, 50, 90, 99)}


def _spread(box: np.ndarray, count: int, frame: np.ndarray) -> np.ndarray:
    """(count, 4) the box and copies of it on a grid over the frame."""
    height, width = frame.shape[:2]
    shifts = [(0, 0)] + [(width * (i % 4) / 5, height * (i // 4) / 3) for i in range(1, count)]
    return np.array([[(box[0] + x) % (width * 0.8), (box[1] + y) % (height * 0.8), *box[2:]] for x, y in shifts])


def _measure(tracker: Tracker, frames: list[np.ndarray], boxes: np.ndarray, samples: dict[str, list[float]]) -> None:
    tracker.start(frames[0], boxes)
    for image in frames[1:4]:  # warm-up
        tracker.track(image)
    for image in frames[4:]:
        for stage, call in _stages(tracker, image).items():
            samples[stage].append(_milliseconds(call, tracker.device))


def _stages(tracker: Tracker, image: np.ndarray) -> dict[str, Callable[[], Any]]:
    """Each stage of the coming update as a call of its own, on the same inputs; the update itself comes last."""
    net, config, state = tracker.net, tracker.config, tracker.state
    assert state is not None

    @torch.inference_mode()
    def crop() -> tuple[torch.Tensor, Region]:
        return search_crops(net.spec, config, state, Frames.from_image(image, tracker.device))

    @torch.inference_mode()
    def network() -> HeadOutput:
        return search_rows(net, kernels, x_M3HW)

    @torch.inference_mode()
    def choose() -> Choice:
        return select(config.select, net.spec, net.decode(raw), state.size_N2, net.spec.search_px / region.side_N)

    x_M3HW, region = crop()
    kernels = repeat_kernels(state.kernels, config.select.scales)
    raw = network()
    return {"crop": crop, "network": network, "select": choose, "update": lambda: tracker.track(image)}


def _milliseconds(call: Callable[[], Any], device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    begun = time.perf_counter()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - begun) * 1e3


def _summarise(name: str, count: int, samples: dict[str, list[float]]) -> dict[str, Any]:
    stages = {stage: _percentiles(values) for stage, values in samples.items()}
    update, network = np.array(samples["update"]), np.array(samples["network"])
    rest = update - network - np.array(samples["crop"]) - np.array(samples["select"])
    stages["overhead"] = _percentiles(rest)
    return {
        "model": name,
        "targets": count,
        "fps": round(1e3 / float(np.median(update)), 1),
        "update_over_network": round(float(np.median(update / network)), 3),
        "ms": stages,
    }


def _hardware(device: torch.device) -> dict[str, Any]:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else cpu_name()
    threads = {
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "opencv_threads": cv2.getNumThreads(),
    }
    return {"device": f"{device} {name}", "torch": torch.__version__, "opencv": cv2.__version__} | threads


def _print(report: dict[str, Any]) -> None:
    print(", ".join(f"{key} {value}" for key, value in report["hardware"].items()))
    print(f"frames {report['frame']}, decode {_line(report['decode_ms'])}")
    for case in report["cases"]:
        print(
            f"{case['model']}, {case['targets']} targets: {case['fps']} frames/s, "
            f"update / network {case['update_over_network']}"
        )
        for stage in ("update", "crop", "network", "select", "overhead"):
            print(f"  {stage:<9}{_line(case['ms'][stage])}")


def _line(values: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:7.2f}" for name, value in values.items()) + "  ms"


if __name__ == "__main__":
    main()
