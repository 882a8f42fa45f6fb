"""What a training run is: one YAML file, strictly read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from siamtrack.data.pairs import PairConfig
from siamtrack.training.data import DataConfig


class TrainConfig(BaseModel):
    """A run. Steps count optimiser steps.

    Attributes:
        model: preset whose network is trained; the losses here are those of its head.
        seed: of the initial head and of every pair.
        batch: pairs a step; micro_batch: of them, pairs that pass through the network together, an even number.
        steps: of the whole run; may be changed on resuming, the schedule follows.
        warmup: first steps, the rate rises linearly.
        cooldown: last share of the steps, the rate falls as a half cosine to zero. Between the two it is constant, so a
            run can be ended early or prolonged (Hu et al. 2024, warm-up-stable-decay).
        lr: rate of the head; trunk_lr_factor times it for the trunk's stages at stride 16. Stages before are frozen.
        weight_decay, grad_clip: AdamW's decay; largest norm of the whole gradient.
        ema: decay of the averaged weights, which are the ones that are kept.
        bf16: autocast.
        validate_every, checkpoint_every: steps.
        data: what pairs are drawn from; pairs: how.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Literal["siamtrack-s"]
    seed: int = 0
    batch: PositiveInt = 32
    micro_batch: PositiveInt = 16
    steps: PositiveInt
    warmup: PositiveInt = 100
    cooldown: float = Field(0.35, ge=0, le=1)
    lr: PositiveFloat = 2e-3
    trunk_lr_factor: PositiveFloat = 0.2
    weight_decay: NonNegativeFloat = 1e-4
    grad_clip: PositiveFloat = 5.0
    ema: float = Field(0.998, ge=0, lt=1)
    bf16: bool = True
    validate_every: PositiveInt = 250
    checkpoint_every: PositiveInt = 100
    data: DataConfig
    pairs: PairConfig


def read_config(path: str | Path) -> TrainConfig:
    """Read a YAML file; unknown keys and wrong types are errors that name the key.

    Raises:
        FileNotFoundError, pydantic.ValidationError
    """
    return TrainConfig.model_validate(yaml.safe_load(Path(path).read_text()))
