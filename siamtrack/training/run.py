"""From a configuration and the places of its files to a trainer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from siamtrack.data.sequence import Sequence
from siamtrack.nets.siamese import SiameseNet
from siamtrack.training.config import TrainConfig
from siamtrack.training.data import TrainingData, load_data
from siamtrack.training.distributed import loader_processes, local_processes
from siamtrack.training.log import check_board
from siamtrack.training.loop import CHECKPOINT, Progress, Trainer
from siamtrack.training.pretrained import draw_trunk, load_trunk
from siamtrack.training.suits import check_loss
from siamtrack.training.validate import HeldOut, trackable
from siamtrack.zoo.verifiers import Network, build_network
from siamtrack.zoo.weights import load_weights

NOTHING_HELD_OUT = "nothing is held out to validate on, see holdout_percent and validation of `data`"


@dataclass(frozen=True)
class Places:
    """Where a run finds its files and leaves its own.

    Attributes:
        data: folder of each source and validation set by its name, and of `photos`; see `load_data`.
        out: folder of the run; a run in it is continued.
        init: what the run begins with, as `TrainConfig.init` says; a continued run needs none.
    """

    data: Mapping[str, Path]
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
    check_board()
    if device.type == "cpu" and config.compile:
        raise ValueError(
            "compile is for GPUs; on the CPU PyTorch (2.13) fails to make the kernels, or with amp=bf16 makes some "
            "whose gradients are not finite"
        )
    if device.type == "cpu" and config.amp == "bf16" and torch.backends.cpu.get_cpu_capability() == "AVX2":
        say("this CPU has AVX2 alone and imitates bfloat16, slowly; amp=none is some ten times faster here")
    torch.manual_seed(config.seed)
    net = build_network(config.model)
    check_loss(config.loss, net)
    if not (places.out / CHECKPOINT).exists():
        initialise(net, config, places.init)
    spec = config.crop_spec(net.spec)
    data = load_data(config.data, config.pairs, places.data, spec, config.seed, local_processes())
    for name, fault in data.faults:
        say(f"{name} is left out: {fault}")
    if loader_processes(config.loaders, device):
        data.preload()
    videos = _videos(data, config.validate_tracks, say) if isinstance(net, SiameseNet) else []
    if not data.held_out:
        say(NOTHING_HELD_OUT)
    held = HeldOut(data.held_out_pairs, videos)
    trainer = Trainer(net, config, data.train, held, places.out, device, commit=commit, progress=progress, say=say)
    late = [step for step in config.keep_at if step > config.total_steps]
    if late:
        say(f"keep_at names {late}, and the run ends after step {config.total_steps}")
    if trainer.saved:
        done = trainer.step >= config.total_steps
        say(f"{places.out} {'is done with' if done else 'goes on after'} step {trainer.step} of {config.total_steps}")
    return trainer


def _videos(data: TrainingData, most: int, say: Callable[[str], None]) -> list[Sequence]:
    """What is followed for validation."""
    if not most:
        return []
    videos, reasons = trackable(data.tracks, most)
    for name, reason in reasons.items():
        say(f"{name} is not followed for validation: {reason}")
    return videos


def initialise(net: Network, config: TrainConfig, path: Path | None) -> None:
    """Fill a freshly built network as `config.init` says.

    Raises:
        ValueError: a file is needed and not given, or given and not needed, or it does not fit.
        OSError: it cannot be read.
    """
    if (path is None) != (config.init == "random"):
        expected = "no file" if config.init == "random" else "a file to begin with (--init FILE)"
        raise ValueError(f"the configuration says init: {config.init}, which takes {expected}")
    if path is None:
        draw_trunk(net.backbone)
    elif config.init == "trunk":
        load_trunk(net.backbone, path)
    else:
        load_weights(net, config.model, path)
