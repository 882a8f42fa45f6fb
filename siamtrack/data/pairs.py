"""Training pairs: a template, a search crop, and where (or whether) the template's object is in it.

A pair is a pure function of (seed, index), so any number of workers, and a resumed run, see the same pairs.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence as Listing
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from siamtrack.data import augment
from siamtrack.data.augment import Jitter, View
from siamtrack.data.pair_config import PairConfig
from siamtrack.data.targets import Target, TargetSource

# Draws of a pair before its sources are given up; each may meet a broken image or an empty sequence. So many that a
# run goes on where most of its images cannot be read.
_ATTEMPTS = 100


T = TypeVar("T")


class _Pair(NamedTuple):
    """Two views of a batch's row.

    Attributes:
        template, search: what they show.
        positive: the template's object is in the search view.
        sequence: see `PairBatch`.
    """

    template: View
    search: View
    positive: bool
    sequence: int


@dataclass(frozen=True)
class PairBatch:
    """N pairs.

    Attributes:
        template_N3HW, search_N3HW: uint8 BGR, channels-last in memory.
        template_box_N4: cxcywh of the object in the template crop, crop pixels relative to its centre.
        box_N4: the same in the search crop; of the *other* object where the pair is negative.
        positive_N: bool, the template's object is in the search crop.
        mask_N1HW: uint8, the object in the search crop, all zero where its mask is not known; None where none is.
        sequence_N: int64, a number that all pairs share whose templates show one sequence; None where it is not known.
    """

    template_N3HW: Tensor
    template_box_N4: Tensor
    search_N3HW: Tensor
    box_N4: Tensor
    positive_N: Tensor
    mask_N1HW: Tensor | None = None
    sequence_N: Tensor | None = None


class PairSampler:
    """Draws pairs.

    Args:
        source: what they are about.
        template_px, search_px: sides of the crops.
        seed: of all pairs.

    Attributes:
        skipped: how often what could not be used was drawn so far, by a message that names it; others took its place.
    """

    def __init__(self, source: TargetSource, config: PairConfig, template_px: int, search_px: int, seed: int) -> None:
        self._source, self._config, self._seed = source, config, seed
        self._template_px, self._search_px = template_px, search_px
        self._template_jitter = Jitter(config.template_shift_px, config.template_log_scale, config.template_log_aspect)
        self._search_jitter = Jitter(config.search_shift_px, config.search_log_scale, config.search_log_aspect)
        self._photos = len(source.photos) > 0
        self.skipped: Counter[str] = Counter()

    def pair(self, index: int) -> tuple[View, View, bool]:
        """Template view, search view, and whether the template's object is in the search view.

        Raises:
            ValueError: nothing usable was drawn in many attempts; names the last fault.
        """
        return self._draw_pair(index)[:3]

    def _draw_pair(self, index: int) -> _Pair:
        return self._attempt(lambda attempt: self._pair(index, attempt), "pair")

    def _attempt(self, make: Callable[[int], T], what: str) -> T:
        fault = ValueError()
        for attempt in range(_ATTEMPTS):
            try:
                return make(attempt)
            except ValueError as error:
                fault = error
                self.skipped[str(error)] += 1
        raise ValueError(f"no {what} could be made in {_ATTEMPTS} attempts; the last: {fault}") from fault

    def batch(self, indices: Listing[int], run: Callable[..., object] = map) -> PairBatch:
        """Pairs stacked; `run` maps a function over the indices (a thread pool's `map` overlaps them)."""
        pairs: list[_Pair] = list(run(self._draw_pair, indices))  # type: ignore[call-overload]
        mask_NHW = np.stack([pair.search.mask for pair in pairs])
        return PairBatch(
            _stack([pair.template.image for pair in pairs]),
            torch.from_numpy(np.stack([pair.template.box for pair in pairs])),
            _stack([pair.search.image for pair in pairs]),
            torch.from_numpy(np.stack([pair.search.box for pair in pairs])),
            torch.tensor([pair.positive for pair in pairs]),
            torch.from_numpy(mask_NHW)[:, None] if mask_NHW.any() else None,
            torch.tensor([pair.sequence for pair in pairs]),
        )

    def triplet(self, index: int) -> tuple[View, View, View]:
        """Anchor, positive (the same object in another frame) and negative (another object), template-sized views.

        Raises:
            ValueError: as `pair`.
        """
        return self._attempt(lambda attempt: self._triplet(index, attempt), "triplet")

    def _triplet(self, index: int, attempt: int) -> tuple[View, View, View]:
        rng = np.random.default_rng((self._seed, index, 3, attempt))
        target = self._source.draw(rng)
        like = rng.random() < self._config.look_alike
        other = (self._source.draw_like if like else self._source.draw_other)(target, rng)
        first, second = target.draw_frames(rng)
        third, _ = other.draw_frames(rng)
        views = [
            self._cut(thing, row, self._template_px, self._template_jitter, rng)
            for thing, row in ((target, first), (target, second), (other, third))
        ]
        anchor, positive = self._look(views[0], views[1], rng)
        return anchor, positive, views[2]

    def _pair(self, index: int, attempt: int) -> _Pair:
        config, source = self._config, self._source
        target = self._target(index, attempt)
        rng = np.random.default_rng((self._seed, index, 1, attempt))
        first, second = target.draw_frames(rng)
        z = self._cut(target, first, self._template_px, self._template_jitter, rng)
        other = self._negative(target, second, rng)
        around = source.other_in_frame(target, second, rng) if rng.random() < config.distracted else None
        shown, row = (target, second) if other is None else (other, other.draw_frames(rng)[0])
        angle = self._draw_angle(rng)
        around = None if other else around
        x = self._cut(shown, row, self._search_px, self._search_jitter, rng, around, angle, masked=True)
        if target.is_still and self._photos and rng.random() < config.new_surroundings:
            photo = source.draw_photo(rng)
            z = augment.paste_on(z, augment.random_square(photo, self._template_px, rng))
            x = augment.paste_on(x, augment.random_square(photo, self._search_px, rng))
        if rng.random() < config.distractor:
            beside = source.draw_like(target, rng)
            jitter = Jitter(0, config.search_log_scale, config.search_log_aspect)
            view = self._cut(beside, beside.draw_frames(rng)[0], self._search_px, jitter, rng)
            x = augment.paste_distractor(x, view, rng)
        if self._photos and rng.random() < config.occlude:
            x = augment.occlude(x, augment.random_square(source.draw_photo(rng), self._search_px, rng), rng)
        hidden = False
        if rng.random() < config.hide:
            x, hidden = self._hide(x, rng)
        z, x = self._look(z, x, rng)
        positive = other is None and not hidden and x.shows_object
        name = f"{target.pool.name}/{target.sequence.name}"  # two sets may call theirs alike
        return _Pair(z, x, positive, zlib.crc32(name.encode()))

    def _target(self, index: int, attempt: int) -> Target:
        """What a pair is about."""
        target = self._draw_target(index, attempt)
        if attempt and self._is_neighbours(target, index):
            target = self._draw_target(index, 0)  # maybe in another frame
        rng = np.random.default_rng((self._seed, index, 2, attempt))
        target = self._vary(target, rng)
        if rng.random() < self._config.redraw:
            target = target.redrawn(rng.uniform(-0.1, 0.1, 2), np.exp(rng.uniform(-0.1, 0.1, 2)))
        return target

    def _draw_target(self, index: int, attempt: int) -> Target:
        """The object of a sequence; in the same attempt pairs 2i and 2i + 1 draw different sequences."""
        source, rng = self._source, np.random.default_rng((self._seed, index // 2, 0, attempt))
        target = source.draw(rng)
        if index % 2:
            like = rng.random() < self._config.look_alike
            target = (source.draw_like if like else source.draw_other)(target, rng)
        return target

    def _is_neighbours(self, target: Target, index: int) -> bool:
        """The other pair of 2i and 2i + 1 drew the same sequence first (its own later draws are not known here)."""
        with suppress(ValueError):
            return self._draw_target(index ^ 1, 0).sequence is target.sequence
        return False

    def _vary(self, target: Target, rng: np.random.Generator) -> Target:
        """The target, or now and then another object of its frame, a part of it, or a region of a photograph."""
        config, source = self._config, self._source
        if self._photos and rng.random() < config.photo_region:
            return source.photo_region(rng)
        if rng.random() < config.other_target:
            row = int(rng.integers(len(target.frame_R)))
            box = source.other_in_frame(target, row, rng)
            if box is not None:
                return target.at(row, box)
        if target.is_still and rng.random() < config.part:
            return target.at(0, augment.random_part(target.boxes_R4[0], 0.35, 0.8, rng))
        return target

    def _negative(self, target: Target, row: int, rng: np.random.Generator) -> Target | None:
        """What the search crop shows instead of the target in that row, if anything."""
        drawn, config, source = rng.random(), self._config, self._source
        for share, draw in (
            (config.negative_like, source.draw_like),
            (config.negative_unlike, source.draw_unlike),
            (config.negative_any, source.draw_any),
        ):
            if drawn < share:
                return draw(target, rng)
            drawn -= share
        box = source.other_in_frame(target, row, rng) if drawn < config.negative_beside else None
        return None if box is None else target.at(row, box)

    def _draw_angle(self, rng: np.random.Generator) -> float:
        """Of the search crop, see `PairConfig.turn_search`."""
        if rng.random() >= self._config.turn_search:
            return 0.0
        return float(rng.uniform(-1, 1) * (np.pi if rng.random() < 0.25 else np.pi / 4))

    def _cut(
        self,
        target: Target,
        row: int,
        out_px: int,
        jitter: Jitter,
        rng: np.random.Generator,
        around: np.ndarray | None = None,
        angle: float = 0.0,
        masked: bool = False,
    ) -> View:
        frame, box = int(target.frame_R[row]), target.boxes_R4[row]
        image = self._source.read(target.sequence.images, frame)
        if (box[:2] >= (image.shape[1], image.shape[0])).any() or (box[:2] + box[2:] <= 0).any():
            name = target.sequence.images.name(frame)
            raise ValueError(
                f"{name}: box {box.tolist()} lies outside the image of {image.shape[1]} x {image.shape[0]}"
            )
        mirror = bool(rng.random() < self._config.mirror)
        # Only masks of search crops are learnt from, and reading one may cost as much as the image.
        masks = target.sequence.masks if masked and target.is_own else None
        mask = masks.read(frame) if masks is not None else None
        return augment.cut_view(image, box, out_px, self._template_px, jitter, rng, mirror, mask, around, angle)

    def _hide(self, x: View, rng: np.random.Generator) -> tuple[View, bool]:
        """The object covered, or else a place beside it: a cover alone shall not tell that the object is gone."""
        hidden = bool(rng.random() < 0.5)
        place = x.box if hidden else augment.beside(x.box, x.box[2:], rng)
        patch = None
        if self._photos and rng.random() < 0.5:
            patch = augment.random_square(self._source.draw_photo(rng), self._search_px, rng).astype(np.uint8)
        return augment.cover(x, place, patch), hidden

    def _look(self, z: View, x: View, rng: np.random.Generator) -> tuple[View, View]:
        """Mirror, colour, blur and resolution: what changes how the crops look but not what is in them."""
        config = self._config
        if rng.random() < config.flip:
            z, x = augment.flip(z), augment.flip(x)
        if rng.random() < config.flip_search:
            x = augment.flip(x)
        grey = bool(rng.random() < config.grey)
        z = augment.recolor(z, augment.color_matrix(rng, config.color, grey))
        x = augment.recolor(x, augment.color_matrix(rng, config.color, grey))
        if config.lighting:
            z, x = (augment.recolor(view, augment.lighting_matrix(rng)) for view in (z, x))
        if rng.random() < config.blur:
            x = augment.blur(x, rng, config.blur_px)
        if rng.random() < (config.blur / 3 if config.template_blur is None else config.template_blur):
            z = augment.blur(z, rng, max(3, config.blur_px // 2))
        if rng.random() < config.coarsen:
            x = augment.coarsen(x, rng)
        if rng.random() < config.coarsen:
            z = augment.coarsen(z, rng)
        return z, x


def _stack(images: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
