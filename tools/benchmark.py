"""Milliseconds by stage of a tracking step: `python tools/benchmark.py VIDEO --box X,Y,W,H [--model NAME ...]`.

Models and numbers of targets are measured in turn within every round, so that a busy machine hits them alike; each
figure is over all rounds. `update` is a whole `Tracker.track` call, everything from the numpy frame to the numpy boxes;
`network` is the search branch alone on the same crops; overhead is what lies between crop, network and update.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.geometry.crop import Frames, crop
from siamtrack.geometry.regions import Region, context_side, snap
from siamtrack.runtime.prepare import prepare
from siamtrack.tracking.step import search_rows
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
    for _, (name, count) in itertools.product(range(args.rounds), cases):
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


def _decode(video: str, count: int) -> tuple[list[np.ndarray], float]:
    begun = time.perf_counter()
    with open_source(video, end=count, read_ahead=1) as source:
        frames = [frame.image for frame in source]
    return frames, (time.perf_counter() - begun) * 1e3 / len(frames)


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
        crop_once, network_once = _stages(tracker, image)
        samples["update"].append(_milliseconds(lambda image=image: tracker.track(image), tracker.device))
        samples["crop"].append(_milliseconds(crop_once, tracker.device))
        samples["network"].append(_milliseconds(network_once, tracker.device))


def _stages(tracker: Tracker, image: np.ndarray) -> tuple[Callable[[], Any], Callable[[], Any]]:
    state, net, config = tracker.state, tracker.net, tracker.config
    scales = config.select.scales
    factor_M = torch.tensor(scales, device=tracker.device).repeat(len(state.score_N))
    frame_M, center_M2, pad_M3, size_M2, *kernels = (
        value.repeat_interleave(len(scales), 0)
        for value in (state.frame_N, state.center_N2, state.pad_N3, state.size_N2, *state.kernels)
    )
    side_M = context_side(size_M2, config.context) * net.spec.search_px / net.spec.template_px * factor_M
    window, _ = snap(Region(center_M2, side_M), config.window_rule)

    @torch.inference_mode()
    def crop_once() -> torch.Tensor:
        return crop(Frames.from_image(image, tracker.device), frame_M, window, pad_M3, net.spec.search_px)

    x_M3HW = crop_once()

    @torch.inference_mode()
    def network_once() -> Any:
        return search_rows(net, tuple(kernels), x_M3HW)

    return crop_once, network_once


def _milliseconds(call: Callable[[], Any], device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    begun = time.perf_counter()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - begun) * 1e3


def _summarise(name: str, count: int, samples: dict[str, list[float]]) -> dict[str, Any]:
    stages = {
        stage: {f"p{q}": round(float(np.percentile(values, q)), 2) for q in (10, 50, 90, 99)}
        for stage, values in samples.items()
    }
    update, network = np.array(samples["update"]), np.array(samples["network"])
    rest = update - network - np.array(samples["crop"])
    stages["overhead"] = {f"p{q}": round(float(np.percentile(rest, q)), 2) for q in (10, 50, 90, 99)}
    return {
        "model": name,
        "targets": count,
        "fps": round(1e3 / float(np.median(update)), 1),
        "update_over_network": round(float(np.median(update / network)), 3),
        "ms": stages,
    }


def _hardware(device: torch.device) -> dict[str, Any]:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    threads = {"torch_threads": torch.get_num_threads(), "opencv_threads": cv2.getNumThreads()}
    return {"device": f"{device} {name}", "torch": torch.__version__, "opencv": cv2.__version__} | threads


def _print(report: dict[str, Any]) -> None:
    print(", ".join(f"{key} {value}" for key, value in report["hardware"].items()))
    print(f"frames {report['frame']}, decode {report['decode_ms']:.2f} ms")
    for case in report["cases"]:
        print(
            f"{case['model']}, {case['targets']} targets: {case['fps']} frames/s, "
            f"update / network {case['update_over_network']}"
        )
        for stage in ("update", "crop", "network", "overhead"):
            values = "  ".join(f"{name} {value:7.2f}" for name, value in case["ms"][stage].items())
            print(f"  {stage:<9}{values}  ms")


if __name__ == "__main__":
    main()
