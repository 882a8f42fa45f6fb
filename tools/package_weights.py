"""Turn a training checkpoint into the bundled weights, with their provenance.

`python tools/package_weights.py RUN/last.pt siamtrack-s --data "training pack ..." [--scores RECORD.json]`; the
record of a verifier also holds its thresholds, without which it decides nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.training.checkpoint import load_checkpoint
from siamtrack.zoo.verifiers import build_network
from siamtrack.zoo.weights import save_weights

# Of a record of `siamtrack/evaluation/judge.py`, by the names that people see.
_SCORES = {"success": "OTB-8 success", "precision": "OTB-8 precision", "held_out": "held-out success"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("model")
    parser.add_argument("--data", required=True, help="what it was trained on, in a sentence")
    parser.add_argument("--earlier", type=Path, nargs="*", default=[], help="checkpoints that it began with, in order")
    parser.add_argument("--scores", type=Path, help="record of tools/judge.py or judge_verifier.py")
    parser.add_argument("-o", "--out", type=Path, help="default: siamtrack/zoo/files/MODEL.safetensors")
    args = parser.parse_args()

    root = Path(__file__).resolve().parents[1]
    state = load_checkpoint(args.checkpoint)
    runs = [_run(load_checkpoint(path)) for path in args.earlier] + [_run(state)]
    net = build_network(args.model)
    net.load_state_dict(state["ema"])
    provenance = {
        "model": args.model,
        "data": args.data,
        "runs": runs,
        "pairs": sum(run["pairs"] for run in runs),
    }
    if args.scores is not None:
        provenance |= _measured(json.loads(args.scores.read_text()))
    out = args.out or root / "siamtrack" / "zoo" / "files" / f"{args.model}.safetensors"
    save_weights(net, out, provenance)


def _measured(record: dict[str, Any]) -> dict[str, Any]:
    """Scores, and of a verifier its thresholds."""
    if "verifier" not in record:
        return {"scores": {name: round(record[key], 3) for key, name in _SCORES.items()}}
    judged = record["verifier"]
    areas = {f"ROC area, {kind} pairs": round(judged[kind]["auc"], 3) for kind in ("any", "category", "footage")}
    return {"scores": areas, "thresholds": judged["thresholds"]}


def _run(state: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint says of its making; `pairs` are those that its own run has seen."""
    config = state["config"]
    return {
        "config": config,
        "commit": state["commit"],
        "steps": state["step"],
        "pairs": state["step"] * config["batch"],
    }


if __name__ == "__main__":
    main()
