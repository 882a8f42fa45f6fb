"""From the `data` section of a training config and the folders on this machine to pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat

from siamtrack.data.box_limits import BoxLimits
from siamtrack.data.datasets.files import list_images
from siamtrack.data.datasets.pack import load_pack, video_sources
from siamtrack.data.datasets.registry import Dataset, get_training_set, get_validation_set
from siamtrack.data.holdout import split_by_source
from siamtrack.data.image_cache import ImageCache
from siamtrack.data.images import ImageFiles
from siamtrack.data.pair_config import NEEDS_PHOTOS, PairConfig
from siamtrack.data.pairs import PairSampler
from siamtrack.data.sequence import Sequence
from siamtrack.data.targets import Pool, Read, TargetSource
from siamtrack.data.wander import wander
from siamtrack.naming import known_names
from siamtrack.nets.types import NetSpec

_PHOTOS = "photos"


class SourceConfig(BaseModel):
    """One training set.

    Attributes:
        kind: which, see `datasets.registry.TRAINING_SETS`; None where the source has its name.
        weight: share of it in the samples, before normalisation.
        frame_gap: largest distance between the two frames of a pair, in frames with a box.
        subsets: shares of its parts within it, before normalisation, for sets that have parts (the pack);
            default_subset: of parts that are not named.
        limits: of the boxes that are learnt from; None for none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str | None = None
    weight: NonNegativeFloat = 1.0
    frame_gap: NonNegativeInt = 100
    subsets: dict[str, NonNegativeFloat] = {}
    default_subset: NonNegativeFloat = 1.0
    limits: BoxLimits | None = None


