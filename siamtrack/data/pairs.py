"""Training pairs: a template, a search crop, and where (or whether) the template's object is in it.

A pair is a pure function of (seed, index), so any number of workers, and a resumed run, see the same pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt
from torch import Tensor

from siamtrack.data import augment
from siamtrack.data.augment import Jitter, View
from siamtrack.data.pack import Track

Probability = Annotated[float, Field(ge=0, le=1)]

# In tracking the first box is exact; a template of a later frame is about this far off.
_TEMPLATE_JITTER = Jitter(shift_px=1, log_scale=0.02, log_aspect=0.02)
# Other objects of an image that are smaller are no targets, pixels.
_LEAST_OTHER_PX = 12


class PairConfig(BaseModel):
    """How pairs are drawn. Probabilities are per pair.

    Attributes:
        set_weights: share of each set in the samples, before normalisation; sets not named get `default_weight`.
        frame_gap: largest distance between the two rows of a track, in rows.
        look_alike: pairs 2i and 2i + 1 show targets of one category (else of one set, else any). They are always
            different objects, so that each one's template is a negative for the other's search crop.
        negative: the search crop shows another object.
        search_shift_px, search_log_scale, search_log_aspect: see `Jitter`.
        mirror: what lies beyond an image is the image mirrored, not its mean colour.
        flip: both crops are mirrored; flip_search: the search crop alone; turn_search: it is turned by quarters.
        grey, blur, coarsen, occlude: see `augment`.
        color: strength of the colour changes; each crop draws its own.
        part: of a still's object, a part alone is the target.
        other_target: where an image has other objects, one of them is the target, in two views of the image.
        photo_region: the target is a random region of a photograph. Parts and regions teach that the template's box,
            and not what usually is an object, says where the target ends.
        new_surroundings: a still's object is put on a photograph.
        distractor: an object of the same category or set is put beside the target.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    set_weights: dict[str, NonNegativeFloat]
    default_weight: NonNegativeFloat = 1.0
    frame_gap: NonNegativeInt = 12
    look_alike: Probability = 0.6
    negative: Probability = 0.0
    search_shift_px: NonNegativeFloat = 64
    search_log_scale: NonNegativeFloat = 0.25
    search_log_aspect: NonNegativeFloat = 0.1
    mirror: Probability = 0.4
    flip: Probability = 0.5
    flip_search: Probability = 0.1
    turn_search: Probability = 0.04
    grey: Probability = 0.1
    blur: Probability = 0.15
    coarsen: Probability = 0.1
    occlude: Probability = 0.08
    color: NonNegativeFloat = 0.2
    part: Probability = 0.2
    other_target: Probability = 0.2
    photo_region: Probability = 0.06
    new_surroundings: Probability = 0.3
    distractor: Probability = 0.2


