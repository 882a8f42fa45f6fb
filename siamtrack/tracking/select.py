"""Choosing one candidate a target.

Shape legend: N targets, S scales, K candidates, A H W candidate map. Boxes are crop pixels relative to its centre.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from siamtrack.geometry.grids import constant, hann_grid
from siamtrack.geometry.regions import context_side
from siamtrack.nets.types import Candidates, NetSpec
from siamtrack.tracking.config import CenterSelect, PenaltySelect, PyramidSelect, Select
from siamtrack.tracking.pyramid import steps_from_middle


class Choice(NamedTuple):
    """One box a target.

    Attributes:
        box_N4: cxcywh, crop pixels relative to the crop's centre (of the unscaled search region).
        rate_N: share of the new size that enters the state, 0-1.
        score_N: 0-1.
        cell_N2: int64, x and y of the chosen cell; None where a choice is made between cells.
    """

    box_N4: Tensor
    rate_N: Tensor
    score_N: Tensor
    cell_N2: Tensor | None = None


def select(config: Select, spec: NetSpec, candidates: Candidates, size_N2: Tensor, scale_N: Tensor) -> Choice:
    """Choose by the rule that the configuration stands for.

    Args:
        size_N2: the targets' present size, frame pixels.
        scale_N: crop pixels a frame pixel.
    """
    size_N2 = size_N2 * scale_N[:, None]
    if isinstance(config, PenaltySelect):
        return _select_penalty(config, candidates, size_N2)
    if isinstance(config, CenterSelect):
        return _select_center(config, spec, candidates, size_N2, scale_N)
    return _select_pyramid(config, spec, candidates, size_N2)


def _select_penalty(config: PenaltySelect, candidates: Candidates, size_N2: Tensor) -> Choice:
    score_NAHW, box_NAHW4, _ = candidates
    assert box_NAHW4 is not None
    cells = score_NAHW.shape[-1]
    hann_K = hann_grid(cells, size_N2.device).expand(score_NAHW.shape[1:]).reshape(-1)
    score_NK, box_NK4 = score_NAHW.flatten(1), box_NAHW4.flatten(1, 3)
    penalty_NK = _change_penalty(box_NK4[..., 2:], size_N2[:, None], config.penalty_k)
    ranked_NK = torch.lerp(penalty_NK * score_NK, hann_K, config.window_influence)
    best_N1 = ranked_NK.argmax(1, keepdim=True)
    score_N = score_NK.gather(1, best_N1)[:, 0]
    rate_N = penalty_NK.gather(1, best_N1)[:, 0] * score_N * config.size_lr
    box_N4 = box_NK4.gather(1, best_N1[..., None].expand(-1, -1, 4))[:, 0]
    cell_N2 = torch.cat((best_N1 % cells, best_N1 // cells % cells), 1)
    return Choice(box_N4, rate_N, score_N, cell_N2)


def _change_penalty(size_NK2: Tensor, previous_N12: Tensor, k: float) -> Tensor:
    """exp(-k (r s - 1)): r is the change of aspect ratio, s of overall size, both at least 1 (SiamRPN, eq. 12-13)."""
    change_NK = context_side(size_NK2) / context_side(previous_N12)
    aspect_NK = (previous_N12[..., 0] / previous_N12[..., 1]) / (size_NK2[..., 0] / size_NK2[..., 1])
    worst_NK = torch.maximum(change_NK, 1 / change_NK) * torch.maximum(aspect_NK, 1 / aspect_NK)
    return torch.exp(-k * (worst_NK - 1))


def _select_pyramid(config: PyramidSelect, spec: NetSpec, candidates: Candidates, size_N2: Tensor) -> Choice:
    rows, scales = len(size_N2), constant(config.scales, size_N2.device)
    response = functional.interpolate(
        candidates.score_NAHW, scale_factor=config.response_up, mode="bicubic", align_corners=False
    )
    cells = response.shape[-1]
    response_NSHW = response.view(rows, len(config.scales), cells, cells)
    ranked_NSHW = response_NSHW * torch.where(scales == 1, 1.0, config.scale_penalty)[:, None, None]
    best_N = ranked_NSHW.flatten(2).amax(2).argmax(1)
    row_N = torch.arange(rows, device=best_N.device)
    peak_NK = ranked_NSHW[row_N, best_N].flatten(1)
    share_NK = peak_NK - peak_NK.amin(1, keepdim=True)
    share_NK = share_NK / (share_NK.sum(1, keepdim=True) + 1e-16)
    hann_K = hann_grid(cells, best_N.device).flatten()
    place_N = torch.lerp(share_NK, (hann_K / hann_K.sum()).expand_as(share_NK), config.window_influence).argmax(1)
    # Interpolated cells lie stride / response_up crop pixels apart, symmetric about the centre.
    cell_N2 = torch.stack((place_N % cells, place_N // cells), -1)
    scale_N1 = scales[best_N, None]
    steps_N2 = steps_from_middle(cell_N2, cells) if config.matconvnet else (cell_N2 - (cells - 1) / 2) * scale_N1
    offset_N2 = steps_N2 * (spec.stride / config.response_up)
    score_N = response_NSHW[row_N, best_N].flatten(1).gather(1, place_N[:, None])[:, 0].sigmoid()
    rate_N = torch.full_like(score_N, config.size_lr)
    return Choice(torch.cat((offset_N2, size_N2 * scale_N1), -1), rate_N, score_N)


def _select_center(
    config: CenterSelect, spec: NetSpec, candidates: Candidates, size_N2: Tensor, scale_N: Tensor
) -> Choice:
    assert candidates.box_NAHW4 is not None
    assert candidates.class_NAHW is not None
    box_NHW4, class_N1HW = candidates.box_NAHW4[:, 0], candidates.class_NAHW
    cells = box_NHW4.shape[1]
    penalty_NK = _change_penalty(box_NHW4[..., 2:].flatten(1, 2), size_N2[:, None], config.penalty_k)
    score_N1HW = penalty_NK.view_as(class_N1HW) * candidates.score_NAHW
    ranked_N1HW = torch.lerp(
        score_N1HW, hann_grid(cells, size_N2.device).expand_as(score_N1HW), config.window_influence
    )
    size_N2HW = box_NHW4[..., 2:].permute(0, 3, 1, 2)
    maps = torch.cat((ranked_N1HW, score_N1HW, class_N1HW, size_N2HW), 1)
    pixels = (cells - 1) * spec.stride + 1
    fine = functional.interpolate(maps, (pixels, pixels), mode="bicubic", align_corners=False)
    peak_N = fine[:, 0].flatten(1).argmax(1)
    inside_NHW = _near_cell(config, spec, box_NHW4, torch.stack((peak_N % pixels, peak_N // pixels), -1), pixels)
    best_N = (fine[:, 1] * inside_NHW).flatten(1).argmax(1)
    class_N, width_N, height_N = fine[:, 2:].flatten(2).gather(2, best_N[:, None, None].expand(-1, 3, 1)).unbind(1)
    new_N2 = torch.cat((width_N, height_N), 1)
    # SiamCAR's second penalty compares the new size in frame pixels with the old one in crop pixels.
    penalty_N = _change_penalty((new_N2 / scale_N[:, None])[:, None], size_N2[:, None], config.penalty_k)[:, 0]
    offset_N2 = torch.stack((best_N % pixels, best_N // pixels), -1) - (pixels - 1) / 2
    score_N = class_N[:, 0].clamp(0, 1)
    return Choice(torch.cat((offset_N2, new_N2), 1), penalty_N * class_N[:, 0] * config.size_lr, score_N)


def _near_cell(config: CenterSelect, spec: NetSpec, box_NHW4: Tensor, peak_N2: Tensor, pixels: int) -> Tensor:
    """(N, pixels, pixels) bool: the pixels round the peak from which the final choice is taken.

    None where they would begin before the first row or column, as negative indices count from the end in the published
    code; the first pixel of all is then chosen.
    """
    cells, device = box_NHW4.shape[1], box_NHW4.device
    cell_N2 = (peak_N2 / (pixels / cells)).round().long().clamp(max=cells - 1)
    box_N4 = box_NHW4[torch.arange(len(box_NHW4), device=device), cell_N2[:, 1], cell_N2[:, 0]]
    point_N2 = (cell_N2 - (cells - 1) / 2) * spec.stride
    before_N2 = point_N2 - (box_N4[:, :2] - box_N4[:, 2:] / 2)
    after_N2 = box_N4[:, :2] + box_N4[:, 2:] / 2 - point_N2
    least, most = int(config.least_reach * spec.template_px), int(config.most_reach * spec.template_px)
    first_N2 = peak_N2 - (before_N2.clamp(least, most) / 2).floor()
    last_N2 = peak_N2 + (after_N2.clamp(least, most) / 2).floor()
    line = torch.arange(pixels, device=device)
    inside_N2P = (line >= first_N2[..., None]) & (line <= last_N2[..., None]) & (first_N2[..., None] >= 0)
    inside_NxP, inside_NyP = inside_N2P.unbind(1)
    return inside_NyP[:, :, None] & inside_NxP[:, None, :]