class DataConfig(BaseModel):
    """What a run is trained on.

    Attributes:
        sources: by the name that their folder is given under, that of the training set unless they say which it is.
        holdout_percent: of the footage of each source's videos that is kept for validation; stills are all trained on.
        validation: names of other data sets to validate on, where their folders are given.
        cache_gb: of decoded images that the processes of a machine keep in memory, together.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: dict[str, SourceConfig] = Field(min_length=1)
    holdout_percent: int = Field(0, ge=0, le=100)
    validation: tuple[str, ...] = ()
    cache_gb: PositiveFloat = 6.0

    @property
    def kinds(self) -> dict[str, str]:
        """Which training set each source is."""
        return {name: source.kind or name for name, source in self.sources.items()}


@dataclass(frozen=True)
class TrainingData:
    """Pairs to learn from, and what is kept apart.

    Attributes:
        train: pairs to learn from.
        held_out: sequences for validation, maybe none; held_out_pairs: pairs of them, None where they are too few.
        tracks: of them, videos to follow: where the object stands still in its cut-outs, made to wander.
        faults: sequences that could not be loaded, and why.
        preload: reads the images of `train` into memory, as far as they fit, for processes that are forked.
    """

    train: PairSampler
    held_out: tuple[Sequence, ...]
    held_out_pairs: PairSampler | None
    tracks: tuple[Sequence, ...]
    faults: list[tuple[str, Exception]]
    preload: Callable[[], None]


def load_data(
    config: DataConfig, pairs: PairConfig, roots: Mapping[str, Path], spec: NetSpec, seed: int, processes: int = 1
) -> TrainingData:
    """Load every source.

    Args:
        roots: folder of each source and validation set by its name; `photos` may name one of photographs without boxes
            (the pack brings its own).
        processes: of this machine, which load the same.

    Raises:
        ValueError: no such data set, a source has no folder, a folder no use, a named subset is not in it, the pairs
            ask for photographs and there are none, or fewer than two sequences can be used.
        FileNotFoundError: nothing is found in a folder.
    """
    _check_names(config, roots)
    photos = _photos(config, roots)
    _check_photos(pairs, photos)
    pools: list[Pool] = []
    kept: list[_Kept] = []
    faults: list[tuple[str, Exception]] = []
    for name, source in config.sources.items():
        dataset = get_training_set(config.kinds[name])
        sequences, wrong = dataset.load_sound(roots[name])
        faults += wrong
        if config.holdout_percent:
            footage = video_sources(roots[name]) if dataset.load is load_pack else dataset.sources(sequences)
            sequences, kept_apart = split_by_source(sequences, footage, config.holdout_percent)
            kept.append(_Kept(kept_apart, dataset))
        pools += _pools(name, source, sequences)
    if faults and sum(len(pool.sequences) for pool in pools) < 2:
        name, fault = faults[0]
        raise ValueError(f"training needs two sequences or more, and what there is cannot be used; {name}: {fault}")
    kept += _load_validation(config, roots, faults)
    cache = ImageCache(1e9 * config.cache_gb / processes)
    train = PairSampler(TargetSource(pools, photos, cache.read), pairs, spec.template_px, spec.search_px, seed)
    held_out = tuple(sequence for part in kept for sequence in part.sequences)
    images = (*(sequence.images for pool in pools for sequence in pool.sequences), photos)
    return TrainingData(
        train,
        held_out,
        _held_out_pairs(config, pairs, held_out, photos, cache.read, spec, seed + 1),
        tuple(track for part in kept for track in part.tracks()),
        faults,
        partial(cache.fill, images),
    )


@dataclass(frozen=True)
class _Kept:
    """What is validated on, of one set."""

    sequences: list[Sequence]
    dataset: Dataset

    def tracks(self) -> list[Sequence]:
        """Its videos as a tracker is to see them."""
        videos = [sequence for sequence in self.sequences if len(sequence) > 1]
        if not self.dataset.cut_out:
            return videos
        return [wander(video, seed=0) for video in videos if video.annotated_T.all()]  # `wander` takes no others


def _load_validation(
    config: DataConfig, roots: Mapping[str, Path], faults: list[tuple[str, Exception]]
) -> Iterator[_Kept]:
    """The validation sets that have a folder; the others are faults."""
    for name in config.validation:
        dataset = get_validation_set(name)
        if name in roots:
            sequences, wrong = dataset.load_sound(roots[name])
            faults += wrong
            yield _Kept(sequences, dataset)
        else:
            faults.append((name, ValueError(f"to validate on it give its folder, --data {name}=FOLDER")))


def _held_out_pairs(
    config: DataConfig,
    pairs: PairConfig,
    sequences: tuple[Sequence, ...],
    photos: ImageFiles,
    read: Read,
    spec: NetSpec,
    seed: int,
) -> PairSampler | None:
    """Pairs of them; None of a single one."""
    if len(sequences) < 2:
        return None
    # Other negatives than neighbours are few in most recipes; validation needs enough of them for a share of its own.
    judged = pairs.model_copy(update={"negative_like": 0.15, "negative_unlike": 0.15})
    pool = Pool("held out", sequences, 1.0, max(source.frame_gap for source in config.sources.values()))
    return PairSampler(TargetSource([pool], photos, read), judged, spec.template_px, spec.search_px, seed)


def _check_names(config: DataConfig, roots: Mapping[str, Path]) -> None:
    """Every set is known, every source has a folder, and every folder a use."""
    for name in config.validation:
        get_validation_set(name)
    for name, kind in config.kinds.items():
        get_training_set(kind)
        if name not in roots:
            raise ValueError(f"training needs the folder of {name!r}; given were those of {sorted(roots) or 'nothing'}")
    useful = [*config.sources, *config.validation, _PHOTOS]
    for name in roots:
        if name not in useful:
            raise ValueError(f"the configuration has no use for the folder of {name!r}; {known_names(name, useful)}")


def _check_photos(pairs: PairConfig, photos: ImageFiles) -> None:
    asked = [name for name in NEEDS_PHOTOS if getattr(pairs, name) > 0]
    if asked and not len(photos):
        raise ValueError(f"pairs.{asked[0]} needs photographs: --data {_PHOTOS}=FOLDER, or set it to 0")


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
        Pool(
            f"{name} {part}".rstrip(),
            tuple(parts[part]),
            source.weight * share / total,
            source.frame_gap,
            source.limits,
        )
        for part, share in shares.items()
        if share > 0
    ]


def _photos(config: DataConfig, roots: Mapping[str, Path]) -> ImageFiles:
    if _PHOTOS in roots and not roots[_PHOTOS].is_dir():
        raise FileNotFoundError(f"{_PHOTOS}={roots[_PHOTOS]} is no folder")
    packs = (roots[name] / "photos" for name, kind in config.kinds.items() if kind == "pack")
    folder = roots.get(_PHOTOS, next(packs, None))
    return ImageFiles(() if folder is None else list_images(folder))
