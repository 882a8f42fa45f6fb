"""Turn a training checkpoint into the bundled weights, with their provenance.

`python tools/package_weights.py RUN/last.pt siamtrack-s --data "training pack ..." [--scores SCORES.json]`
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.training.checkpoint import load_checkpoint
from siamtrack.zoo.presets import get_preset
from siamtrack.zoo.weights import save_weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("model")
    parser.add_argument("--data", required=True, help="what it was trained on, in a sentence")
    parser.add_argument("--commit", help="of the code that trained; default: as the checkpoint says")
    parser.add_argument("--scores", type=Path, help="JSON of `siamtrack report`, of this model alone")
    parser.add_argument("-o", "--out", type=Path, help="default: siamtrack/zoo/files/MODEL.safetensors")
    args = parser.parse_args()

    root = Path(__file__).resolve().parents[1]
    state = load_checkpoint(args.checkpoint)
    net = get_preset(args.model).build()
    net.load_state_dict(state["ema"])
    provenance = {
        "model": args.model,
        "data": args.data,
        "config": state["config"],
        "steps": state["step"],
        "pairs": state["step"] * state["config"]["batch"],
        "commit": args.commit or state["commit"],
    }
    if args.scores is not None:
        (measured,) = json.loads(args.scores.read_text())["trackers"]
        names = {"success_auc": "OTB-8 success", "precision": "OTB-8 precision"}
        provenance["scores"] = {name: round(measured[key], 3) for key, name in names.items()}
    out = args.out or root / "siamtrack" / "zoo" / "files" / f"{args.model}.safetensors"
    part = out.with_name(out.name + ".part")
    save_weights(net, part, provenance)
    os.replace(part, out)


if __name__ == "__main__":
    main()
