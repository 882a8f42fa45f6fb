"""From the `data` section of a training config and the folders on this machine to pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt

from siamtrack.data.datasets.files import list_images
from siamtrack.data.datasets.pack import video_sources
from siamtrack.data.datasets.registry import get_training_set
from siamtrack.data.holdout import split_by_source
from siamtrack.data.images import ImageCache, ImageFiles
from siamtrack.data.pair_config import NEEDS_PHOTOS, PairConfig
from siamtrack.data.pairs import PairSampler
from siamtrack.data.sequence import Sequence
from siamtrack.data.targets import Pool, TargetSource
from siamtrack.naming import known_names
from siamtrack.nets.types import NetSpec

_PHOTOS = "photos"


class SourceConfig(BaseModel):
    """One training set.

    Attributes:
        weight: share of it in the samples, before normalisation.
        frame_gap: largest distance between the two frames of a pair, in frames with a box.
        subsets: shares of its parts within it, before normalisation, for sets that have parts (the pack);
            default_subset: of parts that are not named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: NonNegativeFloat = 1.0
    frame_gap: NonNegativeInt = 100
    subsets: dict[str, NonNegativeFloat] = {}
    default_subset: NonNegativeFloat = 1.0


class DataConfig(BaseModel):
    """What a run is trained on.

    Attributes:
        sources: by the name of the training set.
        holdout_percent: of the footage of each set's videos that is kept for validation; stills are all trained on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: dict[str, SourceConfig] = Field(min_length=1)
    holdout_percent: int = Field(0, ge=0, le=100)


@dataclass(frozen=True)
class TrainingData:
    """Pairs to learn from, and what is kept apart.

    Attributes:
        train: pairs to learn from.
        held_out: sequences for validation, maybe none; held_out_pairs: pairs of them, None where they are too few.
        faults: sequences that could not be loaded, and why.
        preload: reads the images of `train` into memory, as far as they fit, for processes that are forked.
    """

    train: PairSampler
    held_out: tuple[Sequence, ...]
    held_out_pairs: PairSampler | None
    faults: list[tuple[str, Exception]]
    preload: Callable[[], None]


def load_data(
    config: DataConfig, pairs: PairConfig, roots: Mapping[str, Path], spec: NetSpec, seed: int
) -> TrainingData:
    """Load every source.

    Args:
        roots: folder of each training set by its name; `photos` may name one of photographs without boxes (the pack
            brings its own).

    Raises:
        ValueError: no such training set, a source has no folder, a folder no use, a named subset is not in it, or the
            pairs ask for photographs and there are none.
        FileNotFoundError: nothing is found in a folder.
    """
    _check_names(config, roots)
    pools: list[Pool] = []
    held_out: list[Sequence] = []
    faults: list[tuple[str, Exception]] = []
    for name, source in config.sources.items():
        dataset = get_training_set(name)
        sequences, wrong = dataset.load_sound(roots[name])
        faults += wrong
        if config.holdout_percent:
            sources = video_sources(roots[name]) if name == "pack" else dataset.sources(sequences)
            sequences, kept = split_by_source(sequences, sources, config.holdout_percent)
            held_out += kept
        pools += _pools(name, source, sequences)
    cache = ImageCache()
    photos = _photos(roots)
    if not len(photos):
        asked = [name for name in NEEDS_PHOTOS if getattr(pairs, name) > 0]
        if asked:
            raise ValueError(f"pairs.{asked[0]} needs photographs: --data {_PHOTOS}=FOLDER, or set it to 0")
    train = PairSampler(TargetSource(pools, photos, cache.read), pairs, spec.template_px, spec.search_px, seed)
    # Other negatives than neighbours are few in most recipes; validation needs enough of them for a share of its own.
    judged = pairs.model_copy(update={"negative_like": 0.15, "negative_unlike": 0.15})
    pool = Pool("held out", tuple(held_out), 1.0, max(source.frame_gap for source in config.sources.values()))
    held_out_pairs = None
    if len(held_out) > 1:
        source_of_held_out = TargetSource([pool], photos, cache.read)
        held_out_pairs = PairSampler(source_of_held_out, judged, spec.template_px, spec.search_px, seed + 1)
    images = (*(sequence.images for pool in pools for sequence in pool.sequences), photos)
    return TrainingData(train, tuple(held_out), held_out_pairs, faults, partial(cache.fill, images))


def _check_names(config: DataConfig, roots: Mapping[str, Path]) -> None:
    """Every source is known and has a folder, and every folder has a use."""
    for name in config.sources:
        get_training_set(name)
        if name not in roots:
            raise ValueError(f"training needs the folder of {name!r}; given were those of {sorted(roots) or 'nothing'}")
    useful = [*config.sources, _PHOTOS]
    for name in roots:
        if name not in useful:
            raise ValueError(f"the configuration has no use for the folder of {name!r}; {known_names(name, useful)}")


def _pools(name: str, source: SourceConfig, sequences: list[Sequence]) -> list[Pool]:
    parts: dict[str, list[Sequence]] = defaultdict(list)
    for sequence in sequences:
        parts[sequence.subset].append(sequence)
    unknown = sorted(set(source.subsets) - set(parts))
    if unknown:
        raise ValueError(f"subsets of {name} name {unknown}; it has {sorted(parts)}")
    shares = {part: source.subsets.get(part, source.default_subset) for part in sorted(parts)}
    total = sum(shares.values())
    return [
        Pool(part or name, tuple(parts[part]), source.weight * share / total, source.frame_gap)
        for part, share in shares.items()
        if share > 0
    ]


def _photos(roots: Mapping[str, Path]) -> ImageFiles:
    if _PHOTOS in roots and not roots[_PHOTOS].is_dir():
        raise FileNotFoundError(f"{_PHOTOS}={roots[_PHOTOS]} is no folder")
    folder = roots.get(_PHOTOS, roots["pack"] / "photos" if "pack" in roots else None)
    return ImageFiles(() if folder is None else list_images(folder))
