"""Region-proposal heads: scores and boxes of anchors, by up-channel (SiamRPN) or depth-wise (SiamRPN++) correlation.

Shape legend: A anchors. cls has 2A channels (class-major; class 1 is the target), loc 4A (dx, dy, dw, dh, major).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from siamtrack.geometry.grids import anchor_grid
from siamtrack.nets.heads.base import Head
from siamtrack.nets.heads.depthwise import DepthwiseXCorr, MultiLevelXCorr
from siamtrack.nets.heads.fusion import Fusion
from siamtrack.nets.neck import Neck
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels
from siamtrack.nets.xcorr import xcorr_up_channel

_RATIOS = (0.33, 0.5, 1.0, 2.0, 3.0)  # h / w, SiamRPN section 3.2
_SCALE = 8.0
_STRIDE = 8
ANCHORS = len(_RATIOS)
# A box at most 1000/16 times its anchor or the inverse: finite and never empty whatever the network says.
_MAX_LOG_SIZE = math.log(1000 / 16)


def decode_anchors(raw: HeadOutput) -> Candidates:
    """Softmax score and box of every anchor (SiamRPN, eq. 11; the inverse of Faster R-CNN's encoding)."""
    assert raw.loc_NCHW is not None
    rows, _, cells, _ = raw.cls_NCHW.shape
    score_N2AHW = raw.cls_NCHW.float().view(rows, 2, ANCHORS, cells, cells).softmax(1)
    delta_NAHW4 = raw.loc_NCHW.float().view(rows, 4, ANCHORS, cells, cells).movedim(1, -1)
    anchor_AHW4 = anchor_grid(cells, _STRIDE, _RATIOS, _SCALE, raw.cls_NCHW.device)
    center = delta_NAHW4[..., :2] * anchor_AHW4[..., 2:] + anchor_AHW4[..., :2]
    size = delta_NAHW4[..., 2:].clamp(-_MAX_LOG_SIZE, _MAX_LOG_SIZE).exp() * anchor_AHW4[..., 2:]
    return Candidates(score_N2AHW[:, 1], torch.cat((center, size), -1))


class UpChannelRPN(Head):
    """SiamRPN (Li et al. 2018, figure 2): the template becomes 2A and 4A whole kernels.

    Args:
        channels: of the backbone's features and inside the head.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.template_cls = nn.Conv2d(channels, channels * 2 * ANCHORS, 3)
        self.template_loc = nn.Conv2d(channels, channels * 4 * ANCHORS, 3)
        self.search_cls = nn.Conv2d(channels, channels, 3)
        self.search_loc = nn.Conv2d(channels, channels, 3)
        self.adjust_loc = nn.Conv2d(4 * ANCHORS, 4 * ANCHORS, 1)

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        cls, loc = self.template_cls(features[0]), self.template_loc(features[0])
        return cls.unflatten(1, (2 * ANCHORS, -1)), loc.unflatten(1, (4 * ANCHORS, -1))

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        cls = xcorr_up_channel(kernels[0], self.search_cls(features[0]))
        loc = xcorr_up_channel(kernels[1], self.search_loc(features[0]))
        return HeadOutput(cls, self.adjust_loc(loc))

    def decode(self, raw: HeadOutput) -> Candidates:
        return decode_anchors(raw)


class DepthwiseRPN(Head):
    """The light head of SiamRPN++, one level.

    Args:
        channels: of the backbone's features and inside the head.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.cls = DepthwiseXCorr(channels, 2 * ANCHORS)
        self.loc = DepthwiseXCorr(channels, 4 * ANCHORS)

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        return self.cls.template(features[0]), self.loc.template(features[0])

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        return HeadOutput(self.cls(kernels[0], features[0]), self.loc(kernels[1], features[0]))

    def decode(self, raw: HeadOutput) -> Candidates:
        return decode_anchors(raw)


class MultiLevelRPN(Head):
    """The head of SiamRPN++ on several levels (Li et al. 2019, section 3.3).

    Args:
        neck: adjusts the backbone's levels; its outputs are the channels inside the head.
        weighted: whether the levels' maps are fused by learned weights (pysot's ResNet-50) or averaged (MobileNetV2).
    """

    def __init__(self, neck: Neck, weighted: bool) -> None:
        super().__init__()
        levels = len(neck.levels)
        self.neck = neck
        self.levels = MultiLevelXCorr(neck.outputs, 2 * ANCHORS, 4 * ANCHORS)
        self.fuse_cls = Fusion(levels, weighted)
        self.fuse_loc = Fusion(levels, weighted)

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        return self.levels.kernels(self.neck(features))

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        cls, loc = self.levels(kernels, self.neck(features))
        return HeadOutput(self.fuse_cls(cls), self.fuse_loc(loc))

    def decode(self, raw: HeadOutput) -> Candidates:
        return decode_anchors(raw)
