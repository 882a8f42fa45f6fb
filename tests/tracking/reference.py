"""A second, plain implementation of the penalty trackers: numpy, float64, one target, nothing shared but the network.

Written from the published rules (pysot's `SiamRPNTracker`) in coordinates that name pixel centres for the "pysot" rule
and in continuous ones for "exact".
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch

from siamtrack.nets.siamese import SiameseNet
from siamtrack.tracking.config import PenaltySelect, TrackConfig


def choose(
    score_AHW: np.ndarray, box_AHW4: np.ndarray, previous_wh: np.ndarray, config: PenaltySelect
) -> tuple[np.ndarray, float, float]:
    """Best box, its learning rate, its score: the family's post-processing."""

    def worse(ratio: np.ndarray) -> np.ndarray:
        return np.maximum(ratio, 1 / ratio)

    def measure(w: np.ndarray, h: np.ndarray) -> np.ndarray:
        pad = (w + h) * 0.5
        return np.sqrt((w + pad) * (h + pad))

    anchors, cells, _ = score_AHW.shape
    score, box = score_AHW.astype(np.float64).ravel(), box_AHW4.astype(np.float64).reshape(-1, 4)
    scale_change = worse(measure(box[:, 2], box[:, 3]) / measure(*previous_wh))
    ratio_change = worse((previous_wh[0] / previous_wh[1]) / (box[:, 2] / box[:, 3]))
    penalty = np.exp(-(scale_change * ratio_change - 1) * config.penalty_k)
    hann = np.tile(np.outer(np.hanning(cells), np.hanning(cells)).ravel(), anchors)
    ranked = penalty * score * (1 - config.window_influence) + hann * config.window_influence
    best = int(np.argmax(ranked))
    return box[best], penalty[best] * score[best] * config.size_lr, score[best]


class ReferenceTracker:
    """Follows one target; `track` gives xywh in float64."""

    def __init__(self, net: SiameseNet, config: TrackConfig, frame: np.ndarray, xywh: tuple[float, ...]) -> None:
        assert isinstance(config.select, PenaltySelect)
        self.net, self.config, self.select = net, config, config.select
        self.pysot = config.convention == "pysot"
        x, y, w, h = xywh
        one = 1 if self.pysot else 0
        self.center, self.size = np.array([x + (w - one) / 2, y + (h - one) / 2]), np.array([w, h])
        mean = np.array(cv2.mean(frame)[:3])
        self.pad = np.floor(mean) if self.pysot else np.round(mean)
        z, cut_center, cut_side = self._cut(frame, self._template_side(), net.spec.template_px)
        box = np.concatenate((self.center - cut_center, self.size)) * net.spec.template_px / cut_side
        with torch.inference_mode():
            self.kernels = net.kernels(z, torch.from_numpy(box[None]).float())
            (self.first,) = (self.template,) = net.embed(z)

    def track(self, frame: np.ndarray) -> tuple[np.ndarray, float]:
        search_px = self.net.spec.search_px
        side = self._template_side() * search_px / self.net.spec.template_px
        x, cut_center, cut_side = self._cut(frame, side, search_px)
        with torch.inference_mode():
            score, box, _ = self.net.decode(self.net.search(self.kernels, x))
        assert box is not None
        if self.pysot:
            cut_center, cut_side = self.center, side  # the quirk: as if nothing had been rounded
        scale = search_px / cut_side
        chosen, rate, best = choose(score[0].numpy(), box[0].numpy(), self.size * scale, self.select)
        bound = np.array([frame.shape[1], frame.shape[0]])
        self.center = np.clip(cut_center + chosen[:2] / scale, 0, bound)
        old_side, self.size = (
            self._template_side(),
            np.clip(self.size * (1 - rate) + chosen[2:] / scale * rate, 10, bound),
        )
        if self.net.update is not None:
            self._update(frame, old_side)
        return np.concatenate((self.center - self.size / 2, self.size)), best

    def _update(self, frame: np.ndarray, side: float) -> None:
        """UpdateNet's `SiamRPN_track_upd`, its last lines; the head takes no box."""
        z, _, _ = self._cut(frame, side, self.net.spec.template_px)
        first, _, last = self.net.update.layers
        with torch.inference_mode():
            (present,) = self.net.embed(z)
            self.template = self.first + last(first(torch.cat((self.first, self.template, present), 1)).relu())
            self.kernels = self.net.head.kernels((self.template,), torch.empty(1, 4))

    def _template_side(self) -> float:
        w, h = self.size
        pad = self.config.context * (w + h)
        return math.sqrt((w + pad) * (h + pad))

    def _cut(self, frame: np.ndarray, side: float, out_px: int) -> tuple[torch.Tensor, np.ndarray, float]:
        """The crop, and the centre and side of the window that was really cut."""
        whole = round(side)
        if self.pysot:
            corner = np.floor(self.center - (whole + 1) / 2 + 0.5).astype(int)
        else:
            corner = np.round(self.center - whole / 2).astype(int)
        margin = whole + 2
        padded = np.stack([np.pad(frame[..., c], margin, constant_values=int(self.pad[c])) for c in range(3)], axis=-1)
        x, y = corner + margin
        crop = cv2.resize(padded[y : y + whole, x : x + whole], (out_px, out_px))
        tensor = torch.from_numpy(crop).permute(2, 0, 1)[None].float()
        return tensor, corner + whole / 2, float(whole)
