"""Which criterion a head is trained with, and its constants, as published; see `criteria`.

A config is chosen by its `kind`; unknown keys are errors.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat

from siamtrack.losses.ban import Overlap
from siamtrack.losses.logistic import Distance


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LogisticConfig(_Config):
    """SiamFC; radius of 16 px, block distance: siamfc-pytorch `r_pos`. MatConvNet's SiamFC: Euclidean."""

    kind: Literal["logistic"] = "logistic"
    radius_px: PositiveFloat = 16
    distance: Distance = "block"


class TripletConfig(_Config):
    """Triplet loss on SiamFC's labels."""

    kind: Literal["triplet"] = "triplet"
    radius_px: PositiveFloat = 16
    distance: Distance = "block"


class RankingConfig(_Config):
    """Ranking losses beside a head's own: weights and gamma of SiamRPN++-RBO; SiamPW-RBO has gamma 5."""

    cls_weight: NonNegativeFloat = 0.5
    iou_weight: NonNegativeFloat = 0.25
    gamma: PositiveFloat = 3


class AnchorConfig(_Config):
    """SiamRPN and SiamRPN++: pysot `TRAIN.LOC_WEIGHT`, plain L1; see `anchor_losses` for smooth."""

    kind: Literal["anchor"] = "anchor"
    box_weight: NonNegativeFloat = 1.2
    smooth: NonNegativeFloat = 0
    ranking: RankingConfig | None = None


class AnchorMaskConfig(_Config):
    """SiamMask: `siammask_r50_l3`, weights 1, 1.2 and 36 of the first training stage."""

    kind: Literal["anchor_mask"] = "anchor_mask"
    box_weight: NonNegativeFloat = 1.2
    smooth: NonNegativeFloat = 0
    mask_weight: NonNegativeFloat = 36


class RefinedMaskConfig(_Config):
    """SiamMask's second training stage (`train_siammask_refine.py`): sharp masks alone, weight 36."""

    kind: Literal["refined_mask"] = "refined_mask"
    mask_weight: NonNegativeFloat = 36


class BanConfig(_Config):
    """SiamBAN: `siamban_r50_l234`, both weights 1."""

    kind: Literal["ban"] = "ban"
    box_weight: NonNegativeFloat = 1
    overlap: Overlap = "iou"
    ranking: RankingConfig | None = None


class CenternessConfig(_Config):
    """SiamCAR: weights 1, 3 and 1 (released `TRAIN`); core: see `centerness_labels`."""

    kind: Literal["centerness"] = "centerness"
    core: float = Field(0.6, ge=0, lt=1)
    box_weight: NonNegativeFloat = 3
    center_weight: NonNegativeFloat = 1


class FocalConfig(_Config):
    """SiamFC++: `siamfcpp_alexnet-got`, focal loss with alpha 0.25 and gamma 2, weights 1, 3 and 1."""

    kind: Literal["focal"] = "focal"
    alpha: float = Field(0.25, ge=0, le=1)
    gamma: NonNegativeFloat = 2
    box_weight: NonNegativeFloat = 3
    center_weight: NonNegativeFloat = 1


class PointConfig(_Config):
    """siamtrack-s."""

    kind: Literal["point"] = "point"


class BatchHardConfig(_Config):
    """A verifier: batch-hard triplets of embeddings; margin of the embeddings' distance, 0.2 as in FaceNet."""

    kind: Literal["batch_hard"] = "batch_hard"
    margin: PositiveFloat = 0.2


CriterionConfig = Annotated[
    LogisticConfig
    | TripletConfig
    | AnchorConfig
    | AnchorMaskConfig
    | RefinedMaskConfig
    | BanConfig
    | CenternessConfig
    | FocalConfig
    | PointConfig
    | BatchHardConfig,
    Field(discriminator="kind"),
]
