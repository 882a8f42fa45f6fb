"""The tracking step: every member of the family, any number of targets, in any number of frames.

Shape legend: N targets, S scales of the search region, M = N * S rows of the network.
"""

from __future__ import annotations

import torch
from torch import Tensor

from siamtrack.geometry.boxes import xywh_to_cxcywh
from siamtrack.geometry.crop import Frames, crop
from siamtrack.geometry.grids import constant
from siamtrack.geometry.regions import Region, aligns_corners, context_side, snap
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput, Kernels, NetSpec
from siamtrack.tracking.config import TrackConfig
from siamtrack.tracking.pyramid import carried_side, carries_side, nested_crops
from siamtrack.tracking.quirks import clip_center, pad_color, reported_box
from siamtrack.tracking.select import Choice, select
from siamtrack.tracking.state import TrackOutput, TrackState

# More rows at a time fall out of the cache: with siamtrack-s eight at once cost 8.2 times one, two fours 5.7 times.
_CPU_ROWS = 4


def init_state(net: SiameseNet, config: TrackConfig, frames: Frames, frame_N: Tensor, box_N4: Tensor) -> TrackState:
    """Look at N targets for the first time.

    Args:
        frames: B frames.
        frame_N: (N,) int64, the frame of each target.
        box_N4: (N, 4) xywh, frame pixels, of positive size; what is larger than the frame counts as large as the frame.
    """
    center_N2, size_N2 = xywh_to_cxcywh(box_N4).split(2, -1)
    frame_size_N2 = frames.size_B2[frame_N]
    center_N2 = torch.where(size_N2 > frame_size_N2, center_N2.clamp_min(0).minimum(frame_size_N2), center_N2)
    size_N2 = size_N2.minimum(frame_size_N2)
    pad_N3 = pad_color(frames.mean_color_B3(), config.convention)[frame_N]
    region = Region(center_N2, context_side(size_N2, config.context))
    window, _ = snap(region, config.convention)
    align_corners = aligns_corners(config.convention)
    z_N3HW = crop(frames, frame_N, window, pad_N3, net.spec.template_px, align_corners)
    scale_N1 = (net.spec.template_px / window.side_N)[:, None]
    kernels = net.kernels(z_N3HW, torch.cat((center_N2 - window.center_N2, size_N2), 1) * scale_N1)
    side_N = window.side_N if carries_side(config.select) else region.side_N
    score_N = torch.ones_like(center_N2[:, 0])
    lost_N = torch.zeros_like(score_N, dtype=torch.bool)
    return TrackState(center_N2, size_N2, side_N, side_N, pad_N3, frame_N, kernels, score_N, lost_N)


def track_step(
    net: SiameseNet, config: TrackConfig, state: TrackState, frames: Frames
) -> tuple[TrackState, TrackOutput]:
    """Follow N targets into the next frames. Nothing here asks the device for a value."""
    x_M3HW, region = search_crops(net, config, state, frames)
    raw = search_rows(net, repeat_kernels(state.kernels, config.select.scales), x_M3HW)
    size_N2 = state.size_N2 * (net.spec.search_px / region.side_N)[:, None]
    choice = select(config.select, net.spec, net.decode(raw), size_N2)
    state = advance(state, choice, region, net.spec, config, frames.size_B2[state.frame_N])
    box_N4 = reported_box(state.center_N2, state.size_N2, config.convention)
    return state, TrackOutput(box_N4, state.score_N, state.lost_N)


def search_crops(net: SiameseNet, config: TrackConfig, state: TrackState, frames: Frames) -> tuple[Tensor, Region]:
    """The search regions, cut out at every scale.

    Returns:
        The crops, (M, 3, search_px, search_px), and the N regions of scale 1 through which results map back.
    """
    region, scales = search_region(state, net.spec), config.select.scales
    if carries_side(config.select):
        return nested_crops(frames, state.frame_N, region, scales, state.pad_N3, net.spec.search_px), region
    window, mapping = snap(_at_scales(region, scales), config.convention)
    frame_M, pad_M3 = _repeat(state.frame_N, scales), _repeat(state.pad_N3, scales)
    x_M3HW = crop(frames, frame_M, window, pad_M3, net.spec.search_px, aligns_corners(config.convention))
    return x_M3HW, mapping if len(scales) == 1 else region


def repeat_kernels(kernels: Kernels, scales: tuple[float, ...]) -> Kernels:
    """Each target's kernels once a scale."""
    return tuple(_repeat(kernel, scales) for kernel in kernels)


def search_rows(net: SiameseNet, kernels: Kernels, x_M3HW: Tensor) -> HeadOutput:
    """`net.search`, on the CPU a few rows at a time; rows do not influence each other."""
    if x_M3HW.device.type != "cpu" or len(x_M3HW) <= _CPU_ROWS:
        return net.search(kernels, x_M3HW)
    starts = range(0, len(x_M3HW), _CPU_ROWS)
    parts = [net.search(tuple(k[i : i + _CPU_ROWS] for k in kernels), x_M3HW[i : i + _CPU_ROWS]) for i in starts]
    return HeadOutput._make(None if maps[0] is None else torch.cat(maps) for maps in zip(*parts, strict=True))


def search_region(state: TrackState, spec: NetSpec) -> Region:
    """Where to look: the template square round the present box, enlarged as the search crop is."""
    return Region(state.center_N2, state.side_N * (spec.search_px / spec.template_px))


def advance(
    state: TrackState,
    choice: Choice,
    region: Region,
    spec: NetSpec,
    config: TrackConfig,
    frame_size_N2: Tensor,
) -> TrackState:
    """Move to the chosen box: the centre at once, the size by the choice's rate, both kept in the frame."""
    center_N2 = region.to_frame(choice.box_N4[:, :2], spec.search_px)
    size_N2 = choice.box_N4[:, 2:] * (region.side_N / spec.search_px)[:, None]
    grown_N2 = torch.lerp(state.size_N2, size_N2, choice.rate_N[:, None])
    least = torch.full_like(size_N2, config.min_size_px)
    size_N2 = torch.minimum(grown_N2.maximum(least), frame_size_N2.maximum(least))
    if carries_side(config.select):
        side_N = carried_side(state.side_N, state.first_side_N, grown_N2[:, 0] / state.size_N2[:, 0])
    else:
        side_N = context_side(size_N2, config.context)
    return state._replace(
        center_N2=clip_center(center_N2, frame_size_N2, config.convention),
        size_N2=size_N2,
        side_N=side_N,
        score_N=choice.score_N,
        lost_N=choice.score_N < torch.where(state.lost_N, config.found_above, config.lost_below),
    )


def _at_scales(region: Region, scales: tuple[float, ...]) -> Region:
    factor_S = constant(scales, region.side_N.device)
    side_M = (region.side_N[:, None] * factor_S).flatten()
    return Region(_repeat(region.center_N2, scales), side_M)


def _repeat(value: Tensor, scales: tuple[float, ...]) -> Tensor:
    return value if len(scales) == 1 else value.repeat_interleave(len(scales), 0)
