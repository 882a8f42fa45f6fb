"""The training loop: pairs -> network -> losses -> step, with checkpoints and validation on held-out tracks."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from siamtrack.data.pairs import PairBatch, PairSampler
from siamtrack.geometry.boxes import cxcywh_to_xyxy, iou_xyxy
from siamtrack.losses.points import PointLosses, point_losses
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput
from siamtrack.training.checkpoint import load_checkpoint, save_checkpoint
from siamtrack.training.config import TrainConfig

_VALIDATION_BATCHES = 10
_MAY_CHANGE = ("steps", "warmup", "cooldown", "validate_every", "checkpoint_every")


class Trainer:
    """One run in one folder: `last.pt` (complete, resumable) and `log.jsonl` (a line every ten steps).

    Args:
        net: freshly built, trunk initialised; trained in place.
        config: of the run.
        train, held_out: pair sources for training and for validation.
        out: folder of the run; an existing `last.pt` in it is continued.
        device: where to train.
        commit: of the code, kept in the checkpoint.

    Raises:
        ValueError: the run in `out` has another configuration (its length and the intervals may differ).
    """

    def __init__(
        self,
        net: SiameseNet,
        config: TrainConfig,
        train: PairSampler,
        held_out: PairSampler,
        out: Path,
        device: torch.device,
        commit: str = "",
    ) -> None:
        self.config, self.device, self.out, self.commit = config, device, out, commit
        self.net = net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        freeze_trunk(self.net)
        self.ema = copy.deepcopy(self.net).requires_grad_(False).eval()
        trunk = [p for p in self.net.backbone.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": list(self.net.head.parameters()), "factor": 1.0},
                {"params": trunk, "factor": config.trunk_lr_factor},
            ],
            lr=config.lr,
            weight_decay=config.weight_decay,
        )
        self.train_pairs, self.held_out_pairs = train, held_out
        self.step = 0
        out.mkdir(parents=True, exist_ok=True)
        if (out / "last.pt").exists():
            self._restore(load_checkpoint(out / "last.pt"))

    def run(self) -> None:
        """Train to the configured number of steps."""
        config, started, first = self.config, time.monotonic(), self.step
        for batch in _prefetch(self.train_pairs, range(self.step, config.steps), config.batch):
            losses = self._train_step(batch)
            self.step += 1
            if self.step % 10 == 0:
                rate = (self.step - first) * config.batch / (time.monotonic() - started)
                named = zip(PointLosses._fields, losses, strict=True)
                self._log({name: round(value.item(), 4) for name, value in named}, pairs_per_second=round(rate, 1))
            if self.step % config.validate_every == 0:
                self._log(self.validate())
            if self.step % config.checkpoint_every == 0 or self.step == config.steps:
                save_checkpoint(self.out / "last.pt", self._state())

    def _train_step(self, batch: PairBatch) -> PointLosses:
        rate = learning_rate(self.step, self.config)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        raw = self._forward(self.net, batch)
        losses = self._losses(self.net, raw, batch)
        self.optimizer.zero_grad(set_to_none=True)
        losses.total.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), self.config.grad_clip)
        self.optimizer.step()
        # A young average would remember the random start; it takes over as the run gets older.
        update_ema(self.ema, self.net, min(self.config.ema, (1 + self.step) / (10 + self.step)))
        return losses

    def _forward(self, net: SiameseNet, batch: PairBatch) -> HeadOutput:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bf16):
            raw: HeadOutput = net(
                batch.template_N3HW.to(self.device).float(), batch.search_N3HW.to(self.device).float()
            )
        return raw

    def _losses(self, net: SiameseNet, raw: HeadOutput, batch: PairBatch) -> PointLosses:
        boxes_NHW4 = net.decode(raw).box_NAHW4[:, 0]  # type: ignore[index]
        box_N4, positive_N = batch.box_N4.to(self.device), batch.positive_N.to(self.device)
        return point_losses(raw.cls_NCHW[:, 0].float(), boxes_NHW4, box_N4, positive_N, net.spec.stride)

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Scores of the averaged network on fixed held-out pairs.

        Returns:
            best_iou: mean IoU of the highest-scoring candidate on positive pairs; hit: share of them above 0.5;
            score_gap: mean best score of positive pairs less that of negative ones.
        """
        ious, scores, present = [], [], []
        for batch in _prefetch(self.held_out_pairs, range(_VALIDATION_BATCHES), self.config.batch):
            raw = self._forward(self.ema, batch)
            score_NAHW, box_NAHW4 = self.ema.decode(raw)
            score_N, best_N = score_NAHW.flatten(1).max(1)
            best_N4 = box_NAHW4.flatten(1, 3)[torch.arange(len(best_N)), best_N]
            ious.append(iou_xyxy(cxcywh_to_xyxy(best_N4), cxcywh_to_xyxy(batch.box_N4.to(self.device))))
            scores.append(score_N)
            present.append(batch.positive_N.to(self.device))
        iou, score, positive = torch.cat(ious), torch.cat(scores), torch.cat(present)
        return {
            "best_iou": round(iou[positive].mean().item(), 4),
            "hit": round((iou[positive] > 0.5).float().mean().item(), 4),
            "score_gap": round((score[positive].mean() - score[~positive].mean()).item(), 4),
        }

    def _state(self) -> dict[str, Any]:
        return {
            "net": self.net.state_dict(),
            "ema": self.ema.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "config": self.config.model_dump(),
            "commit": self.commit,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        now = self.config.model_dump()
        changed = [key for key in now if key not in _MAY_CHANGE and now[key] != state["config"].get(key)]
        if changed:
            raise ValueError(
                f"the run in {self.out} was begun with another {', '.join(changed)}; choose another folder"
            )
        self._forget_log_after(state["step"])
        self.net.load_state_dict(state["net"])
        self.ema.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]

    def _forget_log_after(self, step: int) -> None:
        """Drop the lines of steps that will be made again."""
        log = self.out / "log.jsonl"
        lines = log.read_text().splitlines(keepends=True) if log.exists() else []
        log.write_text("".join(line for line in lines if json.loads(line)["step"] <= step))

    def _log(self, values: dict[str, float], **more: float) -> None:
        line = {"step": self.step, "lr": round(learning_rate(self.step, self.config), 6)} | values | more
        with (self.out / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


def learning_rate(step: int, config: TrainConfig) -> float:
    """Linear warm-up, constant, half-cosine cool-down; see `TrainConfig`."""
    down = max(1, round(config.steps * config.cooldown))
    left = min(1.0, (config.steps - step) / down)
    return config.lr * min(1.0, (step + 1) / config.warmup) * (1 - math.cos(math.pi * left)) / 2


def freeze_trunk(net: SiameseNet) -> None:
    """Freeze the trunk up to stride 8, and the statistics of every batch norm of the trunk."""
    net.train()
    net.backbone.eval()
    net.backbone.stem.requires_grad_(False)  # type: ignore[operator, union-attr]


@torch.no_grad()
def update_ema(ema: nn.Module, net: nn.Module, decay: float) -> None:
    """Move every tensor of `ema` towards `net`'s: e = decay * e + (1 - decay) * n; counters are copied."""
    ours: dict[str, Tensor] = ema.state_dict()
    for name, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            ours[name].lerp_(value, 1 - decay)
        else:
            ours[name].copy_(value)


def _prefetch(pairs: PairSampler, steps: Sequence[int], batch: int) -> Iterator[PairBatch]:
    """Batches of the given steps in order, the next one being made while this one is used."""

    def load(step: int) -> PairBatch:
        return pairs.batch(range(step * batch, (step + 1) * batch), workers.map)

    with ThreadPoolExecutor(2) as workers, ThreadPoolExecutor(1) as ahead:
        pending = [ahead.submit(load, step) for step in steps[:2]]
        for step in steps:
            ready = pending.pop(0).result()
            if step + 2 < steps[0] + len(steps):
                pending.append(ahead.submit(load, step + 2))
            yield ready
