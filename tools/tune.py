"""Choose selection constants on held-out tracks: `python tools/tune.py --pack DIR [--weights FILE] -o FILE`.

Never give it evaluation sequences: see `siamtrack/evaluation/tune.py` for how the pick is made. With the pick,
the same tracks are then spliced: the score that best tells present from absent is a hint for `lost_below`.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.atomic import write_text
from siamtrack.cli.evaluate import own_lanes
from siamtrack.data.datasets.pack import held_out_videos
from siamtrack.data.sequence import Sequence
from siamtrack.data.wander import wander
from siamtrack.evaluation.presence import presence
from siamtrack.evaluation.roc import best_threshold
from siamtrack.evaluation.spliced import run_in_turn
from siamtrack.evaluation.tune import Tuned, load_clips, tune
from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.load import load

# Published constants of SiamRPN, its successors and ours lie within (`siamtrack/zoo/presets/`).
_AXES = {
    "penalty_k": (0.0, 0.05, 0.1, 0.15, 0.25),
    "window_influence": (0.1, 0.2, 0.3, 0.4, 0.5),
    "size_lr": (0.2, 0.35, 0.5, 0.7),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="siamtrack-s")
    parser.add_argument("--weights", type=Path, help="default: the bundled ones")
    parser.add_argument("--pack", type=Path, required=True, help="folder of the training pack")
    parser.add_argument("--holdout-percent", type=int, default=10, help="as in the training run")
    parser.add_argument("--walks", type=int, default=1, help="random walks of each track")
    for name, values in _AXES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, nargs="+", default=values, help="values to try")
    parser.add_argument("-o", "--out", type=Path, required=True, help="JSON of all settings")
    parser.add_argument("--device", default="auto")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    tracker = load(args.model, args.device, args.weights)
    held_out = held_out_videos(args.pack, args.holdout_percent)
    clips = load_clips([wander(one, seed) for seed in range(args.walks) for one in held_out], tracker.device)
    axes = {name: tuple(sorted(getattr(args, name))) for name in _AXES}
    total = int(np.prod([len(values) for values in axes.values()]))
    tuned = tune(tracker, clips, axes, lambda count: print(f"\r{count} of {total} settings", end="", file=sys.stderr))
    print(file=sys.stderr)
    report = _report(tuned, len(clips.names)) | {"presence": _separation(tracker, tuned, held_out)}
    write_text(args.out, json.dumps(report, indent=1, allow_nan=False) + "\n")
    _print(tuned, report)


def _separation(tracker: Tracker, tuned: Tuned, held_out: list[Sequence]) -> dict[str, float]:
    """How the picked constants' score tells present from absent, and from which score on to say present."""
    select = replace(tracker.config.select, **tuned.setting(tuned.pick))
    chosen = Tracker(tracker.net, replace(tracker.config, select=select), tracker.device)
    with closing(own_lanes(chosen, 1)) as lanes:
        seen = run_in_turn([wander(one, 0) for one in held_out], lanes)
    threshold, balanced = best_threshold(seen.score_F, seen.present_F)
    found = {"auc": presence(seen).auc, "threshold": threshold, "balanced_accuracy": balanced}
    return {key: round(value, 4) for key, value in found.items()}


def _print(tuned: Tuned, report: dict[str, object]) -> None:
    best = np.unravel_index(np.argmax(tuned.mean_G), tuned.mean_G.shape)
    print(f"own constants: {tuned.own_N.mean():.4f}; worst of {tuned.mean_G.size}: {tuned.mean_G.min():.4f}")
    for title, place in (("single best", tuple(best)), ("pick (best after smoothing)", tuned.pick)):
        gain, error = tuned.gain(place)
        print(f"{title}: {tuned.setting(place)} {tuned.mean_G[place]:.4f}, {gain:+.4f} +- {error:.4f} to its own")
    print(f"with the pick, present from absent: {report['presence']}")


def _report(tuned: Tuned, clips: int) -> dict[str, object]:
    places = list(np.ndindex(tuned.mean_G.shape))
    gain, error = tuned.gain(tuned.pick)
    return {
        "clips": clips,
        "own": round(float(tuned.own_N.mean()), 5),
        "pick": tuned.setting(tuned.pick) | {"gain": round(gain, 5), "standard_error": round(error, 5)},
        "settings": [
            tuned.setting(place)
            | {"success": round(float(tuned.mean_G[place]), 5), "smoothed": round(float(tuned.smooth_G[place]), 5)}
            for place in places
        ],
    }


if __name__ == "__main__":
    main()
