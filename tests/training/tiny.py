"""A run small enough for tests: drawn images, a network of a few thousand weights, the real loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from siamtrack.data.datasets.pack import load_pack
from siamtrack.data.image_cache import ImageCache
from siamtrack.data.images import ImageFiles
from siamtrack.data.pair_config import PairConfig
from siamtrack.data.pairs import PairSampler
from siamtrack.data.targets import Pool, TargetSource
from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.blocks import conv_bn
from siamtrack.nets.heads.light import LightHead
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import Features, NetSpec
from siamtrack.training.config import TrainConfig
from siamtrack.training.distributed import join, leave
from siamtrack.training.loop import Trainer
from siamtrack.training.validate import HeldOut

WIDTH, HEIGHT = 220, 200
PAIRS: dict[str, Any] = {
    "negative_unlike": 0.2,
    "template_shift_px": 2,
    "search_shift_px": 64,
    "search_log_scale": 0.2,
    "flip": 0.5,
    "blur": 0.1,
    "color": 0.2,
    "distractor": 0.2,
}


class TinyTrunk(Backbone):
    """Two stages to stride 16."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_bn(3, 8, 7, 8)
        self.top = conv_bn(8, 8, 3, 2)

    def forward(self, x_N3HW: Tensor) -> Features:
        return (self.top(self.stem(x_N3HW)),)


def tiny_net(seed: int = 0) -> SiameseNet:
    torch.manual_seed(seed)
    spec = NetSpec(128, 256, 16, mean=(127.0,) * 3, std=(128.0,) * 3)
    return SiameseNet(TinyTrunk(), LightHead(8, 8, 16), spec)


def draw_pack(root: Path, tracks: int = 4, frames: int = 3) -> Path:
    """Coloured rectangles that move over noise; every track is a source of its own."""
    (root / "photos").mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows = ["file\twidth\theight\tbox_xywh\tclass\tgroup\tset\tother_boxes_xywh"]
    sources = ["group\tsource"]
    for track in range(tracks):
        color = rng.integers(0, 255, 3).tolist()
        for frame in range(frames):
            image = rng.integers(0, 80, (HEIGHT, WIDTH, 3), np.uint8)
            x, y = 70 + 8 * frame, 60 + 5 * track
            cv2.rectangle(image, (x, y), (x + 49, y + 39), color, -1)
            name = f"{track}{frame}.png"
            cv2.imwrite(str(root / name), image)
            rows.append(f"{name}\t{WIDTH}\t{HEIGHT}\t{x},{y},50,40\tthing\ttrack{track}\tdrawn\t")
        sources.append(f"track{track}\tsource{track}")
    (root / "index.tsv").write_text("\n".join(rows) + "\n")
    (root / "vid_sources.tsv").write_text("\n".join(sources) + "\n")
    return root


def tiny_config(**changes: Any) -> TrainConfig:
    settings: dict[str, Any] = {
        "model": "siamtrack-s",  # whose tracker's numbers the held-out tracks are followed with
        "steps": 6,
        "batch": 8,
        "micro_batch": 4,
        "schedule": {"kind": "stable", "warmup_steps": 2},
        "unfreeze": [{"stages": ["top"], "lr_factor": 0.2, "norms": "fixed"}],
        "amp": "none",
        "ema": 0.9,
        "swap_negatives": True,
        "loss": {"kind": "point"},
        "log_every": 1,
        "validate_every": 100,
        "checkpoint_every": 2,
        "validate_pairs": 8,
        "data": {"sources": {"pack": {"frame_gap": 12}}},
        "pairs": PAIRS,
    }
    return TrainConfig.model_validate(settings | changes)


def tiny_sampler(pack: Path, **changes: float) -> PairSampler:
    source = TargetSource([Pool("drawn", tuple(load_pack(pack)), 1.0, 12)], ImageFiles(), ImageCache().read)
    return PairSampler(source, PairConfig(**(PAIRS | changes)), 128, 256, seed=0)


def tiny_trainer(pack: Path, out: Path, said: list[str] | None = None, device: str = "cpu", **changes: Any) -> Trainer:
    sampler = tiny_sampler(pack)
    held = HeldOut(tiny_sampler(pack, negative_unlike=0.5), load_pack(pack)[:2])
    say = (lambda text: None) if said is None else said.append
    return Trainer(tiny_net(), tiny_config(**changes), sampler, held, out, torch.device(device), say=say)


def run_in_process(pack: str, out: str, changes: dict[str, Any]) -> None:
    """The work of one of several processes, or of one that is to be killed."""
    join(torch.device("cpu"))
    torch.set_num_threads(1)
    tiny_trainer(Path(pack), Path(out), **changes).run()
    leave()
