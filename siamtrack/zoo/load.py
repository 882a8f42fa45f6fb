"""From a name to a ready tracker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from siamtrack.nets.blocks import fold_batchnorm
from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.presets import PRESETS, get_preset
from siamtrack.zoo.weights import WeightsError, bundled_weights, load_weights, provenance


def load(name: str = "siamtrack-s", device: str = "auto", weights: str | Path | None = None) -> Tracker:
    """A tracker, ready for `start`.

    Args:
        name: see `list_models`.
        device: "auto" (CUDA where there is one, else the CPU), "cpu", "cuda", "cuda:1" ...
        weights: a file in our layout or in the published one of that model; None for the bundled weights.

    Raises:
        ValueError: no such model or device.
        WeightsError: no weights are bundled and none were given, or the file does not fit; see there.
    """
    preset, target = get_preset(name), resolve_device(device)
    path = weights if weights is not None else bundled_weights(name)
    if path is None:
        raise WeightsError(f"no weights are bundled for {name}; pass weights=PATH. Published: {preset.checkpoint}")
    net = preset.build()
    load_weights(net, name, path)
    net = fold_batchnorm(net.eval().requires_grad_(False)).to(target, memory_format=torch.channels_last)
    return Tracker(net, preset.config, target)


def resolve_device(device: str) -> torch.device:
    """ "auto" or a torch device name.

    Raises:
        ValueError: there is no such device here.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"device {device!r} is unknown; expected auto, cpu, cuda or cuda:N") from error
    if resolved.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device {device!r} was asked for, but this PyTorch sees no CUDA device; use cpu or auto")
    return resolved


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a model.

    Attributes:
        name, summary, source, checkpoint, published: see `Preset`.
        parameters: their number.
        bundled: weights come with the package.
        scores: measured with the bundled weights.
    """

    name: str
    summary: str
    source: str
    checkpoint: str
    published: str
    parameters: int
    bundled: bool
    scores: dict[str, Any]


def list_models() -> list[ModelInfo]:
    """Every model of the library."""
    return [
        ModelInfo(
            name=name,
            summary=preset.summary,
            source=preset.source,
            checkpoint=preset.checkpoint,
            published=preset.published,
            parameters=sum(p.numel() for p in preset.build().parameters()),
            bundled=bundled_weights(name) is not None,
            scores=provenance(name).get("scores", {}),
        )
        for name, preset in PRESETS.items()
    ]
