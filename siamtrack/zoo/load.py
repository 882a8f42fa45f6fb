"""From a name to a ready tracker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from siamtrack.nets.siamese import SiameseNet
from siamtrack.runtime.prepare import prepare
from siamtrack.tracking.longterm import LongTerm
from siamtrack.tracking.tracker import Tracker
from siamtrack.tracking.verify import Verifier
from siamtrack.zoo.presets import PRESETS, Preset, get_preset
from siamtrack.zoo.verifiers import get_verifier
from siamtrack.zoo.weights import WeightsError, bundled_weights, load_weights, provenance, provenance_of


def load(
    name: str = "siamtrack-s", device: str = "auto", weights: str | Path | None = None, redetect: bool = False
) -> Tracker:
    """A tracker, ready for `start`.

    Args:
        name: see `list_models`.
        device: "auto" (CUDA where there is one, else the CPU), "cpu", "cuda", "cuda:1" ...
        weights: a file in our layout or in the published one of that model; None for the bundled weights.
        redetect: lost targets are looked for in the whole frame, and what the verifier accepts, or the tracker is sure
            of, is followed again.

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
    long_term = LongTerm(load_verifier(device=device)) if redetect else None
    return Tracker(prepare(net, target), preset.config, target, long_term)


def load_verifier(name: str = "verifier-s", device: str = "auto", weights: str | Path | None = None) -> Verifier:
    """A verifier: does a box show the same object as another one?

    Args:
        name: see `zoo.verifiers.VERIFIERS`.
        device, weights: as for `load`. A checkpoint of training has no thresholds yet.

    Raises:
        ValueError, WeightsError: as for `load`.
    """
    preset, target = get_verifier(name), resolve_device(device)
    path = weights if weights is not None else bundled_weights(name)
    if path is None:
        raise WeightsError(f"no weights are bundled for {name}; pass weights=PATH")
    net = preset.build()
    load_weights(net, name, path)
    measured = provenance_of(Path(path)).get("thresholds", {})
    return Verifier(prepare(net, target), {float(rate): value for rate, value in measured.items()}, target)


def resolve_device(device: str) -> torch.device:
    """ "auto" or a torch device name.

    Raises:
        ValueError: there is no such device here.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
    except (RuntimeError, TypeError):
        resolved = torch.device("meta")
    if resolved.type not in ("cpu", "cuda"):
        raise ValueError(f"device {device!r} is unknown; expected auto, cpu, cuda or cuda:N")
    if resolved.type == "cuda" and (resolved.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"device {device!r} was asked for; this PyTorch sees {torch.cuda.device_count()} CUDA devices")
    return resolved


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a model.

    Attributes:
        name, summary, source, checkpoint, published: see `Preset`.
        parameters: their number.
        macs: multiply-accumulates of one target's search in one frame, every scale and its mask counted.
        bundled: weights come with the package.
        scores: measured with the bundled weights.
    """

    name: str
    summary: str
    source: str
    checkpoint: str
    published: str
    parameters: int
    macs: int
    bundled: bool
    scores: dict[str, Any]


def list_models(names: Iterable[str] | None = None) -> list[ModelInfo]:
    """Every model of the library, or those named.

    Raises:
        ValueError: there is no model of such a name.
    """
    return [_describe(name, get_preset(name)) for name in (PRESETS if names is None else names)]


def _describe(name: str, preset: Preset) -> ModelInfo:
    parameters, macs = _cost(preset.build)
    return ModelInfo(
        name=name,
        summary=preset.summary,
        source=preset.source,
        checkpoint=preset.checkpoint,
        published=preset.published,
        parameters=parameters,
        macs=macs * len(preset.config.select.scales),
        bundled=bundled_weights(name) is not None,
        scores=provenance(name).get("scores", {}),
    )


@cache
def _cost(build: Callable[[], SiameseNet]) -> tuple[int, int]:
    """Parameters, and multiply-accumulates of one search crop; those of its mask and of a new template included."""
    with torch.device("meta"), torch.inference_mode():  # shapes only: nothing is computed or allocated
        net = build().eval()
        template, box = torch.empty(1, 3, net.spec.template_px, net.spec.template_px), torch.empty(1, 4)
        kernels = net.kernels(template, box)
        with FlopCounterMode(display=False) as counter:
            if net.update is not None:
                (features,) = net.embed(template)
                net.head.kernels((net.update(features, features, features),), box)
            raw = net.search(kernels, torch.empty(1, 3, net.spec.search_px, net.spec.search_px))
            if raw.mask_features is not None:
                net.refine(raw, torch.zeros(1, dtype=torch.int64), torch.zeros(1, 2, dtype=torch.int64))
    return sum(p.numel() for p in net.parameters()), counter.get_total_flops() // 2
