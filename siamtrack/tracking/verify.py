"""Is it the same object? The numpy face of a verifier network, and its embeddings of boxes in frames.

Shape legend: B frames, N boxes, D dimensions of an embedding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from siamtrack.geometry.boxes import xywh_to_cxcywh
from siamtrack.geometry.crop import Frames
from siamtrack.geometry.regions import Region, context_side
from siamtrack.nets.verifier import VerifierNet
from siamtrack.tracking.inputs import Color, as_bgr, as_boxes
from siamtrack.tracking.template import cut

# More rows at a time fall out of the cache, as in `tracking.step`.
_CPU_ROWS = 4


class Verifier:
    """Says whether two crops show the same object.

    Args:
        net: in evaluation mode, on `device`.
        thresholds: share of other objects that are accepted, as measured -> score from which on a pair is accepted.
        device: where the network runs.
    """

    def __init__(self, net: VerifierNet, thresholds: Mapping[float, float], device: torch.device) -> None:
        self.net, self.device = net, device
        self._thresholds = dict(sorted(thresholds.items()))

    @torch.inference_mode()
    def embed(self, frame: Any, boxes: Any, *, color: Color | None = None) -> np.ndarray:
        """What the objects in some boxes of a frame look like.

        Args:
            frame: see `inputs.as_bgr`: by default numpy H x W x 3 uint8 BGR.
            boxes: (4,) or (N, 4) x, y, width, height, pixels, 0-based; see `inputs.as_boxes`.

        Returns:
            (N, D) float32, of length 1.

        Raises:
            TypeError, ValueError: see `inputs`.
        """
        image = as_bgr(frame, color)
        box_N4 = as_boxes(boxes, image.shape[1], image.shape[0]).to(self.device)
        frame_N = torch.zeros(len(box_N4), dtype=torch.int64, device=self.device)
        embedding: np.ndarray = (
            embed_boxes(self.net, Frames.from_image(image, self.device), frame_N, box_N4).cpu().numpy()
        )
        return embedding

    def threshold(self, false_accepts: float = 0.01) -> float:
        """The score from which on a pair is accepted, for a wanted share of false accepts among different objects.

        Between the shares that were measured the threshold is interpolated over the logarithm of the share.

        Raises:
            ValueError: the share lies outside of those that were measured.
        """
        rates = list(self._thresholds)
        if not rates or not rates[0] <= false_accepts <= rates[-1]:
            known = f"{rates[0]:g} to {rates[-1]:g}" if rates else "none: these weights have no measured thresholds"
            raise ValueError(f"false accepts of {false_accepts:g}, expected {known}")
        return float(np.interp(math.log(false_accepts), np.log(rates), list(self._thresholds.values())))

    def same(self, first: np.ndarray, second: np.ndarray, false_accepts: float = 0.01) -> np.ndarray:
        """Whether embeddings show the same objects, row by row.

        Args:
            first, second: (N, D) of `embed`; a single row is compared with all of the other.

        Returns:
            (N,) bool.

        Raises:
            ValueError: see `threshold`.
        """
        return np.asarray(score(first, second) >= self.threshold(false_accepts))


def score(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(N,) float32 cosine of the angle between embeddings, row by row, -1 to 1; see `Verifier.same`."""
    return np.asarray((first * second).sum(-1))


def embed_boxes(net: VerifierNet, frames: Frames, frame_N: Tensor, box_N4: Tensor) -> Tensor:
    """(N, D) embeddings of the objects in boxes, cut out as a tracker cuts its template.

    Args:
        frames: B frames.
        frame_N: (N,) int64, the frame of each box.
        box_N4: xywh, frame pixels, of positive size.
    """
    center_N2, size_N2 = xywh_to_cxcywh(box_N4).split(2, -1)
    region, pad_N3 = Region(center_N2, context_side(size_N2)), frames.mean_color_B3()[frame_N]
    crop_N3HW, inside_N4, _ = cut(frames, frame_N, pad_N3, region, size_N2, net.spec.template_px, "exact")
    rows = _CPU_ROWS if crop_N3HW.device.type == "cpu" else max(1, len(crop_N3HW))
    parts = zip(crop_N3HW.split(rows), inside_N4.split(rows), strict=True)
    return torch.cat([net.embed(part_N3HW, box_N4) for part_N3HW, box_N4 in parts])
