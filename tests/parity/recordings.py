"""Recorded outputs of the published implementations, and how ours are compared with them.

Weights are generated from the published key names, or real ones; both reach the tracker through the published layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput
from siamtrack.tracking.tracker import Tracker

_NET_TOLERANCE = 1e-3  # of the range of the output
BOX_TOLERANCE = 0.05  # pixels


@dataclass(frozen=True)
class Golden:
    """Recorded outputs, and our tracker with the same weights."""

    meta: dict[str, Any]
    arrays: dict[str, np.ndarray]
    tracker: Tracker


@torch.inference_mode()
def raw_maps(net: SiameseNet, z: np.ndarray, x: np.ndarray) -> HeadOutput:
    """Of crops that are already as the network sees them, so that channel order is left out of it."""
    kernels = net.head.kernels(net.backbone(torch.from_numpy(z)))
    rows = tuple(kernel.expand(len(x), *kernel.shape[1:]).contiguous() for kernel in kernels)
    return net.head.search(rows, net.backbone(torch.from_numpy(x)))


def random_crops(searches: int) -> tuple[np.ndarray, np.ndarray]:
    """The template and search crops of recordings that do not bring their own."""
    rng = np.random.default_rng(7)
    sizes = ((1, 3, 127, 127), (searches, 3, 255, 255))
    z, x = (rng.uniform(0, 255, size).astype(np.float32) for size in sizes)
    return z, x


def assert_close_in_range(ours: torch.Tensor, published: np.ndarray) -> None:
    assert ours.shape == published.shape
    assert np.abs(ours.numpy() - published).max() <= _NET_TOLERANCE * np.ptp(published)


def assert_maps_agree(published: Golden) -> None:
    raw = raw_maps(published.tracker.net, published.arrays["z"], published.arrays["x"])
    assert_close_in_range(raw.cls_NCHW, published.arrays["cls"])
    assert raw.loc_NCHW is not None
    assert_close_in_range(raw.loc_NCHW, published.arrays["loc"])


def tracked(golden: Golden, frames: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Boxes and scores of the recorded clip, the first box included."""
    tracker = golden.tracker
    tracker.start(frames[0], golden.meta["init_xywh"])
    results = [tracker.current(), *(tracker.track(frame) for frame in frames[1 : golden.meta["frames"]])]
    return np.concatenate([r.boxes for r in results]), np.concatenate([r.scores for r in results])


def assert_boxes_and_scores_agree(published: Golden, frames: list[np.ndarray]) -> None:
    """As many frames as are given, or the whole recording if it is shorter."""
    boxes, scores = tracked(published, frames)
    count = len(boxes)
    np.testing.assert_allclose(boxes, published.arrays["boxes"][:count], rtol=0, atol=BOX_TOLERANCE)
    np.testing.assert_allclose(scores[1:], published.arrays["scores"][1:count], rtol=0, atol=1e-3)
