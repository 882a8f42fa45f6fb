"""What training pairs are about: sequences by set and category, and the things in them that can be followed.

Every draw comes from the generator that is passed in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from collections.abc import Sequence as Listing
from dataclasses import dataclass, replace

import numpy as np

from siamtrack.data.augment import random_part
from siamtrack.data.box_limits import BoxLimits
from siamtrack.data.images import Images
from siamtrack.data.sequence import Sequence

Read = Callable[[Images, int], np.ndarray]

# Other objects of an image that are smaller are no targets, pixels.
_LEAST_OTHER_PX = 12
# Draws before another kind of object is given up: a set may have one kind alone.
_TRIES = 20


@dataclass(frozen=True)
class Pool:
    """Sequences that are drawn from together.

    Attributes:
        name: of the data set, or of the part of it.
        weight: share of it in the samples, before normalisation.
        frame_gap: largest distance between the two frames of a pair, in frames that are there.
        limits: of the boxes; None for none.
    """

    name: str
    sequences: tuple[Sequence, ...]
    weight: float
    frame_gap: int
    limits: BoxLimits | None = None


class NothingToFollow(ValueError):
    """A sequence without a box of positive size in view, or none within the limits."""


@dataclass(frozen=True)
class Target:
    """Something to follow. Shape legend: R frames that show it.

    Attributes:
        sequence: where it is seen; pool: where that comes from.
        frame_R: numbers of the frames.
        boxes_R4: float64 xywh, pixels.
        is_own: it is the object that the sequence is about, so that its masks are of it.
    """

    sequence: Sequence
    pool: Pool
    frame_R: np.ndarray
    boxes_R4: np.ndarray
    is_own: bool = True

    @staticmethod
    def of(sequence: Sequence, pool: Pool) -> Target:
        """The object of a sequence, in the frames with a box within the limits where it is not said to be absent.

        Raises:
            NothingToFollow: there are none.
            ValueError: there are limits, and the size of the images is not annotated, nor can the first be read.
        """
        seen_T = sequence.annotated_T if sequence.absent_T is None else sequence.annotated_T & ~sequence.absent_T
        frame_R = np.flatnonzero(seen_T)
        if not len(frame_R):
            raise NothingToFollow(f"{sequence.name}: no frame has a box of positive size")
        if pool.limits is not None:
            frame_R = frame_R[pool.limits.hold(sequence.boxes_T4[frame_R], sequence.image_size())]
            if not len(frame_R):
                raise NothingToFollow(f"{sequence.name}: no frame has a box within the limits")
        return Target(sequence, pool, frame_R, sequence.boxes_T4[frame_R])

    @property
    def is_still(self) -> bool:
        """Two views of one image make the pair."""
        return len(self.frame_R) == 1

    def at(self, row: int, box_xywh: np.ndarray) -> Target:
        """Another thing than the sequence's own, in one of the frames."""
        return replace(self, frame_R=self.frame_R[row : row + 1], boxes_R4=box_xywh[None], is_own=False)

    def redrawn(self, shift_2: np.ndarray, scale_2: np.ndarray) -> Target:
        """The same thing as somebody else might draw it: its boxes moved by shares of their size, and scaled."""
        size_R2 = self.boxes_R4[:, 2:]
        center_R2 = self.boxes_R4[:, :2] + (0.5 + shift_2) * size_R2
        return replace(self, boxes_R4=np.hstack((center_R2 - scale_2 * size_R2 / 2, scale_2 * size_R2)))

    def draw_frames(self, rng: np.random.Generator) -> tuple[int, int]:
        """Rows of the template's and the search crop's frame, at most the pool's gap apart."""
        count, gap = len(self.frame_R), self.pool.frame_gap
        first = int(rng.integers(count))
        return first, int(rng.integers(max(0, first - gap), min(count - 1, first + gap) + 1))


_Entry = tuple[Sequence, Pool]


