"""Staged unfreezing: which parts of the trunk are trained, from which step on, and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from siamtrack.naming import known_names
from siamtrack.training.config import TrainConfig, UnfreezeConfig
from siamtrack.zoo.verifiers import Network


def start_step(stage: UnfreezeConfig, config: TrainConfig) -> int:
    """The step before which stages are unfrozen."""
    if stage.from_epoch is not None:
        return stage.from_epoch * config.epoch_steps
    return stage.from_step or 0


def set_trainable(net: Network, config: TrainConfig, step: int) -> None:
    """Bring the network into the state in which it is trained at a step.

    Everything but the trunk and `frozen` is trained. Of the trunk, so are the stages whose time has come. The rest has
    fixed weights and fixed batch norm statistics.

    Raises:
        ValueError: the head has no such part as `frozen` names, or the trunk no such stage.
    """
    net.train()
    net.backbone.eval().requires_grad_(False)
    parts = dict(net.head.named_children())
    for name in config.frozen:
        if name not in parts:
            raise ValueError(f"the head has no part {name!r}; {known_names(name, parts)}")
        parts[name].eval().requires_grad_(False)
    for stage in config.unfreeze:
        if start_step(stage, config) <= step:
            for module in _modules(net, stage):
                module.requires_grad_(True).train(stage.norms == "learnt")


def parameter_groups(net: Network, stages: Sequence[UnfreezeConfig]) -> list[dict[str, Any]]:
    """Optimiser groups: all but the trunk, then one for each entry of `stages`, those to be unfrozen later included.

    `factor` is what the schedule's rate is multiplied with. Parameters without a gradient are left alone by the
    optimiser, so a frozen group waits until its time comes.

    Raises:
        ValueError: the trunk has no such stage, or it is named twice.
    """
    names = [name for stage in stages for name in stage.stages]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"unfreeze names {', '.join(sorted(twice))} twice")
    trunk = set(net.backbone.parameters())
    rest = [parameter for parameter in net.parameters() if parameter not in trunk]
    return [
        {"params": rest, "factor": 1.0},
        *(
            {"params": [p for module in _modules(net, stage) for p in module.parameters()], "factor": stage.lr_factor}
            for stage in stages
        ),
    ]


def _modules(net: Network, stage: UnfreezeConfig) -> list[nn.Module]:
    known: dict[str, nn.Module] = net.backbone.stages()  # type: ignore[operator, union-attr]
    for name in stage.stages:
        if name not in known:
            raise ValueError(f"the trunk has no stage {name!r}; {known_names(name, known)}")
    return [known[name] for name in stage.stages]
