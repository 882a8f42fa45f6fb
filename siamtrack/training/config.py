"""What a training run is: one YAML file, strictly read (see `config_file`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from siamtrack.data.pair_config import PairConfig
from siamtrack.naming import known_names
from siamtrack.nets.types import NetSpec
from siamtrack.training.criterion_config import CriterionConfig
from siamtrack.training.data_config import DataConfig
from siamtrack.zoo.presets import PRESETS
from siamtrack.zoo.verifiers import VERIFIERS


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AdamWConfig(_Config):
    """AdamW with PyTorch's moments."""

    kind: Literal["adamw"] = "adamw"
    weight_decay: NonNegativeFloat = 1e-4


class SGDConfig(_Config):
    """pysot `TRAIN.MOMENTUM` and `TRAIN.WEIGHT_DECAY`; the same in SiamBAN, SiamCAR and SiamDW."""

    kind: Literal["sgd"] = "sgd"
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: NonNegativeFloat = 1e-4


class StableSchedule(_Config):
    """Linear warm-up, a constant rate, a half cosine down to zero (Hu et al. 2024, warm-up-stable-decay).

    A run can be ended early or prolonged.

    Attributes:
        lr: rate of the head between warm-up and cool-down.
        warmup_steps: first steps, the rate rises linearly.
        cooldown_share: last share of the steps, the rate falls.
    """

    kind: Literal["stable"] = "stable"
    lr: PositiveFloat = 2e-3
    warmup_steps: PositiveInt = 100
    cooldown_share: float = Field(default=0.35, ge=0, le=1)


class CosineSchedule(_Config):
    """Linear warm-up, then a half cosine down to `end_lr`, step by step (SiamFC++: 1e-6, 0.08, 1e-6, 1 of 20 epochs).

    Attributes:
        start_lr, lr, end_lr: first, highest and last rate of the head.
        warmup_share: of the steps.
    """

    kind: Literal["cosine"] = "cosine"
    start_lr: PositiveFloat = 1e-6
    lr: PositiveFloat
    end_lr: NonNegativeFloat = 1e-6
    warmup_share: float = Field(default=0.05, ge=0, lt=1)


class LogWarmup(_Config):
    """First epochs of `LogSchedule` (pysot `TRAIN.LR_WARMUP`, type step, a step an epoch)."""

    start_lr: PositiveFloat = 1e-3
    end_lr: PositiveFloat = 5e-3
    epochs: PositiveInt = 5


class LogSchedule(_Config):
    """Rates that are constant within an epoch and fall by the same factor from each to the next (pysot type log).

    Attributes:
        start_lr, end_lr: of the first epoch after the warm-up, and of the last.
        warmup: epochs before, which count as the run's; None for none.
    """

    kind: Literal["log"] = "log"
    start_lr: PositiveFloat
    end_lr: PositiveFloat
    warmup: LogWarmup | None = None


class UnfreezeConfig(_Config):
    """Stages of the trunk that are trained from some time on. Stages that are never named stay as they were.

    Attributes:
        stages: names, see the backbone's `stages`.
        from_epoch, from_step: when, at most one of them; neither for the beginning.
        lr_factor: times the schedule's rate (pysot `BACKBONE.LAYERS_LR`).
        norms: whether the statistics of their batch norms stay fixed, or are taken from each batch and learnt.
    """

    stages: tuple[str, ...] = Field(min_length=1)
    from_epoch: NonNegativeInt | None = None
    from_step: NonNegativeInt | None = None
    lr_factor: PositiveFloat = 1.0
    norms: Literal["fixed", "learnt"] = "learnt"

    @model_validator(mode="after")
    def _one_time(self) -> UnfreezeConfig:
        if self.from_epoch is not None and self.from_step is not None:
            raise ValueError(
                f"from_epoch {self.from_epoch} and from_step {self.from_step} are given; expected one of them"
            )
        return self


OptimizerConfig = Annotated[AdamWConfig | SGDConfig, Field(discriminator="kind")]
ScheduleConfig = Annotated[StableSchedule | CosineSchedule | LogSchedule, Field(discriminator="kind")]