@dataclass(frozen=True)
class PairBatch:
    """N pairs.

    Attributes:
        template_N3HW, search_N3HW: uint8 BGR, channels-last in memory.
        box_N4: cxcywh of the object in the search crop, crop pixels relative to its centre; of the *other* object
            where the pair is negative.
        positive_N: bool, the template's object is in the search crop.
        mask_N1HW: uint8, the object in the search crop, all zero where its mask is not known; None where none is.
    """

    template_N3HW: Tensor
    search_N3HW: Tensor
    box_N4: Tensor
    positive_N: Tensor
    mask_N1HW: Tensor | None = None

    def tensors(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """In the order of the fields."""
        return self.template_N3HW, self.search_N3HW, self.box_N4, self.positive_N


class PairSampler:
    """Draws pairs from tracks.

    Args:
        tracks: objects to draw from.
        photos: photographs without boxes, used as surroundings.
        read: path -> H x W x 3 uint8 BGR image.
        template_px, search_px: sides of the crops.
        seed: of all pairs.
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        photos: Sequence[Path],
        read: Callable[[Path], np.ndarray],
        config: PairConfig,
        template_px: int,
        search_px: int,
        seed: int,
    ) -> None:
        self._tracks = list(tracks)
        self._by_set: dict[str, list[Track]] = defaultdict(list)
        self._by_category: dict[str, list[Track]] = defaultdict(list)
        for track in tracks:
            self._by_set[track.set].append(track)
            self._by_category[track.category].append(track)
        unknown = sorted(set(config.set_weights) - set(self._by_set))
        if unknown:
            raise ValueError(f"set_weights names {unknown}, the data has {sorted(self._by_set)}")
        self._sets = sorted(self._by_set)
        weights = np.array([config.set_weights.get(name, config.default_weight) for name in self._sets])
        self._set_probability = weights / weights.sum()
        self._photos, self._read, self._config = photos, read, config
        self._template_px, self._search_px, self._seed = template_px, search_px, seed
        self._search_jitter = Jitter(config.search_shift_px, config.search_log_scale, config.search_log_aspect)

    def pair(self, index: int) -> tuple[View, View, bool]:
        """Template view, search view, and whether the template's object is in the search view."""
        target = self.target(index)
        rng, config = np.random.default_rng((self._seed, index, 1)), self._config
        first, second = self._draw_rows(target, rng)
        positive = rng.random() >= config.negative
        other = target
        if not positive:
            other = self._draw_other(target, rng)
            second = int(rng.integers(len(other.files)))
        z = self._cut(target, first, self._template_px, _TEMPLATE_JITTER, rng)
        x = self._cut(other, second, self._search_px, self._search_jitter, rng)
        if len(target.files) == 1 and self._photos and rng.random() < config.new_surroundings:
            photo = self._read_photo(rng)
            z = augment.paste_on(z, augment.random_square(photo, self._template_px, rng))
            x = augment.paste_on(x, augment.random_square(photo, self._search_px, rng))
        if rng.random() < config.distractor:
            beside = self._draw_other(target, rng)
            jitter = Jitter(0, config.search_log_scale, config.search_log_aspect)
            view = self._cut(beside, int(rng.integers(len(beside.files))), self._search_px, jitter, rng)
            x = augment.paste_distractor(x, view, rng)
        if self._photos and rng.random() < config.occlude:
            x = augment.occlude(x, augment.random_square(self._read_photo(rng), self._search_px, rng), rng)
        return *self._look(z, x, rng), positive

    def target(self, index: int) -> Track:
        """What pair `index` is about; pairs 2i and 2i + 1 are about different objects, see `look_alike`."""
        rng = np.random.default_rng((self._seed, index // 2, 0))
        first = self._draw_track(self._draw_set(rng), rng)
        second = self._draw_other(first, rng)
        return self._vary((first, second)[index % 2], np.random.default_rng((self._seed, index, 2)))

    def batch(self, indices: Sequence[int], run: Callable[..., object] = map) -> PairBatch:
        """Pairs stacked; `run` maps a function over the indices (a thread pool's `map` overlaps them)."""
        pairs = list(run(self.pair, indices))  # type: ignore[call-overload]
        return PairBatch(
            _stack([z.image for z, _, _ in pairs]),
            _stack([x.image for _, x, _ in pairs]),
            torch.from_numpy(np.stack([x.box for _, x, _ in pairs])),
            torch.tensor([positive for _, _, positive in pairs]),
        )

    def _draw_set(self, rng: np.random.Generator) -> str:
        return self._sets[rng.choice(len(self._sets), p=self._set_probability)]

    def _draw_track(self, name: str, rng: np.random.Generator) -> Track:
        tracks = self._by_set[name]
        return tracks[rng.integers(len(tracks))]

    def _vary(self, track: Track, rng: np.random.Generator) -> Track:
        """The track, or now and then another object of its image, a part of its object, or a region of a photograph."""
        config = self._config
        if self._photos and rng.random() < config.photo_region:
            path = self._photos[int(rng.integers(len(self._photos)))]
            height, width = self._read(path).shape[:2]
            box = augment.random_part(np.array([0, 0, width, height], np.float32), 0.1, 0.4, rng)
            return Track(path.name, "photos", "", (path,), box[None])
        if rng.random() < config.other_target:
            row = int(rng.integers(len(track.files)))
            whole = [box for box in track.others[row] if self._is_whole(box, track.files[row])] if track.others else []
            if whole:
                box = whole[int(rng.integers(len(whole)))]
                return replace(track, files=(track.files[row],), boxes_T4=box[None], others=())
        if len(track.files) == 1 and rng.random() < config.part:
            return replace(track, boxes_T4=augment.random_part(track.boxes_T4[0], 0.35, 0.8, rng)[None])
        return track

    def _is_whole(self, box_xywh: np.ndarray, path: Path) -> bool:
        """Large enough to be a target, and not cut off by the border of its image."""
        height, width = self._read(path).shape[:2]
        inside = (box_xywh[:2] >= 0).all() and (box_xywh[:2] + box_xywh[2:] <= (width, height)).all()
        return bool(inside and box_xywh[2:].min() >= _LEAST_OTHER_PX)

    def _draw_other(self, track: Track, rng: np.random.Generator) -> Track:
        """Another track: with probability `look_alike` of the same category or else set, otherwise of any."""
        pools = [self._by_set[self._draw_set(rng)], self._tracks]
        if rng.random() < self._config.look_alike:
            pools = [self._by_category.get(track.category, []), self._by_set.get(track.set, []), *pools]
        for pool in pools:
            if any(other.name != track.name for other in pool[:2]):  # names are unique
                while (other := pool[int(rng.integers(len(pool)))]).name == track.name:
                    pass
                return other
        raise ValueError("pairs need more than one track: each has another object beside it as a negative")

    def _draw_rows(self, track: Track, rng: np.random.Generator) -> tuple[int, int]:
        count = len(track.files)
        first = int(rng.integers(count))
        low, high = max(0, first - self._config.frame_gap), min(count - 1, first + self._config.frame_gap)
        return first, int(rng.integers(low, high + 1))

    def _cut(self, track: Track, row: int, out_px: int, jitter: Jitter, rng: np.random.Generator) -> View:
        image, mirror = self._read(track.files[row]), bool(rng.random() < self._config.mirror)
        return augment.cut_view(image, track.boxes_T4[row], out_px, self._template_px, jitter, rng, mirror)

    def _read_photo(self, rng: np.random.Generator) -> np.ndarray:
        return self._read(self._photos[int(rng.integers(len(self._photos)))])

    def _look(self, z: View, x: View, rng: np.random.Generator) -> tuple[View, View]:
        """Mirror, colour, blur and resolution: what changes how the crops look but not what is in them."""
        config = self._config
        if rng.random() < config.flip:
            z, x = augment.flip(z), augment.flip(x)
        if rng.random() < config.flip_search:
            x = augment.flip(x)
        if rng.random() < config.turn_search:
            x = augment.turn(x, int(rng.integers(1, 4)))
        grey = bool(rng.random() < config.grey)
        z = augment.recolor(z, augment.color_matrix(rng, config.color, grey))
        x = augment.recolor(x, augment.color_matrix(rng, config.color, grey))
        if rng.random() < config.blur:
            x = augment.blur(x, rng, longest=25)
        if rng.random() < config.blur / 3:
            z = augment.blur(z, rng, longest=11)
        if rng.random() < config.coarsen:
            x = augment.coarsen(x, rng)
        if rng.random() < config.coarsen:
            z = augment.coarsen(z, rng)
        return z, x


def _stack(images: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
