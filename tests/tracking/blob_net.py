"""A network without weights that sees the brightest thing: what the geometry does can be told from what a net does."""

from __future__ import annotations

import torch
from torch import Tensor

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.heads.base import Head
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels, NetSpec


class Identity(Backbone):
    def forward(self, crop_N3HW: Tensor) -> Features:
        return (crop_N3HW,)


class Centroid(Head):
    """One candidate: the brightness-weighted centre of the crop, a quarter of the crop large, score 0.9."""

    def kernels(self, features: Features, box_N4: Tensor) -> Kernels:
        return (features[0].mean((1, 2, 3))[:, None],)

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        return HeadOutput(features[0].mean(1, keepdim=True), None)

    def decode(self, raw: HeadOutput) -> Candidates:
        weight_NHW = raw.cls_NCHW[:, 0]
        side = weight_NHW.shape[-1]
        line = torch.arange(side) + 0.5 - side / 2
        total_N = weight_NHW.sum((1, 2)).clamp_min(1e-6)
        x_N = (weight_NHW.sum(1) * line).sum(1) / total_N
        y_N = (weight_NHW.sum(2) * line).sum(1) / total_N
        box_N4 = torch.stack((x_N, y_N, torch.full_like(x_N, side / 4), torch.full_like(x_N, side / 4)), 1)
        return Candidates(torch.full((len(x_N), 1, 1, 1), 0.9), box_N4[:, None, None, None])


def blob_net() -> SiameseNet:
    return SiameseNet(Identity(), Centroid(), NetSpec(128, 256, 8))
