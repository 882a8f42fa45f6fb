"""The head of LightTrack (Yan et al. 2021, section 4.2 and figure 4), with the layers that its search found."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from siamtrack.nets.blocks import ChannelGate, bare_separable
from siamtrack.nets.heads.base import Head
from siamtrack.nets.heads.points import distance_boxes
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels
from siamtrack.nets.xcorr import xcorr_pixelwise

_PLANES = 64  # one for each pixel of the 8x8 template map
_ADJUSTED = 128  # published `adj_channel`
# Width, and the kernel of each layer: `cls_211000022+reg_100000111` of LightTrack-M, where 2 stands for no layer.
_CLS_WIDTH, _CLS_KERNELS = 256, (5, 5, 3, 3, 3, 3)
_LOC_WIDTH, _LOC_KERNELS = 192, (3, 3, 3, 3, 3, 5, 5, 5)
_CLS_SCALE = 0.1  # published `cls_pred_head`


class LightTrackHead(Head):
    """Pixel-wise correlation of normalised maps, a gate, two separable towers.

    Raw maps: cls has 1 channel, loc 4: the distances of a cell's centre to the left, top, right and bottom side,
    already in crop pixels.

    Args:
        inputs: channels of the backbone's features.
        stride: of the maps, crop pixels.
    """

    def __init__(self, inputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.template_norm, self.search_norm = nn.BatchNorm2d(inputs), nn.BatchNorm2d(inputs)
        self.gate = ChannelGate(_PLANES, _PLANES)
        self.adjust = nn.Conv2d(_PLANES, _ADJUSTED, 1)
        self.cls_tower, self.loc_tower = _tower(_CLS_WIDTH, _CLS_KERNELS), _tower(_LOC_WIDTH, _LOC_KERNELS)
        self.cls = nn.Conv2d(_CLS_WIDTH, 1, 3, padding=1)
        self.loc = nn.Conv2d(_LOC_WIDTH, 4, 3, padding=1)

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        return (self.template_norm(features[0]),)

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        planes = xcorr_pixelwise(kernels[0], self.search_norm(features[0]))
        mixed = self.adjust(self.gate(planes))
        cls, loc = self.cls(self.cls_tower(mixed)), self.loc(self.loc_tower(mixed))
        return HeadOutput(_CLS_SCALE * cls, loc.relu() * self.stride)

    def decode(self, raw: HeadOutput) -> Candidates:
        assert raw.loc_NCHW is not None
        return Candidates(raw.cls_NCHW.float().sigmoid(), distance_boxes(raw.loc_NCHW, self.stride, on_cell=True))


def _tower(width: int, kernels: Sequence[int]) -> nn.Sequential:
    inputs = (_ADJUSTED, *[width] * len(kernels))
    return nn.Sequential(
        *(bare_separable(count, width, kernel, nn.ReLU) for count, kernel in zip(inputs, kernels, strict=False))
    )
