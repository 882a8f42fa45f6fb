"""The fully-convolutional head of SiamFC: the response is the correlation itself."""

from __future__ import annotations

from torch import Tensor

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
