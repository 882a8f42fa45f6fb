"""Which boxes are worth learning from."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat


class BoxLimits(BaseModel):
    """Boxes outside are left out; the defaults are those of siamfc-pytorch (`Pair._filter`).

    Attributes:
        least_px, largest_px: width and height, pixels.
        least_share, largest_share: of the image's width and height.
        aspect: the longer side's largest multiple of the shorter one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    least_px: PositiveFloat = 20
    largest_px: PositiveFloat = 500
    least_share: PositiveFloat = 0.01
    largest_share: PositiveFloat = 0.5
    aspect: Annotated[float, Field(ge=1)] = 4

    def hold(self, boxes_R4: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
        """(R,) bool, the boxes within the limits.

        Args:
            boxes_R4: xywh, pixels.
            image_size: width and height, pixels.
        """
        size_R2 = boxes_R4[:, 2:]
        share_R2 = size_R2 / image_size
        within_R2 = (size_R2 >= self.least_px) & (size_R2 <= self.largest_px)
        within_R2 &= (share_R2 >= self.least_share) & (share_R2 <= self.largest_share)
        inside_R: np.ndarray = within_R2.all(1) & (size_R2.max(1) <= self.aspect * size_R2.min(1))
        return inside_R
