"""The heads of NanoTrack v1, v2 and v3: SiamBAN's outputs behind LightTrack's pixel-wise correlation.

NanoTrack has no paper; widths, kernels and the order of layers are those of its repository, `nanotrack/models/head`.
Shape legend: N rows, C channels, H W search map, h w template map.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from siamtrack.nets.blocks import ChannelGate, bare_separable, separable
from siamtrack.nets.heads.base import Head
from siamtrack.nets.heads.points import distance_boxes, exp_distance, target_score
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels
from siamtrack.nets.xcorr import xcorr_depthwise, xcorr_pixelwise

_PLANES = 64  # one for each pixel of the 8x8 template map


class PixelCorrelation(nn.Module):
    """Each template pixel against each search pixel, the planes weighed by a gate.

    Args:
        channels: of the features where both maps are adjusted first (v2, v3), else None (v1).
    """

    def __init__(self, channels: int | None = None) -> None:
        super().__init__()
        self.template = nn.Identity() if channels is None else _adjust(channels)
        self.search = nn.Identity() if channels is None else _adjust(channels)
        self.gate = ChannelGate(_PLANES, _PLANES)

    def kernels(self, z_NChw: Tensor) -> Kernels:
        return (self.template(z_NChw),)

    def forward(self, kernels: Kernels, x_NCHW: Tensor) -> Tensor:
        out: Tensor = self.gate(xcorr_pixelwise(kernels[0], self.search(x_NCHW)))
        return out


class DoubleCorrelation(nn.Module):
    """By pixel with the whole template, by channel with its centre, side by side and mixed (v3).

    A cell is lost on the way: the first is reduced by a 2x2 convolution, the second has a 4x4 kernel and padding 1.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pixelwise = PixelCorrelation(channels)
        self.reduce = nn.Sequential(
            nn.Conv2d(_PLANES, _PLANES, 2, groups=_PLANES, bias=False),
            nn.BatchNorm2d(_PLANES),
            nn.ReLU6(inplace=True),
            nn.Conv2d(_PLANES, _PLANES, 1),
            nn.BatchNorm2d(_PLANES),
        )
        self.template, self.search = _adjust(channels), _adjust(channels)
        self.mix = nn.Conv2d(_PLANES + channels, channels, 1)

    def kernels(self, z_NChw: Tensor) -> Kernels:
        return *self.pixelwise.kernels(z_NChw), self.template(z_NChw[..., 2:6, 2:6])

    def forward(self, kernels: Kernels, x_NCHW: Tensor) -> Tensor:
        by_pixel = self.reduce(self.pixelwise(kernels[:1], x_NCHW))
        by_channel = xcorr_depthwise(kernels[1], self.search(x_NCHW), padding=1)
        out: Tensor = self.mix(torch.cat((by_pixel, by_channel), 1))
        return out


class NanoHead(Head):
    """Correlation, two separable towers, class and distances of each cell.

    Raw maps: cls has 2 channels (channel 1 is the target), loc 4: the distances of a cell's centre to the left, top,
    right and bottom side, which the published network gives as crop pixels.

    Args:
        correlations: one for both towers, or one for each.
        cls_tower, loc_tower: what they are.
        widths: channels that the towers end with.
        stride: of the maps, crop pixels.
    """

    def __init__(
        self,
        correlations: Sequence[PixelCorrelation | DoubleCorrelation],
        cls_tower: nn.Module,
        loc_tower: nn.Module,
        widths: tuple[int, int],
        stride: int,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.correlations = nn.ModuleList(correlations)
        self.cls_tower, self.loc_tower = cls_tower, loc_tower
        self.cls = nn.Conv2d(widths[0], 2, 1)
        self.loc = nn.Conv2d(widths[1], 4, 1)

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        made = [correlate.kernels(features[0]) for correlate in self.correlations]  # type: ignore[operator]
        return tuple(kernel for kernels in made for kernel in kernels)

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        each = len(kernels) // len(self.correlations)
        maps = [
            correlate(kernels[i * each : (i + 1) * each], features[0]) for i, correlate in enumerate(self.correlations)
        ]
        cls, loc = self.cls_tower(maps[0]), self.loc_tower(maps[-1])
        return HeadOutput(self.cls(cls), exp_distance(self.loc(loc)))

    def decode(self, raw: HeadOutput) -> Candidates:
        assert raw.loc_NCHW is not None
        return Candidates(target_score(raw.cls_NCHW), distance_boxes(raw.loc_NCHW, self.stride, on_cell=True))


def nano_head_v1(stride: int) -> NanoHead:
    """One correlation for both towers."""
    cls_tower, loc_tower = _bare_tower(128, (5, 5, 3)), _bare_tower(96, (3, 3, 5, 5))
    return NanoHead([PixelCorrelation()], cls_tower, loc_tower, (128, 96), stride)


def nano_head_v2(channels: int, stride: int) -> NanoHead:
    """A correlation for each tower, after an adjustment of both maps."""
    correlations = [PixelCorrelation(channels), PixelCorrelation(channels)]
    return NanoHead(correlations, _bare_tower(96, (3,) * 6), _bare_tower(96, (3,) * 6), (96, 96), stride)


def nano_head_v3(channels: int, stride: int) -> NanoHead:
    """Both kinds of correlation for each tower."""
    correlations = [DoubleCorrelation(channels), DoubleCorrelation(channels)]
    cls_tower, loc_tower = (nn.Sequential(*(separable(channels, 3, last_act=None) for _ in range(6))) for _ in range(2))
    return NanoHead(correlations, cls_tower, loc_tower, (channels, channels), stride)


def _adjust(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels))


def _bare_tower(width: int, kernels: Sequence[int]) -> nn.Sequential:
    inputs = (_PLANES, *[width] * len(kernels))
    return nn.Sequential(
        *(bare_separable(count, width, kernel, nn.ReLU6) for count, kernel in zip(inputs, kernels, strict=False))
    )
