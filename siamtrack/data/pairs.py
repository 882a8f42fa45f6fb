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

_TEMPLATE_JITTER = Jitter(shift_px=3, log_scale=0.05, log_aspect=0.03)


class PairConfig(BaseModel):
    """How pairs are drawn. Probabilities are per pair.

    Attributes:
        set_weights: share of each set in the samples, before normalisation; sets not named get `default_weight`.
        frame_gap: largest distance between the two rows of a track, in rows.
        negative: the search crop shows another object.
        search_shift_px, search_log_scale, search_log_aspect: see `Jitter`.
        flip: both crops are mirrored; flip_search: the search crop alone.
        grey, blur, coarsen: see `augment`.
        color: strength of the colour changes; each crop draws its own.
        part: of a still's object, a part alone is the target.
        photo_region: the target is a random region of a photograph. Parts and regions teach that the template's box,
            and not what usually is an object, says where the target ends.
        new_surroundings: a still's object is put on a photograph.
        distractor: an object of the same set is put beside the target.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    set_weights: dict[str, NonNegativeFloat]
    default_weight: NonNegativeFloat = 1.0
    frame_gap: NonNegativeInt = 12
    negative: Probability = 0.15
    search_shift_px: NonNegativeFloat = 64
    search_log_scale: NonNegativeFloat = 0.22
    search_log_aspect: NonNegativeFloat = 0.1
    flip: Probability = 0.5
    flip_search: Probability = 0.1
    grey: Probability = 0.1
    blur: Probability = 0.15
    coarsen: Probability = 0.1
    color: NonNegativeFloat = 0.2
    part: Probability = 0.25
    photo_region: Probability = 0.06
    new_surroundings: Probability = 0.35
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
        self._by_set: dict[str, list[Track]] = defaultdict(list)
        for track in tracks:
            self._by_set[track.set].append(track)
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
        rng, config = np.random.default_rng((self._seed, index)), self._config
        track = self._draw_target(rng)
        first, second = self._draw_rows(track, rng)
        positive = rng.random() >= config.negative
        other = track
        if not positive:
            other = self._draw_other(track, rng)
            second = int(rng.integers(len(other.files)))
        z = self._cut(track, first, self._template_px, _TEMPLATE_JITTER, rng)
        x = self._cut(other, second, self._search_px, self._search_jitter, rng)
        if len(track.files) == 1 and self._photos and rng.random() < config.new_surroundings:
            photo = self._read(self._photos[int(rng.integers(len(self._photos)))])
            z = augment.paste_on(z, augment.random_square(photo, self._template_px, rng))
            x = augment.paste_on(x, augment.random_square(photo, self._search_px, rng))
        if rng.random() < config.distractor:
            beside = self._draw_other(track, rng)
            jitter = Jitter(0, config.search_log_scale, config.search_log_aspect)
            view = self._cut(beside, int(rng.integers(len(beside.files))), self._search_px, jitter, rng)
            x = augment.paste_distractor(x, view, rng)
        return *self._look(z, x, rng), positive

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

    def _draw_target(self, rng: np.random.Generator) -> Track:
        """A track of a weighted set; now and then a part of its object, or a region of a photograph."""
        if self._photos and rng.random() < self._config.photo_region:
            path = self._photos[int(rng.integers(len(self._photos)))]
            height, width = self._read(path).shape[:2]
            box = augment.random_part(np.array([0, 0, width, height], np.float32), 0.1, 0.4, rng)
            return Track(path.name, "photos", "", (path,), box[None])
        track = self._draw_track(self._draw_set(rng), rng)
        if len(track.files) == 1 and rng.random() < self._config.part:
            return replace(track, boxes_T4=augment.random_part(track.boxes_T4[0], 0.35, 0.8, rng)[None])
        return track

    def _draw_other(self, track: Track, rng: np.random.Generator) -> Track:
        """Another track: half the time of the same set (a look-alike), else of any."""
        look_alike = track.set in self._by_set and rng.random() < 0.5
        chosen = self._by_set[track.set if look_alike else self._draw_set(rng)]
        others = [other for other in chosen if other.name != track.name]
        if not others:
            others = [other for tracks in self._by_set.values() for other in tracks if other.name != track.name]
        if not others:
            raise ValueError("negative pairs and distractors need more than one track")
        return others[int(rng.integers(len(others)))]

    def _draw_rows(self, track: Track, rng: np.random.Generator) -> tuple[int, int]:
        count = len(track.files)
        first = int(rng.integers(count))
        low, high = max(0, first - self._config.frame_gap), min(count - 1, first + self._config.frame_gap)
        return first, int(rng.integers(low, high + 1))

    def _cut(self, track: Track, row: int, out_px: int, jitter: Jitter, rng: np.random.Generator) -> View:
        image = self._read(track.files[row])
        return augment.cut_view(image, track.boxes_T4[row], out_px, self._template_px, jitter, rng)

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
