"""The numpy face of the tracking step: frames in, boxes out, targets by id."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from siamtrack.geometry.crop import Frames
from siamtrack.geometry.masks import PlacedMask
from siamtrack.nets.siamese import SiameseNet
from siamtrack.tracking.config import TrackConfig
from siamtrack.tracking.inputs import Color, as_bgr, as_boxes
from siamtrack.tracking.longterm import LongTerm, Memory, long_term_step, remember
from siamtrack.tracking.masks import Masks, download, rotated_boxes
from siamtrack.tracking.state import TrackState, concat_states, take_rows
from siamtrack.tracking.step import init_state, track_step

TargetState = Literal["tracking", "lost"]


@dataclass(frozen=True)
class TrackResult:
    """Where every target is in one frame.

    Attributes:
        frame: index of the frame.
        timestamp: seconds, None if the caller gave none.
        ids: (N,) one number a target, as `start` and `add` returned them.
        boxes: (N, 4) float32 x, y, width, height, pixels, 0-based; always finite and of positive size.
        scores: (N,) float32, 0-1, how sure the tracker is.
        states: (N,) "tracking" or "lost"; the box of a lost target is a guess.
        polygons: (N, 4, 2) float32 corners x, y of rotated boxes round the masks, in order, pixels, 0-based; the box's
            where the mask is too small for one. None from trackers without masks.
        masks: (N,) see `PlacedMask`; None for targets that were added in this frame, and from trackers without masks.
    """

    frame: int
    timestamp: float | None
    ids: tuple[int, ...]
    boxes: np.ndarray
    scores: np.ndarray
    states: tuple[TargetState, ...]
    polygons: np.ndarray | None = None
    masks: tuple[PlacedMask | None, ...] | None = None


class Tracker:
    """Follows any number of targets through one video.

    All targets share one upload and one batched forward pass a frame; memory per target is constant. A call that
    raises leaves the tracker as it was.

    Args:
        net: in evaluation mode, on `device`.
        config: the numbers of the tracker.
        device: where the network runs.
        long_term: how lost targets are looked for in the whole frame; None for not at all.
    """

    def __init__(
        self, net: SiameseNet, config: TrackConfig, device: torch.device, long_term: LongTerm | None = None
    ) -> None:
        self.net, self.config, self.device, self.long_term = net, config, device, long_term
        self.state: TrackState | None = None  # what the step works on; None before `start`
        self._memory: Memory | None = None  # the same for `long_term`, None without it
        self._rows_N6 = np.empty((0, 6), np.float32)  # box, score, lost: what the last frame said
        self._masks: Masks = ()  # a row each as well
        self._ids: tuple[int, ...] = ()
        self._next_id = 1
        self._frame, self._timestamp, self._frame_size = 0, None, (0, 0)  # type: int, float | None, tuple[int, int]

    @property
    def ids(self) -> tuple[int, ...]:
        """Ids of the present targets, in the order of the rows of every result."""
        return self._ids

    def start(
        self,
        frame: Any,
        boxes: Any,
        *,
        index: int = 0,
        timestamp: float | None = None,
        color: Color | None = None,
    ) -> tuple[int, ...]:
        """Begin a video: forget every target and look at new ones.

        Args:
            frame: see `inputs.as_bgr`: by default numpy H x W x 3 uint8 BGR.
            boxes: (4,) or (N, 4) x, y, width, height, pixels, 0-based; see `inputs.as_boxes`.
            index, timestamp: of this frame, for the results.
            color: channel order of the frame, "bgr" or "rgb", where the type's default is not meant.

        Returns:
            One id a box; numbering starts at 1.

        Raises:
            TypeError, ValueError: see `inputs`.
        """
        image, index = as_bgr(frame, color), operator.index(index)
        box_N4 = as_boxes(boxes, image.shape[1], image.shape[0])
        seen = self._look(image, box_N4)
        self._frame, self._timestamp, self._frame_size = index, timestamp, (image.shape[1], image.shape[0])
        self.state, self._memory, self._ids, self._next_id = None, None, (), 1
        self._rows_N6, self._masks = self._rows_N6[:0], ()
        return self._append(*seen, box_N4)

    def add(self, frame: Any, boxes: Any, *, color: Color | None = None) -> tuple[int, ...]:
        """More targets, seen in the frame that was passed last; the next `track` follows them too.

        Returns:
            One new id a box; ids are never used twice between two calls of `start`.

        Raises:
            RuntimeError: `start` was not called.
            TypeError, ValueError: see `inputs`, or a frame of another size.
        """
        self._require_start()
        image = self._checked(frame, color)
        box_N4 = as_boxes(boxes, image.shape[1], image.shape[0])
        return self._append(*self._look(image, box_N4), box_N4)

    def drop(self, ids: int | np.integer[Any] | Iterable[int]) -> None:
        """Forget targets.

        Raises:
            KeyError: an id is not among the present ones.
        """
        gone = set(ids) if isinstance(ids, Iterable) else {ids}
        unknown = [target for target in gone if target not in self._ids]
        if unknown:
            raise KeyError(f"no target has id {unknown}; present: {list(self._ids)}")
        rows = [row for row, target in enumerate(self._ids) if target not in gone]
        if self.state is not None:
            self.state, self._rows_N6 = take_rows(self.state, rows), self._rows_N6[rows]
            self._masks = tuple(self._masks[row] for row in rows)
            self._memory = None if self._memory is None else self._memory.rows(rows)
        self._ids = tuple(self._ids[row] for row in rows)

    def track(
        self,
        frame: Any,
        *,
        index: int | None = None,
        timestamp: float | None = None,
        color: Color | None = None,
    ) -> TrackResult:
        """Follow every target into the next frame.

        Args:
            frame: as in `start`, of the same size.
            index: of this frame; by default one more than the last.

        Raises:
            RuntimeError: `start` was not called.
            TypeError, ValueError: see `inputs`, or a frame of another size.
        """
        self._require_start()
        image, index = self._checked(frame, color), self._frame + 1 if index is None else operator.index(index)
        if self._ids:
            self._advance(image)
        self._frame, self._timestamp = index, timestamp
        return self.current()

    def current(self) -> TrackResult:
        """The targets as of the last frame, newly added ones included.

        Raises:
            RuntimeError: `start` was not called.
        """
        self._require_start()
        box_N4, score_N, lost_N = np.split(self._rows_N6.copy(), (4, 5), 1)
        states: tuple[TargetState, ...] = tuple("lost" if lost else "tracking" for lost in lost_N)
        result = TrackResult(self._frame, self._timestamp, self._ids, box_N4, score_N[:, 0], states)
        if self.config.mask_threshold is None:
            return result
        return replace(result, polygons=rotated_boxes(self._masks, box_N4, self.config), masks=self._masks)

    @torch.inference_mode()
    def _look(self, image: np.ndarray, box_N4: Tensor) -> tuple[TrackState, Memory | None]:
        frames = Frames.from_image(image, self.device)
        frame_N = torch.zeros(len(box_N4), dtype=torch.int64, device=self.device)
        box_N4 = box_N4.to(self.device)
        memory = None if self.long_term is None else remember(self.long_term, frames, frame_N, box_N4)
        return init_state(self.net, self.config, frames, frame_N, box_N4), memory

    @torch.inference_mode()
    def _advance(self, image: np.ndarray) -> None:
        assert self.state is not None
        frames = Frames.from_image(image, self.device)
        if self.long_term is None or self._memory is None:
            self.state, output = track_step(self.net, self.config, self.state, frames)
        else:
            now = long_term_step(self.net, self.config, self.long_term, self.state, self._memory, frames)
            self.state, self._memory, output = now
        self._rows_N6, self._masks = download(output, self.config, [self._frame_size] * len(self._ids))

    @torch.inference_mode()
    def _append(self, state: TrackState, memory: Memory | None, box_N4: Tensor) -> tuple[int, ...]:
        """New targets; until they are tracked their box is the one given."""
        new = tuple(range(self._next_id, self._next_id + len(box_N4)))
        rows_N6 = np.concatenate((box_N4.numpy(), [[1.0, 0.0]] * len(box_N4)), 1, dtype=np.float32)
        self._rows_N6 = np.concatenate((self._rows_N6, rows_N6))
        self._masks += (None,) * len(new)
        self.state = state if self.state is None else concat_states(self.state, state)
        self._memory = memory if self._memory is None or memory is None else self._memory.join(memory)
        self._ids, self._next_id = self._ids + new, self._next_id + len(new)
        return new

    def _require_start(self) -> None:
        if self.state is None:
            raise RuntimeError("the tracker has no target yet; call start(frame, boxes) first")

    def _checked(self, frame: Any, color: Color | None) -> np.ndarray:
        image = as_bgr(frame, color)
        size = image.shape[1], image.shape[0]
        if size != self._frame_size:
            raise ValueError(
                f"frame is {size[0]}x{size[1]}, the video began with {self._frame_size[0]}x{self._frame_size[1]}; "
                "call start again for frames of another size"
            )
        return image
