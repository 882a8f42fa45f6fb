"""Choosing the constants of a selection rule on short tracks, none of which is of an evaluation set.

The output of a network depends on where it looks, and that on the constants: every setting is a run of its own. All
tracks are rows of one batch, whose frames are decoded once.

A single best setting is luck: neighbours that hardly differ score a percent apart. The pick is therefore the best after
smoothing over neighbours in the grid.

Shape legend: N clips, B frames of one step, T frames of the longest clip, G settings as a grid with an axis a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from torch import Tensor

from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation.metrics import iou
from siamtrack.evaluation.rules import Rules
from siamtrack.geometry.crop import Frames
from siamtrack.tracking.config import PenaltySelect, TrackConfig
from siamtrack.tracking.state import TrackState, take_rows
from siamtrack.tracking.step import init_state, track_step
from siamtrack.tracking.tracker import Tracker

Axis = tuple[float, ...]


@dataclass(frozen=True)
class Clips:
    """Short videos in memory, the longest first.

    Attributes:
        names: of the N clips.
        steps: frames of each step, those of the clips that are so long.
        truth: annotated boxes of each step, (B, 4) float64 xywh.
    """

    names: tuple[str, ...]
    steps: tuple[Frames, ...]
    truth: tuple[np.ndarray, ...]


def load_clips(videos: Sequence[Video], device: torch.device) -> Clips:
    """Read all images.

    Raises:
        ValueError: there is none, one has fewer than two frames or a frame without a box, or an image is unreadable.
    """
    if not videos:
        raise ValueError("there are no clips; expected at least one")
    for video in videos:
        if len(video) < 2 or not video.annotated_T.all():
            raise ValueError(f"{video.name} has a frame without a box, or no second frame; it cannot be a clip")
    ordered = sorted(videos, key=lambda video: -len(video))
    at = [[video for video in ordered if len(video) > step] for step in range(len(ordered[0]))]
    return Clips(
        tuple(video.name for video in ordered),
        tuple(Frames.from_images([one.images.read(step) for one in there], device) for step, there in enumerate(at)),
        tuple(np.stack([one.boxes_T4[step] for one in there]) for step, there in enumerate(at)),
    )


@torch.inference_mode()
def start(tracker: Tracker, clips: Clips) -> TrackState:
    """Look at all targets: what every setting begins with."""
    return init_state(tracker.net, tracker.config, clips.steps[0], _each(clips, 0, tracker), _boxes(clips, tracker))


@torch.inference_mode()
def follow(tracker: Tracker, config: TrackConfig, clips: Clips, state: TrackState) -> np.ndarray:
    """(T - 1, N) overlap of every clip in every frame but the first; NaN after its end.

    Args:
        config: in place of the tracker's own; it may differ in how one candidate is chosen.
        state: of `start`.
    """
    overlap_TN = np.full((len(clips.steps) - 1, len(clips.names)), np.nan)
    for step in range(1, len(clips.steps)):
        rows = len(clips.truth[step])
        if rows < len(state.center_N2):
            state = take_rows(state, list(range(rows)))
        state = state._replace(frame_N=_each(clips, step, tracker))
        state, output = track_step(tracker.net, config, state, clips.steps[step])
        overlap_TN[step - 1, :rows] = iou(output.box_N4.double().cpu().numpy(), clips.truth[step])
    return overlap_TN


def _each(clips: Clips, step: int, tracker: Tracker) -> Tensor:
    return torch.arange(len(clips.truth[step]), device=tracker.device)


def _boxes(clips: Clips, tracker: Tracker) -> Tensor:
    return torch.from_numpy(clips.truth[0]).float().to(tracker.device)


def success(overlap_TN: np.ndarray) -> np.ndarray:
    """(N,) area under the success curve of each clip, by our rules but without the first frame."""
    counted_TN = np.isfinite(overlap_TN)
    above_KN = [((overlap_TN > threshold) & counted_TN).sum(0) for threshold in Rules().thresholds]
    return np.mean(above_KN, axis=0) / counted_TN.sum(0)


@dataclass(frozen=True)
class Tuned:
    """Every setting of a grid.

    Attributes:
        axes: constant of `PenaltySelect` -> the values that were tried, rising.
        success_GN: of each clip; the grid's axes come first.
        own_N: of each clip by the tracker's own constants.
        names: of the clips; those of one name are one track, which counts once in a standard error.
    """

    axes: Mapping[str, Axis]
    success_GN: np.ndarray
    own_N: np.ndarray
    names: tuple[str, ...]

    @property
    def mean_G(self) -> np.ndarray:
        """Of all clips."""
        return self.success_GN.mean(-1)

    @property
    def smooth_G(self) -> np.ndarray:
        """The means, smoothed over neighbours."""
        return smooth(self.mean_G)

    def setting(self, place: tuple[int, ...]) -> dict[str, float]:
        """Constants at a place of the grid."""
        return {name: values[i] for (name, values), i in zip(self.axes.items(), place, strict=True)}

    @property
    def pick(self) -> tuple[int, ...]:
        """Place of the best setting after smoothing."""
        return tuple(int(i) for i in np.unravel_index(np.argmax(self.smooth_G), self.smooth_G.shape))

    def gain(self, place: tuple[int, ...]) -> tuple[float, float]:
        """By how much a setting beats the tracker's own constants, and the standard error of that over the tracks.

        The error is NaN with one track.
        """
        gain_N = self.success_GN[place] - self.own_N
        _, track_N, clips = np.unique(self.names, return_inverse=True, return_counts=True)
        by_track = np.bincount(track_N, gain_N) / clips
        error = by_track.std(ddof=1) / np.sqrt(len(clips)) if len(clips) > 1 else np.nan
        return float(gain_N.mean()), float(error)


def tune(
    tracker: Tracker, clips: Clips, axes: Mapping[str, Axis], tried: Callable[[int], None] = lambda settings: None
) -> Tuned:
    """Try all settings of a grid.

    Args:
        axes: constant of `PenaltySelect` -> values, rising; the others stay as they are.
        tried: called after every setting with their number so far.

    Raises:
        ValueError: the tracker chooses by another rule, or an axis is no constant of this one.
    """
    own = tracker.config.select
    if not isinstance(own, PenaltySelect):
        raise ValueError(f"this tracker chooses by {type(own).__name__}; expected PenaltySelect")
    unknown = [name for name in axes if name not in vars(own)]
    if unknown:
        raise ValueError(f"PenaltySelect has no {', '.join(unknown)}; expected some of {', '.join(vars(own))}")
    state = start(tracker, clips)
    found = []
    for values in product(*axes.values()):
        select = replace(own, **dict(zip(axes, values, strict=True)))
        found.append(success(follow(tracker, replace(tracker.config, select=select), clips, state)))
        tried(len(found))
    shape = *(len(values) for values in axes.values()), len(clips.names)
    return Tuned(
        dict(axes), np.reshape(found, shape), success(follow(tracker, tracker.config, clips, state)), clips.names
    )


def smooth(values_G: np.ndarray) -> np.ndarray:
    """Each value averaged with its neighbours by 1-2-1 along every axis; at an end by 2-1."""
    result_G = values_G.astype(np.float64)
    for axis, length in enumerate(values_G.shape):
        weights = 2 * np.eye(length) + np.eye(length, k=1) + np.eye(length, k=-1)
        weights /= weights.sum(1, keepdims=True)
        result_G = np.moveaxis(np.tensordot(weights, result_G, (1, axis)), 0, axis)
    return result_G
