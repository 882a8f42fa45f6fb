"""One-pass success and precision on OTB-style sequences: `python tools/evaluate.py ROOT [--model NAME]`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.data.datasets import otb
from siamtrack.evaluation.ope import run_sequence, score_sequence
from siamtrack.zoo.load import load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path, help="folder of SEQUENCE/img and SEQUENCE/groundtruth_rect.txt")
    parser.add_argument("--model", default="siamtrack-s")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path, help="write the scores here too")
    args = parser.parse_args()

    tracker = load(args.model, args.device, args.weights)
    scores = []
    for sequence in otb.load(args.root):
        scores.append(score_sequence(sequence, run_sequence(tracker, sequence)))
        last = scores[-1]
        print(f"{last.name:<16}{last.frames:>6} frames  success {last.success_auc:.3f}  precision {last.precision:.3f}")
    success = float(np.mean([score.success_auc for score in scores]))
    precision = float(np.mean([score.precision for score in scores]))
    print(f"mean of {len(scores)} sequences     success {success:.3f}  precision {precision:.3f}")
    if args.json is not None:
        summary = {"model": args.model, "success_auc": success, "precision": precision}
        args.json.write_text(json.dumps(summary | {"sequences": [asdict(score) for score in scores]}, indent=1))


if __name__ == "__main__":
    main()
