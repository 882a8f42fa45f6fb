"""ImageNet initialisation of trunks: files that training reads, never the package at run time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from torch import Tensor, nn

from siamtrack.nets.backbones.efficientnet_lite import EfficientNetLite
from siamtrack.zoo.convert import rename
from siamtrack.zoo.weights import WeightsError, read_state

_SUFFIXES = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def load_trunk(trunk: nn.Module, path: str | Path) -> None:
    """Fill a trunk from a published ImageNet checkpoint of its kind, or from one of ours, a whole network's too.

    Published: EfficientNet-Lite, the trunks that pysot begins with (its ResNet-50, also SiamMask's, SiamBAN's and
    SiamCAR's, differs from torchvision's in the 3x3 convolutions that halve a map), and those of SiamDW. Keys that the
    trunk does not have, those of a classifier, are left out.

    Raises:
        WeightsError: the file cannot be read, or lacks a layer of the trunk.
    """
    ours = trunk.state_dict()
    table = _key_table(trunk) if isinstance(trunk, EfficientNetLite) else {}
    known = ours.keys() | table.values()
    state = max(_readings(read_state(Path(path))), key=lambda reading: len(reading.keys() & known))
    published = {key: state.get(key, state.get(table.get(key, key))) for key in ours}
    for key, value in published.items():
        if value is None and key.endswith("num_batches_tracked"):  # older files do without
            published[key] = ours[key]
        elif value is None or value.shape != ours[key].shape:
            found = "nothing" if value is None else tuple(value.shape)
            expected = f"{type(trunk).__name__} needs {tuple(ours[key].shape)}"
            other = "; is it the file of another EfficientNet-Lite?" if table and found != "nothing" else ""
            raise WeightsError(f"{path} has {found} as {table.get(key, key)}; {expected}{other}")
    trunk.load_state_dict(published)


def draw_trunk(trunk: nn.Module) -> None:
    """Draw a trunk's convolutions as siamfc-pytorch does (`init_weights`): Xavier's uniform weights, no bias.

    Depth-wise ones, which its trunk has none of, keep what PyTorch drew: Xavier's would be far too small.
    """
    for module in trunk.modules():
        if isinstance(module, nn.Conv2d) and module.groups < module.in_channels:
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _readings(state: Mapping[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    """The state by the trunk's keys, as it might be meant: files differ in what they put before a trunk's own names."""
    for before in ("", "backbone.", "features.", "features.features."):
        bare = {key.removeprefix(before): value for key, value in state.items()}
        # pysot's newer AlexNet, of which no trained network is published
        yield {re.sub(r"^layer([1-5]\.[01]\.\w+)$", r"conv\1", key): value for key, value in bare.items()}
        for layout, prefix in (("pysot", "backbone."), ("SiamDW", "features.features.")):
            renamed = rename({prefix + key: value for key, value in bare.items()}, layout)
            yield {key.removeprefix("backbone."): value for key, value in renamed.items()} | bare


def _key_table(trunk: EfficientNetLite) -> dict[str, str]:
    """Our key -> published key. Published blocks are numbered through; a block without expansion lacks its conv."""
    table = {f"stem.0.0.{s}": f"_conv_stem.{s}" for s in _SUFFIXES}
    table |= {f"stem.0.1.{s}": f"_bn0.{s}" for s in _SUFFIXES}
    blocks = [f"stem.{i}" for i in range(1, len(trunk.stem))] + [f"top.{i}" for i in range(len(trunk.top))]
    for number, block in enumerate(blocks):
        parts = ["_depthwise_conv", "_bn1", "_project_conv", "_bn2"]
        if number > 0:
            parts = ["_expand_conv", "_bn0", *parts]
        for i, part in enumerate(parts):
            table |= {f"{block}.layers.{i // 2}.{i % 2}.{s}": f"_blocks.{number}.{part}.{s}" for s in _SUFFIXES}
    ours = trunk.state_dict()
    return {key: theirs for key, theirs in table.items() if key in ours}
