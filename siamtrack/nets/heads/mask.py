"""The head of SiamMask (Wang et al. 2019, three branches): anchors as in SiamRPN, and a mask for every cell.

Shape legend: N rows, M cells picked from any of them, 2 = (x, y).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from siamtrack.nets.heads.depthwise import DepthwiseXCorr
from siamtrack.nets.heads.rpn import DepthwiseRPN
from siamtrack.nets.neck import Neck
from siamtrack.nets.types import Features, HeadOutput, Kernels

MASK_SIDE = 63  # pixels of the coarse mask (SiamMask, section 3.2)
REFINED_SIDE = 127  # of the refined one


class MaskRefine(nn.Module):
    """The correlation vector of a cell -> a sharp mask, by three merges with ever finer features (SiamMask, figure 3).

    Args:
        channels: of the correlation.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.deconv = nn.ConvTranspose2d(channels, 32, 15, 15)
        self.v0, self.v1, self.v2 = _pair(64, 16, 4), _pair(256, 64, 16), _pair(512, 128, 32)
        self.h0, self.h1, self.h2 = _pair(4, 4, 4), _pair(16, 16, 16), _pair(32, 32, 32)
        self.post0 = nn.Conv2d(32, 16, 3, padding=1)
        self.post1 = nn.Conv2d(16, 4, 3, padding=1)
        self.post2 = nn.Conv2d(4, 1, 3, padding=1)

    def forward(self, features: Features, correlation_NCHW: Tensor, row_M: Tensor, cell_M2: Tensor) -> Tensor:
        """(M, 1, 127, 127) mask logits over the template-sized square round each cell.

        Args:
            features: search features of the stem and of stages 1 and 2, at strides 2, 4 and 8.
            correlation_NCHW: of the mask branch.
            row_M, cell_M2: int64, which row and which cell of the correlation map.
        """
        cells = correlation_NCHW.shape[-1]
        fine, middle, coarse = (
            _windows(x, row_M, cell_M2, cells, step, side)
            for x, step, side in zip(features, (4, 2, 1), (61, 31, 15), strict=True)
        )
        x_M = self.deconv(correlation_NCHW[row_M, :, cell_M2[:, 1], cell_M2[:, 0], None, None])
        x_M = self.post0(functional.interpolate(self.h2(x_M) + self.v2(coarse), size=31))
        x_M = self.post1(functional.interpolate(self.h1(x_M) + self.v1(middle), size=61))
        refined: Tensor = self.post2(functional.interpolate(self.h0(x_M) + self.v0(fine), size=REFINED_SIDE))
        return refined


class MaskRPN(DepthwiseRPN):
    """Classes and boxes of anchors on one level, and masks.

    `search` gives what the sharp masks of a few cells are made from, by `refined`; in training the coarse masks of all
    cells too, (N, 63 * 63, H, W), which only a loss can use.

    Args:
        neck: adjusts the deepest of the backbone's levels; its outputs are the channels inside the head.
    """

    def __init__(self, neck: Neck) -> None:
        (channels,) = neck.outputs
        super().__init__(channels)
        self.neck = neck
        self.mask = DepthwiseXCorr(channels, MASK_SIDE**2)
        self.refine = MaskRefine(channels)

    def kernels(self, features: Features, box_N4: Tensor | None = None) -> Kernels:
        deepest = self.neck(features[-1:])
        return (*super().kernels(deepest), self.mask.template(deepest[0]))

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        deepest = self.neck(features[-1:])
        raw = super().search(kernels, deepest)
        correlation_NCHW = self.mask.correlate(kernels[2], deepest[0])
        mask_NCHW = self.mask.head(correlation_NCHW) if self.training else None
        return raw._replace(mask_NCHW=mask_NCHW, mask_features=(*features[:-1], correlation_NCHW))

    def refined(self, mask_features: Features, row_M: Tensor, cell_M2: Tensor) -> Tensor:
        """(M, 1, 127, 127) mask logits of chosen cells; see `MaskRefine.forward`."""
        *features, correlation_NCHW = mask_features
        masks: Tensor = self.refine(tuple(features), correlation_NCHW, row_M, cell_M2)
        return masks


def _windows(map_NCHW: Tensor, row_M: Tensor, cell_M2: Tensor, cells: int, step: int, side: int) -> Tensor:
    """(M, C, side, side): what lies under the template-sized square round each cell; zero beyond the map.

    Args:
        cells: side of the correlation map; its middle cell has the window in the middle of this map.
        step: cells of this map a cell of the correlation map.
    """
    outside = cells // 2 * step - (map_NCHW.shape[-1] - side) // 2  # that much of cell 0's window; 16, 8, 4 of 255 px
    padded = functional.pad(map_NCHW, [outside] * 4)
    x_MS, y_MS = (cell_M2[:, :, None] * step + torch.arange(side, device=cell_M2.device)).unbind(1)
    windows_MSSC = padded[row_M[:, None, None], :, y_MS[:, :, None], x_MS[:, None, :]]
    return windows_MSSC.permute(0, 3, 1, 2)


def _pair(inputs: int, middle: int, outputs: int) -> nn.Sequential:
    first, second = nn.Conv2d(inputs, middle, 3, padding=1), nn.Conv2d(middle, outputs, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())
