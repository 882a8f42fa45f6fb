"""Turn a training checkpoint into the bundled weights, with their provenance.

`python tools/package_weights.py RUN/last.pt siamtrack-s --data "training pack ..." [--copies RUN/step-3000.pt ...]
[--beside RUN2/last.pt ...] [--scores RECORD.json]`; the record of a verifier also holds its thresholds, without which
it decides nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.training.checkpoint import load_checkpoint
from siamtrack.training.ema import mean_weights
from siamtrack.zoo.verifiers import build_network
from siamtrack.zoo.weights import provenance_of, read_state, save_weights

# Of a record of `siamtrack/evaluation/judge.py`, by the names that people see.
_SCORES = {"success": "OTB-8 success", "precision": "OTB-8 precision", "held_out": "held-out success"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("model")
    parser.add_argument("--data", required=True, help="what it was trained on, in a sentence")
    parser.add_argument(
        "--copies",
        type=Path,
        nargs="*",
        default=[],
        help="of the same run, or packaged weights that it began with: the mean of all is taken",
    )
    parser.add_argument(
        "--beside",
        type=Path,
        nargs="*",
        default=[],
        help="last checkpoints of runs that began with the same weights: they count in the mean too",
    )
    parser.add_argument(
        "--earlier",
        type=Path,
        nargs="*",
        default=[],
        help="checkpoints or packaged weights that it began with, in order",
    )
    parser.add_argument("--scores", type=Path, help="record of tools/judge.py or judge_verifier.py")
    parser.add_argument("-o", "--out", type=Path, help="default: siamtrack/zoo/files/MODEL.safetensors")
    args = parser.parse_args()

    root = Path(__file__).resolve().parents[1]
    began = [run for path in args.earlier for run in _runs(path)]
    copies = [_copy(path) for path in args.copies]
    lasts = [load_checkpoint(path) for path in (args.checkpoint, *args.beside)]
    own = [_run(state) for state in lasts]
    if copies:
        own[0]["mean of the copies after steps"] = [*(step for step, _ in copies), lasts[0]["step"]]
    for run in own[1:]:
        run["averaged with"] = "the run before"
    runs = began + own
    net = build_network(args.model)
    net.load_state_dict(mean_weights([*(weights for _, weights in copies), *(state["ema"] for state in lasts)]))
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


def _runs(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".safetensors":
        return list(provenance_of(path)["runs"])
    return [_run(load_checkpoint(path))]


def _copy(path: Path) -> tuple[int, dict[str, Tensor]]:
    """After which step of its run, 0 for packaged weights that one began with, and the weights."""
    if path.suffix == ".safetensors":
        return 0, read_state(path)
    state = load_checkpoint(path)
    return state["step"], state["ema"]


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
