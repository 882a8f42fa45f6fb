"""Branches that correlate channel by channel, on one level or several (SiamRPN++, Li et al. 2019, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from siamtrack.nets.types import Features, Kernels
from siamtrack.nets.xcorr import xcorr_depthwise


class DepthwiseXCorr(nn.Module):
    """One branch of SiamRPN++ (Li et al. 2019, figure 5): both maps through 3x3, correlated, then two 1x1."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.template = nn.Sequential(nn.Conv2d(channels, channels, 3, bias=False), nn.BatchNorm2d(channels), nn.ReLU())
        self.search = nn.Sequential(nn.Conv2d(channels, channels, 3, bias=False), nn.BatchNorm2d(channels), nn.ReLU())
        self.head = nn.Sequential(
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, outputs, 1),
        )

    def correlate(self, kernel_NChw: Tensor, features_NCHW: Tensor) -> Tensor:
        """(N, C, H-h-1, W-w-1): what the two 1x1 read."""
        return xcorr_depthwise(kernel_NChw, self.search(features_NCHW))

    def forward(self, kernel_NChw: Tensor, features_NCHW: Tensor) -> Tensor:
        out: Tensor = self.head(self.correlate(kernel_NChw, features_NCHW))
        return out


class MultiLevelXCorr(nn.Module):
    """A classification and a regression branch for each level.

    Args:
        channels: of each level and inside its branches.
        cls_outputs, loc_outputs: channels of the maps.
    """

    def __init__(self, channels: Sequence[int], cls_outputs: int, loc_outputs: int) -> None:
        super().__init__()
        self.cls = nn.ModuleList(DepthwiseXCorr(width, cls_outputs) for width in channels)
        self.loc = nn.ModuleList(DepthwiseXCorr(width, loc_outputs) for width in channels)

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        """Of the classification branches, then of the regression branches."""
        branches = (*self.cls, *self.loc)
        return tuple(branch.template(x) for branch, x in zip(branches, features * 2, strict=True))

    def forward(self, kernels: Kernels, features: Features) -> tuple[list[Tensor], list[Tensor]]:
        """Classification and regression maps of every level."""
        branches = (*self.cls, *self.loc)
        maps = [branch(kernel, x) for branch, kernel, x in zip(branches, kernels, features * 2, strict=True)]
        return maps[: len(features)], maps[len(features) :]
