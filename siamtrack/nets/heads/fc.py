"""The fully-convolutional head of SiamFC: the response is the correlation itself."""

from __future__ import annotations

from torch import Tensor, nn

from siamtrack.nets.heads.base import Head
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels
from siamtrack.nets.xcorr import xcorr_full


class FullyConvolutional(Head):
    """Response = scale * correlation; no parameters.

    Args:
        scale: 0.001 is siamfc-pytorch's `out_scale`; SiamDW has 0.1.
    """

    def __init__(self, scale: float = 1e-3) -> None:
        super().__init__()
        self.scale = scale

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        return features

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        return HeadOutput(xcorr_full(kernels[0], features[0]) * self.scale, None)

    def decode(self, raw: HeadOutput) -> Candidates:
        """Raw responses: the scale pyramid compares and interpolates them before anything is squashed."""
        return Candidates(raw.cls_NCHW.float(), None)


class AdjustedFullyConvolutional(FullyConvolutional):
    """Response = scale * correlation + bias, both learned: the layer `adjust` of the MatConvNet networks.

    Begins as `make_siameseFC.m` of siamese-fc does, with 0.001 and 0; there only the bias is trained.
    """

    def __init__(self) -> None:
        super().__init__(scale=1.0)
        self.adjust = nn.Conv2d(1, 1, 1)
        nn.init.constant_(self.adjust.weight, 1e-3)
        assert self.adjust.bias is not None
        nn.init.zeros_(self.adjust.bias)

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        return HeadOutput(self.adjust(super().search(kernels, features).cls_NCHW), None)
