"""Fixed tensors: grids of a response map (cell centres, anchors, the Hann window) and small constants.

All are made once for a size and a device; treat the results as read-only.

Coordinates are crop pixels relative to the crop's centre.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, cast

import torch
from torch import Tensor

Arguments = ParamSpec("Arguments")


def _constant(make: Callable[Arguments, Tensor]) -> Callable[Arguments, Tensor]:
    """Cache a tensor as an ordinary one even when tracking asks first: training cannot use inference tensors."""
    return cast(Callable[Arguments, Tensor], wraps(make)(cache(torch.inference_mode(False)(make))))


@_constant
def constant(values: tuple[float, ...], device: torch.device) -> Tensor:
    """(len(values),) float32, uploaded once."""
    return torch.tensor(values, device=device)


@_constant
def point_grid(cells: int, stride: float, device: torch.device, on_cell: bool = False) -> Tensor:
    """(cells, cells, 2) x, y of the cell centres of a square map, crop pixels.

    Args:
        on_cell: the crop's centre is that of the cell cells // 2, as pysot and its descendants have it, and not the
            middle of the map; the two differ by half a stride in maps of even size.
    """
    middle = cells // 2 if on_cell else (cells - 1) / 2
    line = (torch.arange(cells, device=device, dtype=torch.float32) - middle) * stride
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack((x, y), -1)


def covered_cells(box_N4: Tensor, cells: int, stride: float) -> Tensor:
    """(N, cells, cells) share of each cell of a square map, 0-1, that a box covers.

    Args:
        box_N4: cxcywh.
    """
    middle_K = (torch.arange(cells, device=box_N4.device) - (cells - 1) / 2) * stride
    center_N21, half_N21 = box_N4[:, :2, None], box_N4[:, 2:, None] / 2
    last = torch.minimum(middle_K + stride / 2, center_N21 + half_N21)
    first = torch.maximum(middle_K - stride / 2, center_N21 - half_N21)
    share_NxK, share_NyK = ((last - first).clamp_min(0) / stride).unbind(1)
    return share_NyK[:, :, None] * share_NxK[:, None, :]


@cache
def anchor_sizes(stride: int, ratios: tuple[float, ...], scale: float) -> tuple[tuple[float, float], ...]:
    """Width and height of each anchor, crop pixels: area (stride * scale)^2, ratio h/w.

    The published anchors truncate to whole strides: w = int(sqrt(stride^2 / r)), h = int(w * r), both times `scale`
    (SiamRPN, section 3.2; pysot `Anchors`).
    """
    widths = [int((stride * stride / ratio) ** 0.5) for ratio in ratios]
    return tuple((width * scale, int(width * ratio) * scale) for width, ratio in zip(widths, ratios, strict=True))


@_constant
def anchor_grid(cells: int, stride: int, ratios: tuple[float, ...], scale: float, device: torch.device) -> Tensor:
    """(A, cells, cells, 4) anchors as cxcywh, crop pixels; the cell i sits at (i - cells // 2) * stride."""
    center_HW2 = point_grid(cells, stride, device, on_cell=True)
    size_A2 = torch.tensor(anchor_sizes(stride, ratios, scale), device=device)
    count = len(ratios)
    return torch.cat(
        (
            center_HW2[None].expand(count, -1, -1, -1),
            size_A2[:, None, None].expand(-1, cells, cells, -1),
        ),
        -1,
    ).contiguous()


@_constant
def hann_grid(cells: int, device: torch.device) -> Tensor:
    """(cells, cells) outer product of two symmetric Hann windows, peak 1, zero at the border."""
    line = torch.hann_window(cells, periodic=False, device=device)
    return torch.outer(line, line)