class TargetSource:
    """Draws targets from pools.

    Args:
        pools: to draw from; at least two sequences in those of positive weight, as every target has another beside it.
        photos: photographs without boxes, for regions and surroundings.
        read: image of that number of some images, H x W x 3 uint8 BGR.

    Raises:
        ValueError: there are fewer than two sequences.
    """

    def __init__(self, pools: Listing[Pool], photos: Images, read: Read) -> None:
        pools = [pool for pool in pools if pool.weight > 0 and pool.sequences]
        self._entries: dict[str, list[_Entry]] = {
            pool.name: [(sequence, pool) for sequence in pool.sequences] for pool in pools
        }
        self._all = [entry for entries in self._entries.values() for entry in entries]
        if len(self._all) < 2:
            raise ValueError("training needs two sequences or more: each target has another object beside it")
        self._by_category: dict[str, list[_Entry]] = defaultdict(list)
        for entry in self._all:
            self._by_category[entry[0].category].append(entry)
        # A sequence of a category is drawn as often as among all, by its pool's weight over the pool's size.
        self._cumulative_by_category = {
            category: np.cumsum([pool.weight / len(pool.sequences) for _, pool in entries])
            for category, entries in self._by_category.items()
        }
        weight_P = np.array([pool.weight for pool in pools])
        self._cumulative_P, self._pools = np.cumsum(weight_P / weight_P.sum()), pools
        self.photos, self.read = photos, read

    def draw(self, rng: np.random.Generator) -> Target:
        """The object of a sequence: pools by weight, within a pool all sequences alike."""
        pool = self._pools[min(int(np.searchsorted(self._cumulative_P, rng.random(), "right")), len(self._pools) - 1)]
        return _draw_from(pool, rng)

    def draw_like(self, target: Target, rng: np.random.Generator) -> Target:
        """Another object of the same category, by the pools' weights; failing that of the same pool, or else any."""
        entries = self._by_category.get(target.sequence.category, [])
        if _has_another(entries, target):
            cumulative = self._cumulative_by_category[target.sequence.category]
            for _ in range(_TRIES):
                place = int(np.searchsorted(cumulative, rng.random() * cumulative[-1], "right"))
                entry = entries[min(place, len(entries) - 1)]
                if entry[0] is not target.sequence:
                    return Target.of(*entry)
        entries = self._entries.get(target.pool.name, [])
        return _draw_another(entries, target, rng) if _has_another(entries, target) else self.draw_other(target, rng)

    def draw_unlike(self, target: Target, rng: np.random.Generator) -> Target:
        """An object of another category; any other where there seems to be only one."""
        for _ in range(_TRIES):
            other = self.draw(rng)
            if other.sequence.category != target.sequence.category:
                return other
        return self.draw_other(target, rng)

    def draw_other(self, target: Target, rng: np.random.Generator) -> Target:
        """The object of any other sequence."""
        for _ in range(_TRIES):
            other = self.draw(rng)
            if other.sequence is not target.sequence:
                return other
        return _draw_another(self._all, target, rng)

    def draw_any(self, target: Target, rng: np.random.Generator) -> Target:
        """The object of any other sequence, of every pool as often whatever their weights."""
        for _ in range(_TRIES):
            other = _draw_from(self._pools[int(rng.integers(len(self._pools)))], rng)
            if other.sequence is not target.sequence:
                return other
        return _draw_another(self._all, target, rng)

    def draw_photo(self, rng: np.random.Generator) -> np.ndarray:
        """A photograph, H x W x 3 uint8 BGR."""
        return self.read(self.photos, int(rng.integers(len(self.photos))))

    def photo_region(self, rng: np.random.Generator) -> Target:
        """A random region of a photograph: what makes an object does not count, the template's box does."""
        index = int(rng.integers(len(self.photos)))
        height, width = self.read(self.photos, index).shape[:2]
        box = random_part(np.array([0, 0, width, height]), 0.1, 0.4, rng)
        sequence = Sequence(self.photos.name(index), self.photos, box[None])
        pool = Pool("photos", (sequence,), 1.0, 0)
        return Target(sequence, pool, np.array([index]), box[None], is_own=False)

    def other_in_frame(self, target: Target, row: int, rng: np.random.Generator) -> np.ndarray | None:
        """(4,) xywh of another object of the frame, whole and not too small; None if there is none."""
        if target.sequence.others is None or not target.is_own:
            return None
        frame = int(target.frame_R[row])
        boxes_M4 = target.sequence.others[frame]
        if not len(boxes_M4):
            return None
        height, width = self.read(target.sequence.images, frame).shape[:2]
        inside_M = (boxes_M4[:, :2] >= 0).all(1) & (boxes_M4[:, :2] + boxes_M4[:, 2:] <= (width, height)).all(1)
        whole_M4 = boxes_M4[inside_M & (boxes_M4[:, 2:].min(1) >= _LEAST_OTHER_PX)]
        return whole_M4[int(rng.integers(len(whole_M4)))] if len(whole_M4) else None


def _draw_from(pool: Pool, rng: np.random.Generator) -> Target:
    """The object of any of a pool's sequences, all alike."""
    return Target.of(pool.sequences[int(rng.integers(len(pool.sequences)))], pool)


def _has_another(entries: list[_Entry], target: Target) -> bool:
    """Whether a list, in which no sequence stands twice, holds another than the target's."""
    return any(sequence is not target.sequence for sequence, _ in entries[:2])


def _draw_another(entries: list[_Entry], target: Target, rng: np.random.Generator) -> Target:
    """The object of another sequence than the target's, of a list that has one; all alike."""
    while (entry := entries[int(rng.integers(len(entries)))])[0] is target.sequence:
        pass
    return Target.of(*entry)
