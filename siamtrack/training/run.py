"""From a configuration and the places of its files to a trainer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from siamtrack.data.datasets.pack import load_pack_sequences
from siamtrack.data.pack import ImageCache, Track, load_pack, split_by_source, video_sources
from siamtrack.data.pairs import PairSampler
from siamtrack.data.sequence import Sequence
from siamtrack.data.steady import steady
from siamtrack.nets.siamese import SiameseNet
from siamtrack.training.config import TrainConfig
from siamtrack.training.loop import CHECKPOINT, Progress, Trainer
from siamtrack.training.pretrained import load_trunk
from siamtrack.training.validate import HeldOut, trackable
from siamtrack.zoo.presets import get_preset
from siamtrack.zoo.weights import load_weights


@dataclass(frozen=True)
class Places:
    """Where a run finds its files and leaves its own.

    Attributes:
        data: folder of the training pack.
        out: folder of the run; a run in it is continued.
        init: what the run begins with, as `TrainConfig.init` says; a continued run needs none.
    """

    data: Path
    out: Path
    init: Path | None = None


def make_trainer(
    config: TrainConfig,
    places: Places,
    device: torch.device,
    commit: str = "",
    progress: Progress = lambda step, numbers: None,
    say: Callable[[str], None] = lambda text: None,
) -> Trainer:
    """Build network and data.

    Raises:
        ValueError, OSError: something in the files is not as it must be; see `Trainer` too.
    """
    torch.manual_seed(config.seed)
    net = get_preset(config.model).build()
    if not (places.out / CHECKPOINT).exists():
        initialise(net, config, places.init)
    train, held_out = split_by_source(load_pack(places.data), video_sources(places.data), config.holdout_percent)
    photos, read = sorted((places.data / "photos").glob("*.webp")), ImageCache()
    sizes = net.spec.template_px, net.spec.search_px
    validation = config.pairs.model_copy(update={"set_weights": {}, "negative": 0.3})
    pairs = PairSampler(train, photos, read, config.pairs, *sizes, seed=config.seed)
    held_pairs = PairSampler(held_out, photos, read, validation, *sizes, seed=config.seed + 1)
    held = HeldOut(held_pairs, _videos(held_out, places.data, config.validate_tracks))
    return Trainer(net, config, pairs, held, places.out, device, commit=commit, progress=progress, say=say)


def initialise(net: SiameseNet, config: TrainConfig, path: Path | None) -> None:
    """Fill a freshly built network as `config.init` says.

    Raises:
        ValueError: a file is needed and not given, or given and not needed, or it does not fit.
        OSError: it cannot be read.
    """
    if (path is None) != (config.init == "random"):
        expected = "no file" if config.init == "random" else "a file to begin with (--init FILE)"
        raise ValueError(f"the configuration says init: {config.init}, which takes {expected}")
    if path is None:
        return
    if config.init == "trunk":
        load_trunk(net.backbone, path)
    else:
        load_weights(net, config.model, path)


def _videos(tracks: list[Track], data: Path, most: int) -> list[Sequence]:
    """Those of the tracks that can be followed."""
    names = {track.name for track in tracks}
    found = [sequence for sequence in load_pack_sequences(data) if sequence.name in names and len(sequence) > 1]
    return [steady(video) for video in trackable(found, most)[0]]
