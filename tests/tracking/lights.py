"""Networks without weights for lights in the dark: one finds them, one tells their colours apart."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels, NetSpec
from siamtrack.nets.verifier import VerifierNet
from siamtrack.tracking.config import PenaltySelect, TrackConfig
from siamtrack.tracking.verify import Verifier

from .blob_net import Centroid, Identity

WIDTH, HEIGHT, SIDE = 480, 320, 40
RED, GREEN = (0, 0, 240), (0, 240, 0)
CONFIG = TrackConfig(PenaltySelect(penalty_k=0.05, window_influence=0.3, size_lr=0.3))


class Light(Centroid):
    """As `Centroid`, but the dark is not seen, and the score is the share of a light as large as the target that is."""

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        bright = super().search(kernels, features).cls_NCHW
        return HeadOutput(torch.where(bright > 8, bright, 0.0), None)

    def decode(self, raw: HeadOutput) -> Candidates:
        whole = 240 / 3 * (raw.cls_NCHW.shape[-1] / 4) ** 2
        share_N = raw.cls_NCHW.sum((1, 2, 3)) / whole
        return super().decode(raw)._replace(score_NAHW=(0.9 * share_N).clamp(0, 0.9)[:, None, None, None])


def light_net() -> SiameseNet:
    return SiameseNet(Identity(), Light(), NetSpec(128, 256, 8))


class Blocks(Backbone):
    """Mean colours of blocks of 16 pixels."""

    def forward(self, x_N3HW: Tensor) -> Features:
        return (functional.avg_pool2d(x_N3HW, 16),)


def color_verifier(threshold: float = 0.9) -> Verifier:
    """Compares the mean colours of object and crop."""
    net = VerifierNet(Blocks(), 3, 6, NetSpec(128, 128, 16)).eval().requires_grad_(False)
    net.head.weight.data, net.head.bias.data = torch.eye(6), torch.zeros(6)
    return Verifier(net, {0.01: threshold}, torch.device("cpu"))


def lights(*placed: tuple[tuple[int, int], tuple[int, int, int]]) -> np.ndarray:
    """A dark frame with squares round some centres, of some colours."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for (x, y), color in placed:
        corner = (x - SIDE // 2, y - SIDE // 2)
        cv2.rectangle(image, corner, (corner[0] + SIDE - 1, corner[1] + SIDE - 1), color, -1)
    return image


def box_round(center: tuple[int, int]) -> list[float]:
    return [center[0] - SIDE / 2, center[1] - SIDE / 2, SIDE, SIDE]
