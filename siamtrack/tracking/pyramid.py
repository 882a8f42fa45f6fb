"""The scale pyramid as MatConvNet's SiamFC and SiamDW handle it, where `PyramidSelect.matconvnet` asks for it.

It differs from siamfc-pytorch's in four ways. One crop is cut out at the largest scale and enlarged until the smallest
scale has the network's resolution; every scale is then cut out of that. The side of the search region is carried from
frame to frame, beginning at a whole number of pixels, apart from the target's size: it is not bounded by the frame but
by its first value. The displacement is counted from the cell right of and below the middle, as in SiamDW (MatConvNet's
indices begin at 1, so it counts from the cell before). And it is taken as that of the middle scale, whichever scale is
chosen.

Shape legend: N targets, S scales, M = N * S rows of the network.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from siamtrack.geometry.crop import Frames, crop
from siamtrack.geometry.grids import constant
from siamtrack.geometry.regions import Region, snap
from siamtrack.tracking.config import PyramidSelect, Select

_LEAST_SHARE, _MOST_SHARE = 0.2, 5.0  # of the first side: `min_s_x`, `max_s_x` of SiamDW's tracker

# Sides are rounded to whole pixels, 2 at least, so the largest is at most 1.5 times larger than the ratio of the scales
# says: with r >= 1 the ratio and a >= 2 the smallest, (r (a + 0.5) + 0.5) / a <= 1.25 r + 0.25.
_ROUNDING = 1.5


def carries_side(select: Select) -> bool:
    """Whether scales are handled as this module says."""
    return isinstance(select, PyramidSelect) and select.matconvnet


def nested_crops(
    frames: Frames, frame_N: Tensor, region: Region, scales: tuple[float, ...], pad_N3: Tensor, out_px: int
) -> Tensor:
    """(M, 3, out_px, out_px) search crops, float32, 0-255, all scales of a target out of one crop at the largest.

    Args:
        frames, frame_N, pad_N3: see `geometry.crop.crop`.
        region: the N search regions of scale 1.
        scales: in ascending order.
    """
    side_NS = (region.side_N[:, None] * constant(scales, region.side_N.device)).round().clamp_min(2.0)
    enlarged_NS = (side_NS * out_px / side_NS[:, :1]).round()
    whole_N1 = enlarged_NS[:, -1:]
    window, _ = snap(Region(region.center_N2, side_NS[:, -1]), "dasiamrpn")
    sheet_px = math.ceil(out_px * scales[-1] / scales[0] * _ROUNDING)
    sheet_N3HW = crop(frames, frame_N, window, pad_N3, sheet_px, filled_N=whole_N1[:, 0])
    sheets = Frames(sheet_N3HW.permute(0, 2, 3, 1).byte(), whole_N1.expand(-1, 2))
    # Whole-pixel corners; nothing reaches beyond the sheet, so that the pad colour is not seen a second time.
    middle_NS = ((whole_N1 - enlarged_NS) / 2).round() + enlarged_NS / 2
    inner = Region(middle_NS.flatten()[:, None].expand(-1, 2), enlarged_NS.flatten())
    sheet_N = torch.arange(len(frame_N), device=frame_N.device)
    sheet_M, pad_M3 = (value.repeat_interleave(len(scales), 0) for value in (sheet_N, pad_N3))
    return crop(sheets, sheet_M, inner, pad_M3, out_px)


def steps_from_middle(cell_N2: Tensor, cells: int) -> Tensor:
    """(N, 2) cells of the interpolated response between its middle and the chosen one, as published: from
    ceil(cells / 2), half a cell beyond the centre of symmetry of an even number of cells."""
    return cell_N2 - math.ceil(cells / 2)


def carried_side(side_N: Tensor, first_side_N: Tensor, growth_N: Tensor) -> Tensor:
    """(N,) the next side of the template square, a fifth to five times the first.

    Args:
        growth_N: factor by which the target's size changes before it is kept in the frame.
    """
    return torch.clamp(side_N * growth_N, first_side_N * _LEAST_SHARE, first_side_N * _MOST_SHARE)
