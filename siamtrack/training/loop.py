"""The training loop: pairs -> network -> losses -> step, with checkpoints and validation on what is held out."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from siamtrack.data.pairs import PairBatch
from siamtrack.nets.siamese import SiameseNet
from siamtrack.training.checkpoint import load_checkpoint, save_checkpoint
from siamtrack.training.config import TrainConfig
from siamtrack.training.criteria import Losses, make_criterion
from siamtrack.training.criterion_config import AnchorMaskConfig, RefinedMaskConfig
from siamtrack.training.distributed import Processes, loader_processes
from siamtrack.training.ema import ema_decay, update_ema
from siamtrack.training.log import RunLog
from siamtrack.training.optimizer import make_optimizer
from siamtrack.training.pace import Pace
from siamtrack.training.pair_loss import PairLoss
from siamtrack.training.picture import draw_pairs, save_picture
from siamtrack.training.prefetch import Pairs, on_device, prefetch
from siamtrack.training.resume import changed_keys
from siamtrack.training.schedule import learning_rate
from siamtrack.training.speed import compile_net, prepare_for_training
from siamtrack.training.unfreeze import set_trainable, start_step
from siamtrack.training.validate import HeldOut, follow, look, look_at_pairs, pair_scores, track_scores
from siamtrack.zoo.presets import get_preset
from siamtrack.zoo.verifiers import Network

CHECKPOINT = "last.pt"

Progress = Callable[[int, Mapping[str, float]], None]


class Trainer:
    """One run in one folder: `last.pt` (complete, resumable), `step-N.pt` (of `TrainConfig.keep_at`), `log.jsonl`,
    `tensorboard/` and `pictures/`.

    The pairs of a step are spread over the processes that have joined. A step is made of micro-batches, each with batch
    norm statistics and random numbers of its own, so any number of processes that divides their number gives the same
    losses.

    Args:
        net: freshly built and initialised; trained in place.
        config: of the run.
        train: pairs to train on; what they had to skip is counted, and named once.
        held_out: for validation.
        out: folder of the run; an existing `last.pt` in it is continued.
        device: where to train.
        commit: of the code, kept in the checkpoint.
        progress: called after every step with its number and the newest numbers.
        say: is told events, such as a checkpoint that could not be written.

    Raises:
        ValueError: the run in `out` has another configuration (its length and the intervals may differ), its checkpoint
            is broken, or the processes cannot share a step evenly.
    """

    def __init__(
        self,
        net: Network,
        config: TrainConfig,
        train: Pairs,
        held_out: HeldOut,
        out: Path,
        device: torch.device,
        *,
        commit: str = "",
        progress: Progress = lambda step, numbers: None,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.config, self.device, self.out, self.commit = config, device, out, commit
        self.processes = Processes.present()
        self.processes.check_shares(config)
        self.net, self.train_pairs, self.held_out, self.progress = net, train, held_out, progress
        prepare_for_training(net, device)
        set_trainable(net, config, 0)
        self.ema = copy.deepcopy(net).requires_grad_(False).eval()
        self.optimizer = make_optimizer(net, config)
        self.scaler = torch.amp.GradScaler(device.type, enabled=config.amp == "fp16")
        self.step, self.saved = 0, ""
        self.recent: list[Tensor] = []  # losses since the last line of the log
        out.mkdir(parents=True, exist_ok=True)
        if (out / CHECKPOINT).exists():
            self._restore(load_checkpoint(out / CHECKPOINT))
        self.log = RunLog(out, self.step, say) if self.processes.rank == 0 else None
        if config.compile:
            compile_net(net)
        self._spread()

    def run(self) -> None:
        """Train to the configured number of steps.

        Raises:
            FloatingPointError: losses or weights are no longer finite; the last checkpoint is of before.
            OSError: the last checkpoint of the run cannot be written.
            ValueError: a pair cannot be made.
        """
        config = self.config
        batches = self._batches()
        with closing(batches), nullcontext() if self.log is None else closing(self.log):
            self.pace, self._named = Pace(), 0
            while self.step < config.total_steps:
                with self.pace.waiting(config.batch):
                    mine = [next(batches) for _ in range(config.micro_batches // self.processes.world)]
                if self.step == 0:
                    self._draw(mine[0])
                self.recent.append(self.processes.mean(self._train_step(mine)))
                self.step += 1
                numbers = self._log_losses() if self._due(config.log_every) else {}
                with self.pace.aside():
                    self._report(mine[0], numbers)
                    self._save()

    def _batches(self) -> Any:
        """The micro-batches of this process from the present step on."""
        config, processes = self.config, self.processes
        numbers = (
            step * config.micro_batches + micro
            for step in range(self.step, config.total_steps)
            for micro in range(processes.rank, config.micro_batches, processes.world)
        )
        loaders, pinned = loader_processes(config.loaders, self.device), self.device.type == "cuda"
        return prefetch(self.train_pairs, numbers, config.micro_batch, loaders, pinned)

    def _spread(self) -> None:
        """Freeze and unfreeze what the step asks for, then spread it: the processes exchange what has a gradient."""
        config = self.config
        set_trainable(self.net, config, self.step)
        self.loss: nn.Module = nn.Identity()  # lets go of the wrapper before
        self.loss = self.processes.spread(
            PairLoss(self.net, make_criterion(config.loss), config.amp, config.swap_negatives),
            whole=not isinstance(config.loss, AnchorMaskConfig | RefinedMaskConfig),
        )

    def _train_step(self, batches: list[PairBatch]) -> Tensor:
        """One step on this process's micro-batches; the losses are their mean."""
        config, world = self.config, self.processes.world
        if self.step and any(start_step(stage, config) == self.step for stage in config.unfreeze):
            self._spread()
        rate = learning_rate(config, self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        self.optimizer.zero_grad(set_to_none=True)
        parts = []
        for place, batch in enumerate(batches):
            micro = self.step * config.micro_batches + place * world + self.processes.rank
            torch.manual_seed(config.seed * 1_000_003 + micro)  # nothing random outlives a micro-batch
            alone = place + 1 < len(batches) and world > 1
            with self.loss.no_sync() if alone else nullcontext():  # type: ignore[operator]
                losses: Losses = self.loss(on_device(batch, self.device))
                self.scaler.scale(losses.total / len(batches)).backward()
            parts.append(torch.stack([value.detach() for value in losses._asdict().values()]))
        self._names = list(losses._asdict())
        self.scaler.unscale_(self.optimizer)
        if config.grad_clip is not None:
            nn.utils.clip_grad_norm_(self.net.parameters(), config.grad_clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        update_ema(self.ema, self.net, ema_decay(self.step, config.ema))
        return torch.stack(parts).mean(0)

    def _due(self, every: int) -> bool:
        """Whether it is time for what is done in every so many steps, and after the last."""
        return self.step % every == 0 or self.step == self.config.total_steps

    def _report(self, batch: PairBatch, numbers: dict[str, float]) -> None:
        """Validation and a picture, where they are due; then the progress, with these numbers and the scores."""
        if self._due(self.config.validate_every):
            scores = self.validate()
            if self.log is not None and scores:
                self.log.scalars(self.step, "held_out", scores)
            self._draw(batch)
            numbers = numbers | scores
        self.progress(self.step, numbers)

    def _log_losses(self) -> dict[str, float]:
        """The means since the last line, rate and speed, and how many draws this start had to skip so far."""
        values = torch.stack(self.recent).mean(0).tolist()
        numbers = dict(zip(self._names, values, strict=True))
        self.recent = []
        self._check_finite(all(map(math.isfinite, values)), f"losses are {numbers}")
        numbers |= {"lr": learning_rate(self.config, self.step - 1)} | self.pace.take()
        mine = self.train_pairs.skipped
        skipped = self.processes.gather([(mine.total(), list(mine)[self._named :])])
        self._named = len(mine)
        numbers["skipped"] = sum(count for count, _ in skipped)
        if self.log is not None:
            self.log.scalars(self.step, "train", numbers)
            self.log.skipped(self.step, [reason for _, reasons in skipped for reason in reasons])
        return numbers

    def validate(self) -> dict[str, float]:
        """Scores of the averaged network on fixed held-out pairs and, of a tracker's, on held-out tracks."""
        config, processes = self.config, self.processes
        processes.copy_buffers_of_first(self.ema)
        rows: list[tuple[float, float, bool]] = []
        if self.held_out.pairs is not None:
            count = math.ceil(config.validate_pairs / config.micro_batch)
            numbers = range(processes.rank, count, processes.world)
            rows = look_at_pairs(self.ema, self.held_out.pairs, numbers, config.micro_batch, config.amp, self.device)
            skipped = processes.gather(list(self.held_out.pairs.skipped))
            if self.log is not None:
                self.log.skipped(self.step, skipped)
        return pair_scores(processes.gather(rows)) | (self._track_held_out() if self.held_out.videos else {})

    def _track_held_out(self) -> dict[str, float]:
        processes, videos = self.processes, self.held_out.videos
        mine = videos[processes.rank :: processes.world]
        assert isinstance(self.ema, SiameseNet)  # `make_trainer` gives verifiers no videos
        boxes, errors = follow(self.ema, get_preset(self.config.model).config, mine, self.device)
        tracked = dict(processes.gather(list(boxes.items())))
        for name, error in processes.gather(list(errors.items())):
            if self.log is not None:
                self.log.event(self.step, f"held-out {name} was not tracked to its end: {error}")
        return track_scores(videos, tracked)

    def _draw(self, batch: PairBatch) -> None:
        """What the network sees at this step, and what the average says of it."""
        if self.log is None:
            return
        best = look(self.ema, on_device(batch, self.device), self.config.amp)
        try:
            path = self.out / "pictures" / f"{self.step:06d}.jpg"
            save_picture(path, draw_pairs(batch, best.box_N4, best.score_NAHW))
        except OSError as error:
            self.log.event(self.step, f"no picture: {error}")

    def _save(self) -> None:
        """Write what is due after a step; where that fails what is there stays, and the run goes on."""
        config, step = self.config, self.step
        due = self._due(config.checkpoint_every)
        if self.log is None or not (due or step in config.keep_at):
            return
        finite = all(value.isfinite().all() for value in self.net.state_dict().values())
        self._check_finite(finite, "there are weights that are not finite")
        if due:
            self._save_checkpoint(last=step == config.total_steps)
        if step in config.keep_at:
            try:
                save_checkpoint(self.out / f"step-{step}.pt", self._weights())
            except OSError as error:
                self.log.event(step, f"the copy of step {step} could not be written ({error})")

    def _save_checkpoint(self, last: bool) -> None:
        assert self.log is not None
        try:
            save_checkpoint(self.out / CHECKPOINT, self._state())
        except OSError as error:
            stays = f"that of {self.saved} stays" if self.saved else "there is none yet"
            message = f"the checkpoint of step {self.step} could not be written ({error}); {stays}"
            self.log.event(self.step, message)
            if last:
                raise OSError(f"{message}; the same command goes on from there") from error
        else:
            self.saved = f"step {self.step}"

    def _check_finite(self, finite: bool, what: str) -> None:
        if not finite:
            stays = f"the checkpoint of {self.saved} stays" if self.saved else "there is no checkpoint yet"
            raise FloatingPointError(f"step {self.step}: {what}; {stays}. Try a lower rate, or amp=none")

    def _weights(self) -> dict[str, Any]:
        """The averaged weights, and where they come from."""
        return {
            "ema": self.ema.state_dict(),
            "step": self.step,
            "config": self.config.model_dump(),
            "commit": self.commit,
        }

    def _state(self) -> dict[str, Any]:
        """Everything that the run needs to go on."""
        return self._weights() | {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "recent": self.recent,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        changed = changed_keys(state["config"], self.config)
        if changed:
            raise ValueError(
                f"the run in {self.out} was begun with another {', '.join(changed)}; choose another folder"
            )
        self.net.load_state_dict(state["net"])
        self.ema.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.recent = [values.to(self.device) for values in state["recent"]]
        self.step = state["step"]
        self.saved = f"step {self.step}"
