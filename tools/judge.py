"""Score weights by everything at once: `python tools/judge.py --otb DIR --vot DIR --pack DIR [--weights FILE]`.

Prints one line of JSON, see `siamtrack/evaluation/judge.py`; `--append FILE --pairs N` adds it to the records that
`tools/learning_curve.py` draws.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import closing
from pathlib import Path

import cv2
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.cli.evaluate import own_lanes
from siamtrack.data.datasets import otb, vot
from siamtrack.data.datasets.pack import held_out_videos
from siamtrack.evaluation.judge import judge
from siamtrack.zoo.load import load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="siamtrack-s")
    parser.add_argument("--weights", type=Path, help="default: the bundled ones")
    parser.add_argument("--otb", type=Path, required=True, help="folder of OTB sequences, at least two")
    parser.add_argument("--vot", type=Path, nargs="+", default=[], help="folders of VOT sequences")
    parser.add_argument("--pack", type=Path, required=True, help="folder of the training pack")
    parser.add_argument("--holdout-percent", type=int, default=10, help="as in the training run")
    parser.add_argument("--pairs", type=int, help="that the network has seen")
    parser.add_argument("--append", type=Path, help="file of records, JSON lines")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--lanes", type=int, default=1, help="sequences at a time")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    began = time.perf_counter()
    tracker = load(args.model, args.device, args.weights)
    vot_videos = [video for root in args.vot for video in vot.load(root)]
    with closing(own_lanes(tracker, args.lanes)) as lanes:
        found = judge(tracker, lanes, otb.load(args.otb), vot_videos, held_out_videos(args.pack, args.holdout_percent))
    facts = {"pairs": args.pairs, "model": args.model, "weights": str(args.weights or "bundled")}
    line = json.dumps(facts | found | {"seconds": round(time.perf_counter() - began, 1)}, allow_nan=False)
    print(line)
    if args.append is not None:
        args.append.parent.mkdir(parents=True, exist_ok=True)
        with args.append.open("a") as file:
            file.write(line + "\n")


if __name__ == "__main__":
    main()
