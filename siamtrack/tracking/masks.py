"""Masks of targets: what the step says of them on the device, and what people get.

Shape legend: N targets, P P pixels of a mask's small square.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from siamtrack.geometry.boxes import cxcywh_to_xywh
from siamtrack.geometry.masks import PlacedMask
from siamtrack.geometry.polygons import corners
from siamtrack.geometry.regions import Region
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput, NetSpec
from siamtrack.tracking.config import TrackConfig
from siamtrack.tracking.quirks import mask_outside, mask_region, pasted_box, reported_shift
from siamtrack.tracking.select import Choice
from siamtrack.tracking.state import TrackOutput


def chosen_masks(
    net: SiameseNet,
    spec: NetSpec,
    config: TrackConfig,
    raw: HeadOutput,
    choice: Choice,
    region: Region,
    frame_size_N2: Tensor,
) -> tuple[Tensor, Tensor] | tuple[()]:
    """Masks of the chosen cells and what they cover of the frame, as `TrackOutput` holds them; () where not asked for.

    Args:
        region: through which crop coordinates map back.
    """
    if config.mask_threshold is None:
        return ()
    assert choice.cell_N2 is not None
    row_N = torch.arange(len(choice.cell_N2), device=choice.cell_N2.device)
    mask_NPP = net.refine(raw, row_N, choice.cell_N2).sigmoid()
    offset_N2 = (choice.cell_N2 - raw.cls_NCHW.shape[-1] // 2) * spec.stride
    region = mask_region(region, config.convention)
    side_N1 = (region.side_N * (spec.template_px / spec.search_px))[:, None]
    box_N4 = cxcywh_to_xywh(torch.cat((region.to_frame(offset_N2, spec.search_px), side_N1, side_N1), 1))
    return mask_NPP, pasted_box(box_N4, mask_NPP.shape[-1], frame_size_N2, config.convention)


Masks = tuple[PlacedMask | None, ...]
"""A mask a target, None for targets that have none."""


def download(
    output: TrackOutput, config: TrackConfig, frame_sizes: Sequence[tuple[int, int]]
) -> tuple[np.ndarray, Masks]:
    """Everything a frame says, in one transfer.

    Args:
        frame_sizes: width and height of each target's frame.

    Returns:
        (N, 6) float32 box, score, lost; and the masks.
    """
    parts = [output.box_N4, output.score_N[:, None], output.lost_N[:, None].float()]
    if output.mask_NPP is not None and output.mask_box_N4 is not None:
        parts += [output.mask_box_N4, output.mask_NPP.flatten(1)]
    packed: np.ndarray = torch.cat(parts, 1).cpu().numpy()
    rows_N6, box_N4, mask_NX = np.split(packed, (6, 10), 1)
    if config.mask_threshold is None or output.mask_NPP is None:
        return rows_N6, (None,) * len(rows_N6)
    outside = mask_outside(config.convention)
    masks = (
        PlacedMask(mask.reshape(output.mask_NPP.shape[1:]), (x, y, w, h), size, config.mask_threshold, outside)
        for mask, (x, y, w, h), size in zip(mask_NX, box_N4.tolist(), frame_sizes, strict=True)
    )
    return rows_N6, tuple(masks)


def rotated_boxes(masks: Masks, boxes_N4: np.ndarray, config: TrackConfig) -> np.ndarray:
    """(N, 4, 2) float32 corners as the tracker reports them; those of the box where there is no mask or a tiny one."""
    shift = np.float32(reported_shift(config.convention))
    corners_N42 = corners(boxes_N4).reshape(-1, 4, 2)
    for row, mask in enumerate(masks):
        if mask is not None and mask.rotated_box is not None:
            corners_N42[row] = mask.rotated_box - shift
    return corners_N42
