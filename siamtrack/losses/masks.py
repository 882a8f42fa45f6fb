"""Targets and loss of the mask branch (SiamMask, Wang et al., CVPR 2019).

Each cell of the map predicts the mask of a 127 px window of the search crop, centred at the cell's anchors.

Shape legend: N pairs, K mask cells of a pair, A anchors, C H W maps, h w pixels of a mask. Crop pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from siamtrack.losses.selection import masked_mean

WINDOW_PX = 127
# A pair has at most 16 positive anchors (SiamRPN, section 3.3), so no more cells than that.
_MASK_CELLS = 16


class MaskCells(NamedTuple):
    """The cells whose masks are taught: cell_NK, y * W + x, int64; valid_NK, bool, false where a pair has fewer."""

    cell_NK: Tensor
    valid_NK: Tensor


class MaskLosses(NamedTuple):
    """Scalars: the loss; mean IoU of the masks, and the share of them above 0.5 and 0.7, as pysot reports them."""

    total: Tensor
    mean_iou: Tensor
    above_5: Tensor
    above_7: Tensor


def mask_cells(positive_NAHW: Tensor) -> MaskCells:
    """The cells with a positive anchor."""
    positive_NX = positive_NAHW.any(1).flatten(1).float()
    valid_NK, cell_NK = positive_NX.topk(min(_MASK_CELLS, positive_NX.shape[1]), 1)
    return MaskCells(cell_NK, valid_NK > 0)


def mask_logits(mask_NCHW: Tensor, cells: MaskCells) -> Tensor:
    """(N, K, h, w) logits of the chosen cells; C = h * w, 63 * 63 in the published head."""
    chosen_NCK = mask_NCHW.flatten(2).gather(2, cells.cell_NK[:, None].expand(-1, mask_NCHW.shape[1], -1))
    side = round(mask_NCHW.shape[1] ** 0.5)
    return chosen_NCK.movedim(1, 2).unflatten(2, (side, side))


def mask_targets(mask_N1HW: Tensor, cells: MaskCells, width: int, stride: int) -> Tensor:
    """Windows of the true mask: 1 object, -1 background, 0 outside the search crop.

    Args:
        mask_N1HW: mask of the search crop, object where above 0.
        width: of the map, cells.
        stride: of the map, crop pixels.

    Returns:
        (N, K, 127, 127) int8.

    Raises:
        ValueError: the windows would not lie on whole pixels.
    """
    side = mask_N1HW.shape[-1]
    if (side - WINDOW_PX) % 2:
        raise ValueError(f"mask windows of {WINDOW_PX} px need a search crop of an odd side, not {side}")
    # Cell i lies (i - width // 2) strides from the crop's centre, as its anchors do (see `anchor_grid`).
    before = width // 2 * stride - (side - WINDOW_PX) // 2
    after = (width - 1) * stride + WINDOW_PX - side - before
    sign_NHW = torch.where(mask_N1HW[:, 0] > 0, 1, -1).to(torch.int8)
    padded_NHW = functional.pad(sign_NHW, (before, after, before, after))
    window_NHWhw = padded_NHW.unfold(1, WINDOW_PX, stride).unfold(2, WINDOW_PX, stride)
    row_N1 = torch.arange(len(sign_NHW), device=sign_NHW.device)[:, None]
    return window_NHWhw[row_N1, cells.cell_NK // width, cells.cell_NK % width]


def mask_losses(logit_NKhw: Tensor, target_NKhw: Tensor, valid_NK: Tensor) -> MaskLosses:
    """Soft-margin loss log(1 + exp(-target * logit)), the mean over all pixels of all masks (SiamMask, eq. 3).

    Predictions smaller than the target, 63 x 63 in the published head, are first enlarged bilinearly, corners on
    corners (pysot's `UpsamplingBilinear2d`). Pixels outside the crop have no truth: they count as pixels but cost
    nothing, where pysot adds a constant log 2 for each, and are left out of the IoU.

    Args:
        logit_NKhw: before the sigmoid.
        target_NKhw: see `mask_targets`.
        valid_NK: bool, the masks that count.
    """
    size = target_NKhw.shape[-2:]
    if logit_NKhw.shape[-2:] != size:
        logit_NKhw = functional.interpolate(logit_NKhw, size, mode="bilinear", align_corners=True)
    cost_NKhw = functional.softplus(-target_NKhw * logit_NKhw) * (target_NKhw != 0)
    object_NKhw, guess_NKhw = target_NKhw > 0, (logit_NKhw > 0) & (target_NKhw != 0)
    common_NK = (object_NKhw & guess_NKhw).sum((2, 3))
    iou_NK = common_NK / (object_NKhw | guess_NKhw).sum((2, 3)).clamp_min(1)
    above_5, above_7 = (masked_mean((iou_NK > least).float(), valid_NK) for least in (0.5, 0.7))
    return MaskLosses(masked_mean(cost_NKhw.mean((2, 3)), valid_NK), masked_mean(iou_NK, valid_NK), above_5, above_7)
