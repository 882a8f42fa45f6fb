"""What a run is trained on: the `data` section of its configuration; see `data` for how it is loaded."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, model_validator

from siamtrack.data.box_limits import BoxLimits

PHOTOS = "photos"  # the name under which a folder of photographs is given


class SourceConfig(BaseModel):
    """One training set.

    Attributes:
        kind: which, see `datasets.registry.TRAINING_SETS`; None where the source has its name.
        weight: share of it in the samples, before normalisation.
        frame_gap: largest distance between the two frames of a pair, in frames with a box.
        subsets: shares of its parts within it, before normalisation, for sets that have parts (the pack);
            default_subset: of parts that are not named.
        limits: of the boxes that are learnt from; None for none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str | None = None
    weight: NonNegativeFloat = 1.0
    frame_gap: NonNegativeInt = 100
    subsets: dict[str, NonNegativeFloat] = {}
    default_subset: NonNegativeFloat = 1.0
    limits: BoxLimits | None = None


class DataConfig(BaseModel):
    """What a run is trained on.

    Attributes:
        sources: by the name that their folder is given under, that of the training set unless they say which it is.
        holdout_percent: of the footage of each source's videos that is kept for validation; stills are all trained on.
        validation: names of other data sets to validate on, where their folders are given.
        cache_gb: of decoded images that the processes of a machine keep in memory, together.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: dict[str, SourceConfig] = Field(min_length=1)
    holdout_percent: int = Field(0, ge=0, le=100)
    validation: tuple[str, ...] = ()
    cache_gb: PositiveFloat = 6.0

    @model_validator(mode="after")
    def _names(self) -> DataConfig:
        twice = [name for name in self.validation if name in self.sources]
        if twice:
            raise ValueError(f"{twice[0]} is trained and validated on; give one of them another name and folder")
        if PHOTOS in self.sources:
            raise ValueError(f"no source may be called {PHOTOS}, under which photographs without boxes are given")
        return self

    @property
    def kinds(self) -> dict[str, str]:
        """Which training set each source is."""
        return {name: source.kind or name for name, source in self.sources.items()}
