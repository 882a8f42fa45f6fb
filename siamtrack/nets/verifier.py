"""Is it the same object? One embedding of a crop round it, to be compared by its angle.

Shape legend: N crops, C channels of the backbone, D dimensions of the embedding, H W of its map.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from siamtrack.geometry.grids import covered_cells
from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.colors import Normalise
from siamtrack.nets.types import Features, NetSpec


class EmbeddedPairs(NamedTuple):
    """The two crops of N pairs.

    Attributes:
        first_ND, second_ND: of length 1, so that their product is the cosine of the angle between them.
    """

    first_ND: Tensor
    second_ND: Tensor

    @property
    def cosine_N(self) -> Tensor:
        """-1 to 1, the higher, the more alike."""
        return (self.first_ND * self.second_ND).sum(1)


class VerifierNet(nn.Module):
    """The last level of a backbone, averaged over the target's box and over the whole crop, to a unit embedding.

    The box says what is the object and what its surroundings, which in another frame may be others.

    Args:
        backbone: see `siamtrack.nets.backbones`.
        channels: C, of its last level.
        dims: D.
        spec: template and search crop are alike: squares of `template_px` as a tracker's template is cut.
    """

    def __init__(self, backbone: Backbone, channels: int, dims: int, spec: NetSpec) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(2 * channels, dims)
        self.spec = spec
        self.normalise = Normalise(spec)

    def embed(self, crop_N3HW: Tensor, box_N4: Tensor) -> Tensor:
        """(N, D) embeddings of length 1.

        Args:
            crop_N3HW: BGR 0-255.
            box_N4: the objects in them, cxcywh, crop pixels relative to their centres.
        """
        features: Features = self.backbone(self.normalise(crop_N3HW))
        level_NCHW = features[-1].float()
        inside_N1HW = covered_cells(box_N4, level_NCHW.shape[-1], self.spec.stride)[:, None]
        inside_NC = (level_NCHW * inside_N1HW).sum((2, 3)) / inside_N1HW.sum((2, 3)).clamp_min(1e-6)
        parts = [functional.normalize(part_NC, dim=1) for part_NC in (level_NCHW.mean((2, 3)), inside_NC)]
        return functional.normalize(self.head(torch.cat(parts, 1)), dim=1)

    def forward(
        self, first_N3HW: Tensor, first_box_N4: Tensor, second_N3HW: Tensor, second_box_N4: Tensor
    ) -> EmbeddedPairs:
        """Training: both crops of each pair."""
        crops, boxes = torch.cat((first_N3HW, second_N3HW)), torch.cat((first_box_N4, second_box_N4))
        return EmbeddedPairs(*self.embed(crops, boxes).chunk(2))
