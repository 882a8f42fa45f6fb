"""From the `data` section of a training config and the folders on this machine to pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from siamtrack.data.datasets.files import list_images
from siamtrack.data.datasets.registry import get_training_set, get_validation_set
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
from siamtrack.training.data_config import PHOTOS, DataConfig, SourceConfig


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
            (some sets bring their own).
        processes: of this machine, which load the same.

    Raises:
        ValueError: no such data set, a source has no folder, a folder no use, a named subset is not in it, the pairs
            ask for photographs and there are none, or fewer than two sequences can be used.
        FileNotFoundError: nothing is found in a folder.
    """
    _check_names(config, roots)
    photos = _photos(config, roots)
    _check_photos(pairs, photos)
    loaded = _Loaded([], [], [])
    for name, source in config.sources.items():
        loaded.add_source(name, source, config, roots[name])
    loaded.check()
    for name in config.validation:
        loaded.add_validation(name, roots.get(name))
    cache = ImageCache(1e9 * config.cache_gb / processes)
    train = PairSampler(TargetSource(loaded.pools, photos, cache.read), pairs, spec.template_px, spec.search_px, seed)
    held_out = tuple(sequence for part in loaded.kept for sequence in part.sequences)
    images = (*(sequence.images for pool in loaded.pools for sequence in pool.sequences), photos)
    return TrainingData(
        train,
        held_out,
        _held_out_pairs(config, pairs, held_out, photos, cache.read, spec, seed + 1),
        tuple(track for part in loaded.kept for track in part.tracks()),
        loaded.faults,
        partial(cache.fill, images),
    )


@dataclass(frozen=True)
class _Kept:
    """What is validated on, of one source or set."""

    name: str
    sequences: list[Sequence]
    cut_out: bool

    def tracks(self) -> list[Sequence]:
        """Its videos as a tracker is to see them, by names that no other source has."""
        videos = [sequence for sequence in self.sequences if len(sequence) > 1]
        if self.cut_out:
            videos = [wander(video, seed=0) for video in videos if video.annotated_T.all()]  # it takes no others
        return [replace(video, name=f"{self.name}/{video.name}") for video in videos]


@dataclass(frozen=True)
class _Loaded:
    """What was loaded so far."""

    pools: list[Pool]
    kept: list[_Kept]
    faults: list[tuple[str, Exception]]

    def add_source(self, name: str, source: SourceConfig, config: DataConfig, root: Path) -> None:
        dataset = get_training_set(config.kinds[name])
        sequences, faults = dataset.load_sound(root)
        self.faults.extend(faults)
        if config.holdout_percent:
            footage = dataset.sources(root, sequences)
            sequences, held_out = split_by_source(sequences, footage, config.holdout_percent)
            self.kept.append(_Kept(name, held_out, dataset.cut_out))
        self.pools.extend(_pools(name, source, sequences))

    def add_validation(self, name: str, root: Path | None) -> None:
        """Without a folder it is a fault."""
        if root is None:
            self.faults.append((name, ValueError(f"to validate on it give its folder, --data {name}=FOLDER")))
            return
        dataset = get_validation_set(name)
        sequences, faults = dataset.load_sound(root)
        self.faults.extend(faults)
        self.kept.append(_Kept(name, sequences, dataset.cut_out))

    def check(self) -> None:
        """Where nothing is left to train on, the first fault says why."""
        if self.faults and sum(len(pool.sequences) for pool in self.pools) < 2:
            name, fault = self.faults[0]
            raise ValueError(f"training needs two sequences or more, and what there is cannot be used; {name}: {fault}")


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
    useful = [*config.sources, *config.validation, PHOTOS]
    for name in roots:
        if name not in useful:
            raise ValueError(f"the configuration has no use for the folder of {name!r}; {known_names(name, useful)}")


def _check_photos(pairs: PairConfig, photos: ImageFiles) -> None:
    asked = [name for name in NEEDS_PHOTOS if getattr(pairs, name) > 0]
    if asked and not len(photos):
        raise ValueError(f"pairs.{asked[0]} needs photographs: --data {PHOTOS}=FOLDER, or set it to 0")


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
    if PHOTOS in roots and not roots[PHOTOS].is_dir():
        raise FileNotFoundError(f"{PHOTOS}={roots[PHOTOS]} is no folder")
    sets = {name: get_training_set(kind) for name, kind in config.kinds.items()}
    brought = (roots[name] / dataset.photos for name, dataset in sets.items() if dataset.photos)
    folder = roots.get(PHOTOS, next(brought, None))
    return ImageFiles(() if folder is None else list_images(folder))
