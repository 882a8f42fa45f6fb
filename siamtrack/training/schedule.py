"""Learning rates as pure functions of the step or the epoch: nothing to store, nothing to restore."""

from __future__ import annotations

import math

from siamtrack.training.config import CosineSchedule, StableSchedule, TrainConfig


def learning_rate(config: TrainConfig, step: int) -> float:
    """Of the head at a step, counted from 0; see the schedules in `config`."""
    schedule = config.schedule
    if isinstance(schedule, StableSchedule):
        return stable(step, config.total_steps, schedule.lr, schedule.warmup_steps, schedule.cooldown_share)
    if isinstance(schedule, CosineSchedule):
        warmup_steps = round(config.total_steps * schedule.warmup_share)
        return cosine(step, config.total_steps, schedule.start_lr, schedule.lr, schedule.end_lr, warmup_steps)
    assert config.epochs is not None  # the config is not made otherwise
    epoch, warmup = step // config.epoch_steps, schedule.warmup
    if warmup is None:
        return logarithmic(epoch, config.epochs, schedule.start_lr, schedule.end_lr)
    if epoch < warmup.epochs:
        return stepwise(epoch, warmup.epochs, warmup.start_lr, warmup.end_lr)
    return logarithmic(epoch - warmup.epochs, config.epochs - warmup.epochs, schedule.start_lr, schedule.end_lr)


def stable(step: int, steps: int, lr: float, warmup_steps: int, cooldown_share: float) -> float:
    """Up linearly to `lr` in `warmup_steps`, there until the last share of the steps, then half a cosine to zero."""
    down = max(1, round(steps * cooldown_share))
    left = min(1.0, (steps - step) / down)
    return lr * min(1.0, (step + 1) / warmup_steps) * (1 - math.cos(math.pi * left)) / 2


def cosine(step: int, steps: int, start_lr: float, lr: float, end_lr: float, warmup_steps: int) -> float:
    """Linearly from `start_lr` to `lr` in `warmup_steps`, then half a cosine that reaches `end_lr` at `steps`."""
    if step < warmup_steps:
        return start_lr + (lr - start_lr) * step / warmup_steps
    done = (step - warmup_steps) / (steps - warmup_steps)
    return end_lr + (lr - end_lr) * (1 + math.cos(math.pi * done)) / 2


def logarithmic(epoch: int, epochs: int, start_lr: float, end_lr: float) -> float:
    """By a constant factor an epoch from `start_lr` in the first to `end_lr` in the last (pysot `LogScheduler`)."""
    return start_lr * (end_lr / start_lr) ** (min(epoch, epochs - 1) / max(1, epochs - 1))


def stepwise(epoch: int, epochs: int, start_lr: float, end_lr: float) -> float:
    """By a constant factor an epoch from `start_lr`; `end_lr` would come after the last (pysot `StepScheduler`)."""
    return start_lr * (end_lr / start_lr) ** (epoch / epochs)
