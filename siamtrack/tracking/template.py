"""What a tracker knows of the look of its targets: from the first frame on, and how it is kept up to date.

Shape legend: N targets.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from siamtrack.geometry.crop import Frames, crop
from siamtrack.geometry.regions import Convention, Region, aligns_corners, snap
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import Features, Kernels
from siamtrack.tracking.config import TrackConfig
from siamtrack.tracking.state import TrackState


class View(NamedTuple):
    """N targets as the network sees them in one frame.

    Attributes:
        features: of the template crops.
        box_N4: the targets in those crops, cxcywh, crop pixels relative to their centres.
        side_N: of the squares that were cut out, frame pixels, snapped as the configuration says.
    """

    features: Features
    box_N4: Tensor
    side_N: Tensor


def view(
    net: SiameseNet,
    config: TrackConfig,
    frames: Frames,
    frame_N: Tensor,
    pad_N3: Tensor,
    region: Region,
    size_N2: Tensor,
) -> View:
    """Look at the squares round the targets.

    Args:
        region: the template squares; centred on the targets.
        size_N2: of the targets, frame pixels.
    """
    z_N3HW, box_N4, side_N = cut(frames, frame_N, pad_N3, region, size_N2, net.spec.template_px, config.convention)
    return View(net.embed(z_N3HW), box_N4, side_N)


def cut(
    frames: Frames,
    frame_N: Tensor,
    pad_N3: Tensor,
    region: Region,
    size_N2: Tensor,
    template_px: int,
    convention: Convention,
) -> tuple[Tensor, Tensor, Tensor]:
    """The squares round the targets cut out, (N, 3, template_px, template_px), with `View.box_N4` and `View.side_N`."""
    window, _ = snap(region, convention)
    z_N3HW = crop(frames, frame_N, window, pad_N3, template_px, aligns_corners(convention))
    scale_N1 = (template_px / window.side_N)[:, None]
    return z_N3HW, torch.cat((region.center_N2 - window.center_N2, size_N2), 1) * scale_N1, window.side_N


def first_memory(net: SiameseNet, features: Features) -> Features:
    """What `update` begins with: the first template, which is also the accumulated one."""
    return () if net.update is None else (*features, *features)


def update(net: SiameseNet, config: TrackConfig, state: TrackState, side_N: Tensor, frames: Frames) -> TrackState:
    """The state with the template that UpdateNet makes of the first, the accumulated and the present one.

    Args:
        side_N: of the squares that are looked at: those round the boxes of the frame before, as in UpdateNet's code.
    """
    assert net.update is not None
    region = Region(state.center_N2, side_N)
    (present,), box_N4, _ = view(net, config, frames, state.frame_N, state.pad_N3, region, state.size_N2)
    first, accumulated = state.memory
    accumulated = net.update(first, accumulated, present)
    kernels: Kernels = net.head.kernels((accumulated,), box_N4)
    return state._replace(kernels=kernels, memory=(first, accumulated))
