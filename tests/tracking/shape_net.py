"""A network without weights that sees bright things, with masks: what pasting does can be told from what a net does.

Shape legend: N rows, M cells picked from any of them.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from siamtrack.geometry.grids import point_grid
from siamtrack.geometry.regions import Convention
from siamtrack.nets.heads.base import Head
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels, NetSpec
from siamtrack.tracking.config import PenaltySelect, TrackConfig
from siamtrack.tracking.tracker import Tracker

from .blob_net import Identity

_TEMPLATE, _STRIDE = 127, 8
_SEEN = 31  # pixels round a cell that make its score


class Brightness(Head):
    """Cells as bright as what lies there; a mask is the brightness of its square."""

    def kernels(self, features: Features, box_N4: Tensor) -> Kernels:
        return (features[0].mean((1, 2, 3))[:, None],)

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        light_N1HW = features[0].mean(1, keepdim=True) / 255
        margin = (_TEMPLATE - _SEEN) // 2
        seen = functional.avg_pool2d(light_N1HW[..., margin:-margin, margin:-margin], _SEEN, _STRIDE)
        return HeadOutput(seen, None, mask_features=(light_N1HW,))

    def decode(self, raw: HeadOutput) -> Candidates:
        cells = raw.cls_NCHW.shape[-1]
        point_HW2 = point_grid(cells, _STRIDE, raw.cls_NCHW.device, on_cell=True)
        box_HW4 = torch.cat((point_HW2, torch.full_like(point_HW2, _TEMPLATE / 2)), -1)
        return Candidates(raw.cls_NCHW, box_HW4.expand(*raw.cls_NCHW.shape, 4))

    def refined(self, mask_features: Features, row_M: Tensor, cell_M2: Tensor) -> Tensor:
        corners_M2 = (cell_M2 * _STRIDE).tolist()
        squares = [
            mask_features[0][row, :, y : y + _TEMPLATE, x : x + _TEMPLATE]
            for row, (x, y) in zip(row_M.tolist(), corners_M2, strict=True)
        ]
        return (torch.stack(squares) - 0.5) * 12


def shape_tracker(convention: Convention = "exact", threshold: float | None = 0.5) -> Tracker:
    """Keeps the size of its targets."""
    select = PenaltySelect(penalty_k=0.1, window_influence=0.2, size_lr=0.0)
    config = TrackConfig(select, convention, lost_below=0.01, found_above=0.02, mask_threshold=threshold)
    net = SiameseNet(Identity(), Brightness(), NetSpec(_TEMPLATE, _TEMPLATE + 16 * _STRIDE, _STRIDE))
    return Tracker(net.eval(), config, torch.device("cpu"))


def without_masks(tracker: Tracker) -> Tracker:
    """The same tracker, boxes alone."""
    return Tracker(tracker.net, replace(tracker.config, mask_threshold=None), tracker.device)


def tilted(center: tuple[float, float], size: tuple[float, float], degrees: float) -> np.ndarray:
    """(4, 2) corners of a rectangle."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    half = np.array(size) / 2
    return np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half @ turn + np.array(center)


def picture(*shapes_42: np.ndarray, size: tuple[int, int] = (400, 320)) -> np.ndarray:
    """White shapes on black; `size` is width and height, corners are continuous pixels."""
    fine = 4
    large = np.zeros((size[1] * fine, size[0] * fine), np.uint8)
    for corners_42 in shapes_42:
        cv2.fillPoly(large, [np.round(corners_42 * fine * 16 - 8).astype(np.int32)], 255, shift=4)
    small = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
    return np.repeat(small[:, :, None], 3, 2)


def corner_distance(found_42: np.ndarray, expected_42: np.ndarray) -> float:
    """The largest distance of an expected corner from the nearest one found."""
    apart = np.linalg.norm(expected_42[:, None] - found_42[None], axis=-1)
    return float(apart.min(1).max())
