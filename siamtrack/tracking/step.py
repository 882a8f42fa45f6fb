"""The tracking step: every member of the family, any number of targets, in any number of frames.

Shape legend: N targets, S scales of the search region, M = N * S rows of the network.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from siamtrack.geometry.boxes import xywh_to_cxcywh
from siamtrack.geometry.crop import Frames, crop
from siamtrack.geometry.grids import constant
from siamtrack.geometry.regions import Region, aligns_corners, context_side, snap
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput, Kernels, NetSpec
from siamtrack.tracking.config import TrackConfig
from siamtrack.tracking.masks import chosen_masks
from siamtrack.tracking.pyramid import carried_side, carries_side, nested_crops
from siamtrack.tracking.quirks import clip_center, pad_color, reported_box, size_rate
from siamtrack.tracking.select import Choice, select
from siamtrack.tracking.state import TrackOutput, TrackState, by_member, concat_states, take_rows
from siamtrack.tracking.template import first_memory, update, view

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
    seen = view(net, config, frames, frame_N, pad_N3, region, size_N2)
    kernels, memory = net.head.kernels(seen.features, seen.box_N4), first_memory(net, seen.features)
    side_N = seen.side_N if carries_side(config.select) else region.side_N
    score_N = torch.ones_like(center_N2[:, 0])
    lost_N = torch.zeros_like(score_N, dtype=torch.bool)
    small_N = lost_N if config.small is None else size_N2.prod(1) < config.small.share * frame_size_N2.prod(1)
    return TrackState(center_N2, size_N2, side_N, side_N, pad_N3, frame_N, kernels, memory, score_N, lost_N, small_N)


def track_step(
    net: SiameseNet, config: TrackConfig, state: TrackState, frames: Frames
) -> tuple[TrackState, TrackOutput]:
    """Follow N targets into the next frames.

    Nothing here asks the device for a value, unless the configuration has search crops of several sizes.
    """
    if config.small is None and config.lost is None:
        return _step(net, net.spec, config, state, frames)
    rows_of: dict[tuple[NetSpec, TrackConfig], list[int]] = {}
    for row, (small, lost) in enumerate(zip(state.small_N.tolist(), state.lost_N.tolist(), strict=True)):
        rows_of.setdefault(search_of(net.spec, config, small, lost), []).append(row)
    parts = [_step(net, spec, searched, take_rows(state, rows), frames) for (spec, searched), rows in rows_of.items()]
    states, outputs = zip(*parts, strict=True)
    stacked = [row for rows in rows_of.values() for row in rows]
    order = sorted(range(len(stacked)), key=stacked.__getitem__)
    fields = zip(*outputs, strict=True)
    output = TrackOutput._make(by_member(lambda *rows: torch.cat(rows)[order], values) for values in fields)
    return take_rows(concat_states(*states), order), output


def _step(
    net: SiameseNet, spec: NetSpec, config: TrackConfig, state: TrackState, frames: Frames
) -> tuple[TrackState, TrackOutput]:
    """The same for targets that are searched in crops of one size, `spec.search_px`."""
    x_M3HW, region = search_crops(spec, config, state, frames)
    raw = search_rows(net, repeat_kernels(state.kernels, config.select.scales), x_M3HW)
    choice = select(config.select, spec, net.decode(raw), state.size_N2, spec.search_px / region.side_N)
    frame_size_N2, looked_N = frames.size_B2[state.frame_N], state.side_N
    masks = chosen_masks(net, spec, config, raw, choice, region, frame_size_N2)
    state = advance(state, choice, region, spec, config, frame_size_N2)
    if net.update is not None:
        state = update(net, config, state, looked_N, frames)
    box = state.center_N2, state.size_N2
    if config.lost is not None:  # the state of such a tracker may leave the frame
        box = keep_in_frame(*box, frame_size_N2, config)
    return state, TrackOutput(reported_box(*box, config.convention), state.score_N, state.lost_N, *masks)


def search_of(spec: NetSpec, config: TrackConfig, small: bool, lost: bool) -> tuple[NetSpec, TrackConfig]:
    """What a target is searched with, by its flags."""
    if lost and config.lost is not None:
        anywhere = replace(config.select, window_influence=config.lost.window_influence)
        return replace(spec, search_px=config.lost.search_px), replace(config, select=anywhere)
    if small and config.small is not None:
        return replace(spec, search_px=config.small.search_px), config
    return spec, config


def search_crops(spec: NetSpec, config: TrackConfig, state: TrackState, frames: Frames) -> tuple[Tensor, Region]:
    """The search regions, cut out at every scale.

    Returns:
        The crops, (M, 3, search_px, search_px), and the N regions of scale 1 through which results map back.
    """
    region, scales = search_region(state, spec), config.select.scales
    if carries_side(config.select):
        return nested_crops(frames, state.frame_N, region, scales, state.pad_N3, spec.search_px), region
    window, mapping = snap(_at_scales(region, scales), config.convention)
    frame_M, pad_M3 = _repeat(state.frame_N, scales), _repeat(state.pad_N3, scales)
    x_M3HW = crop(frames, frame_M, window, pad_M3, spec.search_px, aligns_corners(config.convention))
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
    return HeadOutput._make(by_member(lambda *rows: torch.cat(rows), maps) for maps in zip(*parts, strict=True))


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
    """Move to the chosen box: the centre at once, the size by the choice's rate, both kept in the frame.

    A long-term tracker moves only to what it believes, and lets its state leave the frame; see `LostSearch`.
    """
    center_N2 = region.to_frame(choice.box_N4[:, :2], spec.search_px)
    size_N2 = choice.box_N4[:, 2:] * (region.side_N / spec.search_px)[:, None]
    grown_N2 = torch.lerp(state.size_N2, size_N2, size_rate(choice.rate_N, config.convention)[:, None])
    if config.lost is None:
        center_N2, size_N2 = keep_in_frame(center_N2, grown_N2, frame_size_N2, config)
    else:
        believed_N1 = choice.score_N[:, None] >= config.lost_below
        center_N2 = torch.where(believed_N1, center_N2, state.center_N2)
        size_N2 = torch.where(believed_N1, grown_N2, state.size_N2)
    if carries_side(config.select):
        side_N = carried_side(state.side_N, state.first_side_N, grown_N2[:, 0] / state.size_N2[:, 0])
    else:
        side_N = context_side(size_N2, config.context)
    return state._replace(
        center_N2=center_N2,
        size_N2=size_N2,
        side_N=side_N,
        score_N=choice.score_N,
        lost_N=choice.score_N < torch.where(state.lost_N, config.found_above, config.lost_below),
    )


def keep_in_frame(
    center_N2: Tensor, size_N2: Tensor, frame_size_N2: Tensor, config: TrackConfig
) -> tuple[Tensor, Tensor]:
    """Centres in the frame; sizes from the smallest allowed to the frame's."""
    least = torch.full_like(size_N2, config.min_size_px)
    size_N2 = torch.minimum(size_N2.maximum(least), frame_size_N2.maximum(least))
    return clip_center(center_N2, frame_size_N2, config.convention), size_N2


def _at_scales(region: Region, scales: tuple[float, ...]) -> Region:
    factor_S = constant(scales, region.side_N.device)
    side_M = (region.side_N[:, None] * factor_S).flatten()
    return Region(_repeat(region.center_N2, scales), side_M)


def _repeat(value: Tensor, scales: tuple[float, ...]) -> Tensor:
    return value if len(scales) == 1 else value.repeat_interleave(len(scales), 0)
