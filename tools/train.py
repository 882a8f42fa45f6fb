"""Train a network on the training pack: `python tools/train.py CONFIG --data DIR --trunk FILE -o RUN`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import cv2
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.training.config import read_config
from siamtrack.training.data import load_data
from siamtrack.training.loop import Trainer
from siamtrack.training.pretrained import load_efficientnet_lite0
from siamtrack.training.speed import keep_memory
from siamtrack.zoo.presets import get_preset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the training pack (index.tsv inside)")
    parser.add_argument("--trunk", type=Path, required=True, help="ImageNet checkpoint of the trunk")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of the run; a run in it is continued")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()

    config = read_config(args.config)
    cv2.setNumThreads(0)
    keep_memory()
    if "RANK" in os.environ:
        torch.distributed.init_process_group("nccl" if args.device.startswith("cuda") else "gloo")
        if args.device == "cpu":
            torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    net = get_preset(config.model).build()
    load_efficientnet_lite0(net.backbone, args.trunk)
    data = load_data(config.data, config.pairs, {"pack": args.data}, net.spec, config.seed)
    assert data.held_out_pairs is not None
    device = torch.device(args.device)
    Trainer(net, config, data.train, data.held_out_pairs, args.out, device, commit=_commit()).run()


def _commit() -> str:
    """Of the checkout, marked where it was changed since; "" outside one."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    return described.stdout.strip()


if __name__ == "__main__":
    main()
