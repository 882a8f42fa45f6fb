"""The box-adaptive head of SiamBAN (Chen et al. 2020): each cell says whether it is target, and where the sides are."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from siamtrack.nets.heads.base import Head
from siamtrack.nets.heads.depthwise import MultiLevelXCorr
from siamtrack.nets.heads.fusion import Fusion
from siamtrack.nets.heads.points import distance_boxes, exp_distance, target_score
from siamtrack.nets.neck import Neck
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels


class MultiLevelBAN(Head):
    """Depth-wise correlation on every level, fused by learned weights (SiamBAN, section 3.2 and figure 2).

    Raw maps: cls has 2 channels (channel 1 is the target), loc 4: the distances of a cell's centre to the left, top,
    right and bottom side, already in crop pixels.

    Args:
        neck: adjusts the backbone's levels; its outputs are the channels inside the head.
        stride: of the maps, crop pixels.
    """

    def __init__(self, neck: Neck, stride: int) -> None:
        super().__init__()
        levels = len(neck.levels)
        self.stride = stride
        self.neck = neck
        self.levels = MultiLevelXCorr(neck.outputs, cls_outputs=2, loc_outputs=4)
        self.fuse_cls = Fusion(levels, weighted=True)
        self.fuse_loc = Fusion(levels, weighted=True)
        self.loc_scale = nn.Parameter(torch.ones(levels))

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        return self.levels.kernels(self.neck(features))

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        cls, loc = self.levels(kernels, self.neck(features))
        distances = [exp_distance(maps * scale) for maps, scale in zip(loc, self.loc_scale, strict=True)]
        return HeadOutput(self.fuse_cls(cls), self.fuse_loc(distances))

    def decode(self, raw: HeadOutput) -> Candidates:
        assert raw.loc_NCHW is not None
        return Candidates(target_score(raw.cls_NCHW), distance_boxes(raw.loc_NCHW, self.stride))
