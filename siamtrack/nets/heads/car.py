"""The head of SiamCAR (Guo et al. 2020): one correlation map of all levels, two towers, class, centre-ness, sides."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from siamtrack.nets.heads.base import Head
from siamtrack.nets.heads.points import distance_boxes, exp_distance, target_score
from siamtrack.nets.neck import Neck
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels
from siamtrack.nets.xcorr import xcorr_depthwise

_TOWER_DEPTH = 4  # this and the start below: SiamCAR's published head, which took them from FCOS (section 4)
_GROUPS = 32
_PRIOR = 0.01
_FIRST_STD = 0.01
_FLAT = 1e-6  # a range of centre-ness logits below which a map says nothing: on a grey frame


class CARHead(Head):
    """The levels are correlated as the neck gives them, stacked and mixed (SiamCAR, section 3.1 and figure 2).

    Raw maps: cls has 2 channels (channel 1 is the target), loc 4: the distances of a cell's centre to the left, top,
    right and bottom side, already in crop pixels; center is the logit of the centre-ness (SiamCAR, eq. 6).

    Args:
        neck: adjusts the backbone's levels; its outputs are the channels inside the head.
        stride: of the maps, crop pixels.
    """

    def __init__(self, neck: Neck, stride: int) -> None:
        super().__init__()
        channels = neck.outputs[0]  # the same in every level
        self.stride = stride
        self.neck = neck
        self.down = nn.ConvTranspose2d(len(neck.levels) * channels, channels, 1)
        self.cls_tower, self.bbox_tower = _tower(channels), _tower(channels)
        self.cls_logits = nn.Conv2d(channels, 2, 3, padding=1)
        self.bbox_pred = nn.Conv2d(channels, 4, 3, padding=1)
        self.centerness = nn.Conv2d(channels, 1, 3, padding=1)
        for part in (self.cls_tower, self.bbox_tower, self.cls_logits, self.bbox_pred, self.centerness):
            part.apply(_start_small)
        nn.init.constant_(self.cls_logits.bias, -math.log((1 - _PRIOR) / _PRIOR))  # type: ignore[arg-type]

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        return self.neck(features)

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        levels = zip(kernels, self.neck(features), strict=True)
        mixed = self.down(torch.cat([xcorr_depthwise(kernel, x) for kernel, x in levels], 1))
        cls, box = self.cls_tower(mixed), self.bbox_tower(mixed)
        return HeadOutput(self.cls_logits(cls), exp_distance(self.bbox_pred(box)), self.centerness(cls))

    def decode(self, raw: HeadOutput) -> Candidates:
        """Score: class times centre-ness, the latter stretched to 0-1 over the map.

        That is the published tracker's; training means the sigmoid of the centre-ness (FCOS, section 3.3).
        """
        assert raw.loc_NCHW is not None
        assert raw.center_N1HW is not None
        center_N1HW = raw.center_N1HW.float()
        least, most = center_N1HW.amin((2, 3), keepdim=True), center_N1HW.amax((2, 3), keepdim=True)
        class_N1HW = target_score(raw.cls_NCHW)
        score_N1HW = class_N1HW * (center_N1HW - least) / (most - least).clamp_min(_FLAT)
        return Candidates(score_N1HW, distance_boxes(raw.loc_NCHW, self.stride), class_N1HW)


def _tower(channels: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(_TOWER_DEPTH):
        layers += [nn.Conv2d(channels, channels, 3, padding=1), nn.GroupNorm(_GROUPS, channels), nn.ReLU()]
    return nn.Sequential(*layers)


def _start_small(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, std=_FIRST_STD)
        nn.init.zeros_(module.bias)  # type: ignore[arg-type]
