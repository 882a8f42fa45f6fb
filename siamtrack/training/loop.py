"""The training loop: pairs -> network -> losses -> step, with checkpoints and validation on held-out tracks."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

from siamtrack.data.pairs import PairBatch, PairSampler
from siamtrack.geometry.boxes import cxcywh_to_xyxy, iou_xyxy
from siamtrack.losses.points import PointLosses, point_losses
from siamtrack.nets.siamese import SiameseNet
from siamtrack.training.checkpoint import load_checkpoint, save_checkpoint
from siamtrack.training.config import TrainConfig
from siamtrack.training.speed import prepare_for_training

_VALIDATION_BATCHES = 20
_LOG_EVERY = 20
_MAY_CHANGE = ("steps", "warmup", "cooldown", "validate_every", "checkpoint_every")


class PairLoss(nn.Module):
    """Network and losses as one module, which is what is spread over processes."""

    def __init__(self, net: SiameseNet, bf16: bool) -> None:
        super().__init__()
        self.net, self.bf16 = net, bf16

    def forward(self, template_N3HW: Tensor, search_N3HW: Tensor, box_N4: Tensor, positive_N: Tensor) -> PointLosses:
        """Each search crop meets its own template and, as a negative, that of its neighbour in the batch.

        The trunk, which is nearly all of the work, is paid once for both.
        """
        net = self.net
        with torch.autocast(template_N3HW.device.type, torch.bfloat16, enabled=self.bf16):
            features = net.embed(search_N3HW.float())
            kernels = net.kernels(net.embed(template_N3HW.float()))
            neighbour_N = torch.arange(len(box_N4), device=box_N4.device) ^ 1
            raw = net.head.search(
                tuple(torch.cat((kernel, kernel[neighbour_N])) for kernel in kernels),
                tuple(torch.cat((level, level)) for level in features),
            )
        boxes_MHW4 = net.decode(raw).box_NAHW4[:, 0]  # type: ignore[index]
        present_M = torch.cat((positive_N, torch.zeros_like(positive_N)))
        return point_losses(
            raw.cls_NCHW[:, 0].float(), boxes_MHW4, torch.cat((box_N4, box_N4)), present_M, net.spec.stride
        )


class Trainer:
    """One run in one folder: `last.pt` (complete, resumable) and `log.jsonl`.

    Within `torchrun` the pairs of a step are spread over the processes. A step is made of micro-batches, each with
    batch norm statistics of its own, so any number of processes that divides their number gives the same losses.

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
        self.rank, self.world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
        self.net = net
        prepare_for_training(net, device)
        freeze_trunk(net)
        self.ema = copy.deepcopy(net).requires_grad_(False).eval()
        trunk = [p for p in net.backbone.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": list(net.head.parameters()), "factor": 1.0},
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
        loss = PairLoss(net, config.bf16)
        self.loss: nn.Module = DistributedDataParallel(loss) if self.world > 1 else loss

    def run(self) -> None:
        """Train to the configured number of steps."""
        config, started, first, waited = self.config, time.monotonic(), self.step, 0.0
        sums: list[Tensor] = []
        count = config.batch // config.micro_batch
        micros = [
            step * count + micro
            for step in range(self.step, config.steps)
            for micro in range(self.rank, count, self.world)
        ]
        batches = _prefetch(self.train_pairs, micros, config.micro_batch)
        while self.step < config.steps:
            asked = time.monotonic()
            mine = [next(batches) for _ in range(count // self.world)]
            waited += time.monotonic() - asked
            sums.append(torch.stack(self._train_step(mine)))
            self.step += 1
            if self.step % _LOG_EVERY == 0:
                passed = time.monotonic() - started
                rate = (self.step - first) * config.batch / passed
                values = self._mean(torch.stack(sums).mean(0))
                named = zip(PointLosses._fields, values.tolist(), strict=True)
                self._log({name: round(value, 4) for name, value in named}, rate=round(rate, 1), wait=waited / passed)
                sums = []
            if self.step % config.validate_every == 0 and self.rank == 0:
                self._log(self.validate())
            if (self.step % config.checkpoint_every == 0 or self.step == config.steps) and self.rank == 0:
                save_checkpoint(self.out / "last.pt", self._state())

    def _train_step(self, batches: list[PairBatch]) -> list[Tensor]:
        """One step on this process's micro-batches; the losses are their mean."""
        rate = learning_rate(self.step, self.config)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        self.optimizer.zero_grad(set_to_none=True)
        parts = []
        for number, batch in enumerate(batches, 1):
            alone = number < len(batches) and self.world > 1
            with self.loss.no_sync() if alone else nullcontext():  # type: ignore[operator]
                losses: PointLosses = self.loss(
                    batch.template_N3HW.to(self.device),
                    batch.search_N3HW.to(self.device),
                    batch.box_N4.to(self.device),
                    batch.positive_N.to(self.device),
                )
                (losses.total / len(batches)).backward()
            parts.append(torch.stack([value.detach() for value in losses]))
        nn.utils.clip_grad_norm_(self.net.parameters(), self.config.grad_clip)
        self.optimizer.step()
        # A young average would remember the random start; it takes over as the run gets older.
        update_ema(self.ema, self.net, min(self.config.ema, (1 + self.step) / (10 + self.step)))
        return list(torch.stack(parts).mean(0))

    def _mean(self, values: Tensor) -> Tensor:
        """Over the processes."""
        if self.world > 1:
            dist.all_reduce(values)
            values = values / self.world
        return values

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Scores of the averaged network on fixed held-out pairs.

        Returns:
            best_iou: mean IoU of the highest-scoring candidate on positive pairs; hit: share of them above 0.5;
            score_gap: mean best score of positive pairs less that of negative ones.
        """
        ious, scores, present = [], [], []
        for batch in _prefetch(self.held_out_pairs, range(_VALIDATION_BATCHES), self.config.micro_batch):
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bf16):
                raw = self.ema(batch.template_N3HW.to(self.device).float(), batch.search_N3HW.to(self.device).float())
            score_NAHW, box_NAHW4 = self.ema.decode(raw)
            score_N, best_N = score_NAHW.flatten(1).max(1)
            assert box_NAHW4 is not None
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
        if self.rank:
            return
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


def _prefetch(pairs: PairSampler, numbers: Sequence[int], size: int, ahead: int = 4) -> Iterator[PairBatch]:
    """The batches of those numbers in order, some being made while one is used."""

    def load(number: int) -> PairBatch:
        return pairs.batch(range(number * size, (number + 1) * size))

    with ThreadPoolExecutor(1) as worker:
        pending = [worker.submit(load, number) for number in numbers[:ahead]]
        for number in [*numbers[ahead:], *[None] * ahead][: len(numbers)]:
            ready = pending.pop(0).result()
            if number is not None:
                pending.append(worker.submit(load, number))
            yield ready