class TrainConfig(_Config):
    """A run. Steps count optimiser steps.

    Attributes:
        model: the network, of a tracker or of a verifier, see `zoo.presets.PRESETS` and `zoo.verifiers.VERIFIERS`.
        init: what the run begins with: an ImageNet trunk or a whole network from a file, or a trunk drawn at random.
        seed: of the initial weights, of every pair and of every draw of the loss.
        batch: pairs a step, over all processes; micro_batch: of them, pairs that pass through the network together,
            with batch norm statistics of their own.
        steps: of the whole run; or epochs, of pairs_per_epoch pairs each. May be changed on resuming, the schedule
            follows.
        search_px: side of a tracker's search crops; None for that of tracking.
        optimizer, schedule: see there. unfreeze: which stages of the trunk are trained; none if it is empty. frozen:
            parts of the head that are not trained.
        grad_clip: largest norm of the whole gradient, None for no limit.
        ema: decay of the averaged weights, which are the ones that are kept; 0 for no averaging.
        amp: automatic mixed precision; fp16 scales the loss.
        compile: whether backbone and head go through `torch.compile`; on a GPU only.
        swap_negatives: every search crop meets the template of its neighbour in the micro-batch too, as a negative.
        loss: see `criteria`.
        log_every, validate_every, checkpoint_every: steps.
        validate_pairs, validate_tracks: held-out pairs that are scored, and held-out sequences that are tracked.
        keep_at: steps after which a copy of the averaged weights is kept, `step-N.pt`, for a learning curve, say.
        loaders: processes that make pairs, for each process that trains (Linux); 0: a thread of the training process
            makes them. None for 0 on the CPU, and on a GPU for one on every core that is left, up to eight.
        data: what pairs are drawn from; pairs: how.
    """

    model: str
    init: Literal["trunk", "network", "random"] = "trunk"
    seed: NonNegativeInt = 0
    batch: PositiveInt = 32
    micro_batch: PositiveInt = 16
    steps: PositiveInt | None = None
    epochs: PositiveInt | None = None
    pairs_per_epoch: PositiveInt | None = None
    search_px: PositiveInt | None = None
    optimizer: OptimizerConfig = AdamWConfig()
    schedule: ScheduleConfig = StableSchedule()
    unfreeze: tuple[UnfreezeConfig, ...] = ()
    frozen: tuple[str, ...] = ()
    grad_clip: PositiveFloat | None = 5.0
    ema: float = Field(default=0.998, ge=0, lt=1)
    amp: Literal["none", "bf16", "fp16"] = "bf16"
    compile: bool = False
    swap_negatives: bool = False
    loss: CriterionConfig
    log_every: PositiveInt = 20
    validate_every: PositiveInt = 250
    checkpoint_every: PositiveInt = 100
    validate_pairs: PositiveInt = 320
    validate_tracks: NonNegativeInt = 32
    keep_at: tuple[PositiveInt, ...] = ()
    loaders: NonNegativeInt | None = None
    data: DataConfig
    pairs: PairConfig

    @field_validator("model")
    @classmethod
    def _is_known(cls, model: str) -> str:
        if model not in PRESETS | VERIFIERS:
            raise ValueError(f"no such model; {known_names(model, PRESETS | VERIFIERS)}")
        return model

    @model_validator(mode="after")
    def _fits_together(self) -> TrainConfig:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError(f"steps {self.steps} and epochs {self.epochs} are given; expected one of them")
        if self.batch % self.micro_batch:
            raise ValueError(f"batch {self.batch} is no multiple of micro_batch {self.micro_batch}")
        if self.swap_negatives and self.micro_batch % 2:
            raise ValueError(
                f"micro_batch is {self.micro_batch}; swap_negatives pairs neighbours, expected an even number"
            )
        if (self.model in VERIFIERS) != (self.loss.kind == "batch_hard"):
            raise ValueError(
                f"model {self.model} with loss {self.loss.kind}; verifiers, and they alone, have batch_hard"
            )
        if self.swap_negatives and self.model in VERIFIERS:
            raise ValueError("swap_negatives is for trackers; batch_hard compares all crops of a micro-batch anyway")
        if self.search_px is not None and self.model in VERIFIERS:
            raise ValueError(f"search_px is {self.search_px}; a verifier's crops are all of one size")
        if self.pairs.negative_beside and self.model not in VERIFIERS:
            raise ValueError("negative_beside is for verifiers; a tracker's search crop may show the target as well")
        by_epoch = self.epochs is not None or any(stage.from_epoch is not None for stage in self.unfreeze)
        if by_epoch and (self.pairs_per_epoch is None or self.pairs_per_epoch < self.batch):
            raise ValueError(f"pairs_per_epoch is {self.pairs_per_epoch}; epochs need at least a batch of {self.batch}")
        if isinstance(self.schedule, LogSchedule):
            warmup = self.schedule.warmup.epochs if self.schedule.warmup else 0
            if self.epochs is None or self.epochs <= warmup:
                raise ValueError(f"epochs is {self.epochs}; a log schedule with a warm-up of {warmup} needs more")
        return self

    def crop_spec(self, spec: NetSpec) -> NetSpec:
        """A network's, with the search crops that are trained on.

        Raises:
            ValueError: the cells of such crops would not lie on the network's grid.
        """
        if self.search_px is None:
            return spec
        if (self.search_px - spec.search_px) % (2 * spec.stride):
            step = 2 * spec.stride
            raise ValueError(f"search_px is {self.search_px}; expected {spec.search_px} plus a multiple of {step}")
        return replace(spec, search_px=self.search_px)

    @property
    def epoch_steps(self) -> int:
        """Whole steps in an epoch; where there are no epochs, those of the run."""
        return self.total_steps if self.pairs_per_epoch is None else self.pairs_per_epoch // self.batch

    @property
    def total_steps(self) -> int:
        """Of the run."""
        if self.steps is not None:
            return self.steps
        assert self.epochs is not None  # checked above, with pairs_per_epoch
        return self.epochs * self.epoch_steps

    @property
    def micro_batches(self) -> int:
        """Of a step, over all processes."""
        return self.batch // self.micro_batch
