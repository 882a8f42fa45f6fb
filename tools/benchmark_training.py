"""How fast a configuration trains: `python tools/benchmark_training.py CONFIG --data pack=DIR --init FILE`.

Runs `siamtrack train` for some steps into a folder that is thrown away, and prints pairs a second and the share of the
time that was spent waiting for data, as the run's own log says; then what making the pairs alone takes, on one core.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.training.config_file import read_config
from siamtrack.training.data import load_data
from siamtrack.zoo.verifiers import build_network

_LOG_EVERY = 10
_WARM_UP = 2  # lines of the log that are left out: the first steps decode images that later ones find in memory
_PAIRS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("changes", nargs="*", help="KEY=VALUE, as for siamtrack train")
    parser.add_argument("--data", action="append", required=True, help="NAME=FOLDER, as for siamtrack train")
    parser.add_argument("--init", type=Path)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--steps", type=int, default=120)
    args = parser.parse_intermixed_args()
    if args.steps < (_WARM_UP + 1) * _LOG_EVERY:
        parser.error(f"--steps {args.steps}: expected {(_WARM_UP + 1) * _LOG_EVERY} or more")

    rates, waits = _train(args)
    low, high = min(rates), max(rates)
    print(f"{args.processes} processes: {statistics.median(rates):.1f} pairs/s (median; {low:.1f}-{high:.1f})")
    print(f"waiting for data: {statistics.median(waits):.1%} of the time (median; at most {max(waits):.1%})")
    print(f"making pairs alone, one thread: {_pairs_alone(args):.1f} pairs/s")


def _train(args: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Pairs a second and share of waiting, every `_LOG_EVERY` steps."""
    changes = [*args.changes, f"steps={args.steps}", f"log_every={_LOG_EVERY}"]
    changes += ["validate_every=1000000", "validate_pairs=2", "validate_tracks=0"]
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, str(Path(__file__).with_name("train.py")), str(args.config), *changes, "-o", out]
        command += [part for item in args.data for part in ("--data", item)]
        command += ["--init", str(args.init)] if args.init else []
        command += ["--device", args.device, "--processes", str(args.processes)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        lines = [json.loads(line) for line in (Path(out) / "log.jsonl").read_text().splitlines()]
    timed = [line for line in lines if "rate" in line][_WARM_UP:]
    return [line["rate"] for line in timed], [line["wait"] for line in timed]


def _pairs_alone(args: argparse.Namespace) -> float:
    """Pairs a second, images in memory."""
    cv2.setNumThreads(0)
    config = read_config(args.config, args.changes)
    roots = {name: Path(folder) for name, _, folder in (item.partition("=") for item in args.data)}
    spec = config.crop_spec(build_network(config.model).spec)
    pairs = load_data(config.data, config.pairs, roots, spec, config.seed).train
    pairs.batch(range(_PAIRS))
    began = time.perf_counter()
    pairs.batch(range(_PAIRS))
    return _PAIRS / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
