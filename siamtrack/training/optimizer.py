"""The optimiser of a run."""

from __future__ import annotations

import torch

from siamtrack.training.config import SGDConfig, TrainConfig
from siamtrack.training.schedule import learning_rate
from siamtrack.training.unfreeze import parameter_groups
from siamtrack.zoo.verifiers import Network


def make_optimizer(net: Network, config: TrainConfig) -> torch.optim.Optimizer:
    """Over the groups of `parameter_groups`, at the rate of the first step.

    Raises:
        ValueError: see `parameter_groups`.
    """
    groups, chosen, lr = parameter_groups(net, config.unfreeze), config.optimizer, learning_rate(config, 0)
    if isinstance(chosen, SGDConfig):
        return torch.optim.SGD(groups, lr=lr, momentum=chosen.momentum, weight_decay=chosen.weight_decay)
    return torch.optim.AdamW(groups, lr=lr, weight_decay=chosen.weight_decay)
