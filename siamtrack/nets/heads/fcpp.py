"""The head of SiamFC++ (Xu et al. 2020): two correlations, two towers, class, centre-ness, sides."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from siamtrack.nets.heads.base import Head
from siamtrack.nets.heads.points import distance_boxes, exp_distance
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels
from siamtrack.nets.xcorr import xcorr_depthwise

_ADJUST_STD = 0.01  # this and the next: video_analyst's `SiamTrack` and `DenseboxHead`
_FIRST_STD = 0.001
# video_analyst's boxes run from the first pixel to the last, width = last - first + 1: half a pixel more on each side.
_HALF_PX = 0.5


class FCPPHead(Head):
    """Each branch adjusts and correlates the features for itself (SiamFC++, section 3.2 and figure 2).

    Raw maps: cls has 1 channel, a logit; loc 4: the distances of a cell's centre to the centres of the outermost pixels
    on the left, top, right and bottom, already in crop pixels; center is the logit of the centre-ness, the paper's
    quality assessment.

    Args:
        channels: of the backbone's features and inside the head.
        norms: of each 3x3 convolution of a tower, whether batch norm follows; none of them has padding
            (`head_conv_bn` of video_analyst).
        stride: of the maps, crop pixels.
    """

    def __init__(self, channels: int, norms: Sequence[bool], stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.template_cls, self.template_loc = _conv(channels, channels, 3), _conv(channels, channels, 3)
        self.search_cls, self.search_loc = _conv(channels, channels, 3), _conv(channels, channels, 3)
        self.cls_tower, self.loc_tower = _tower(channels, norms), _tower(channels, norms)
        self.cls = _conv(channels, 1, 1)
        self.center = _conv(channels, 1, 1)
        self.loc = _conv(channels, 4, 1)
        self.loc_scale = nn.Parameter(torch.tensor(1.0))
        self.loc_shift = nn.Parameter(torch.tensor(0.0))
        for part in (self.template_cls, self.template_loc, self.search_cls, self.search_loc):
            _start(part, _ADJUST_STD)
        for part in (self.cls_tower, self.loc_tower, self.cls, self.center, self.loc):
            _start(part, _FIRST_STD)

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        return self.template_cls(features[0]), self.template_loc(features[0])

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        cls = self.cls_tower(xcorr_depthwise(kernels[0], self.search_cls(features[0])))
        loc = self.loc_tower(xcorr_depthwise(kernels[1], self.search_loc(features[0])))
        strides_N4HW = exp_distance(self.loc(loc) * self.loc_scale + self.loc_shift)
        return HeadOutput(self.cls(cls), strides_N4HW * self.stride, self.center(cls))

    def decode(self, raw: HeadOutput) -> Candidates:
        """Score: class times centre-ness (SiamFC++, section 3.2)."""
        assert raw.loc_NCHW is not None
        assert raw.center_N1HW is not None
        score_N1HW = raw.cls_NCHW.float().sigmoid() * raw.center_N1HW.float().sigmoid()
        return Candidates(score_N1HW, distance_boxes(raw.loc_NCHW + _HALF_PX, self.stride))


def _tower(channels: int, norms: Sequence[bool]) -> nn.Sequential:
    return nn.Sequential(*(_conv(channels, channels, 3, norm).append(nn.ReLU()) for norm in norms))


def _conv(inputs: int, outputs: int, kernel: int, norm: bool = True) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs)) if norm else nn.Sequential(conv)


def _start(part: nn.Module, std: float) -> None:
    for module in part.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=std)
