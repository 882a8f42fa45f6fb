"""What training pairs are like."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, model_validator

Probability = Annotated[float, Field(ge=0, le=1)]

NEEDS_PHOTOS = ("photo_region", "new_surroundings", "occlude")


class PairConfig(BaseModel):
    """How pairs are drawn. Probabilities are per pair; the defaults add nothing to the plain crops.

    Attributes:
        look_alike: pairs 2i and 2i + 1 show targets of one category, with this probability; else any. They are of
            different sequences, so that each one's template is a negative for the other's search crop; several tracks
            of one video count as different, as they are of different things, and alike.
        negative_like, negative_unlike: the search crop shows another object, of the same or of another category
            (DaSiamRPN, Zhu et al. 2018, section 3.2).
        negative_any: it shows any other object, of every set as often (pysot `DATASET.NEG`, `TrkDataset.__getitem__`).
        negative_beside: it shows another object of the same frame, where one is known, in a view of its own. The target
            may be in it too: for verifiers alone, which are told the box.
        distracted: the search crop lies round another object of the same frame; a negative if the target is out of it.
        template_shift_px, template_log_scale, template_log_aspect: of the template crop, see `Jitter`.
        search_shift_px, search_log_scale, search_log_aspect: of the search crop.
        mirror: what lies beyond an image is the image mirrored, not its mean colour.
        flip: both crops are mirrored; flip_search: the search crop alone.
        turn_search: the search crop is turned, mostly by up to an eighth of a circle, one time in four by any angle.
        hide: the object is covered wholly, which makes the pair a negative, or, as often, a place beside it is.
        grey, coarsen, occlude: see `augment`; blur: of the search crop; template_blur: of the template, None for a
            third of that.
        blur_px: longest motion blur of the search crop; of the template half of that.
        color: strength of the colour changes; each crop draws its own.
        lighting: each crop has another light, see `augment.lighting_matrix` (pysot `DATASET.*.COLOR`).
        part: of a still's object, a part alone is the target.
        redraw: the target's boxes are all drawn looser, tighter or off centre in the same way, by up to a tenth of
            their size: what is to be found in the search crop is what the template's box holds, not the usual outline.
        other_target: where a frame has other objects, one of them is the target, in two views of the frame.
        photo_region: the target is a random region of a photograph. Parts and regions teach that the template's box,
            and not what usually is an object, says where the target ends.
        new_surroundings: a still's object is put on a photograph.
        distractor: an object of the same category is put beside the target.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    look_alike: Probability = 0.0
    negative_like: Probability = 0.0
    negative_unlike: Probability = 0.0
    negative_any: Probability = 0.0
    negative_beside: Probability = 0.0
    distracted: Probability = 0.0
    template_shift_px: NonNegativeFloat = 0.0
    template_log_scale: NonNegativeFloat = 0.0
    template_log_aspect: NonNegativeFloat = 0.0
    search_shift_px: NonNegativeFloat = 0.0
    search_log_scale: NonNegativeFloat = 0.0
    search_log_aspect: NonNegativeFloat = 0.0
    mirror: Probability = 0.0
    flip: Probability = 0.0
    flip_search: Probability = 0.0
    turn_search: Probability = 0.0
    grey: Probability = 0.0
    blur: Probability = 0.0
    template_blur: Probability | None = None
    blur_px: Annotated[int, Field(ge=3)] = 25
    coarsen: Probability = 0.0
    occlude: Probability = 0.0
    hide: Probability = 0.0
    color: NonNegativeFloat = 0.0
    lighting: bool = False
    part: Probability = 0.0
    redraw: Probability = 0.0
    other_target: Probability = 0.0
    photo_region: Probability = 0.0
    new_surroundings: Probability = 0.0
    distractor: Probability = 0.0

    @model_validator(mode="after")
    def _shares(self) -> PairConfig:
        negative = {name: value for name, value in self.model_dump().items() if name.startswith("negative_")}
        if sum(negative.values()) > 1:
            raise ValueError(f"more than all pairs are negative: {negative}; expected a sum of at most 1")
        return self
