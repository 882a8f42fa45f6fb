"""ImageNet initialisation of trunks: files that training reads, never the package at run time."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from siamtrack.nets.backbones.efficientnet_lite import EfficientNetLite0
from siamtrack.zoo.convert import rename
from siamtrack.zoo.weights import WeightsError, read_state

_SUFFIXES = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def load_trunk(trunk: nn.Module, path: str | Path) -> None:
    """Fill a trunk from a published ImageNet checkpoint of its kind, or from one of ours, a whole network's too.

    Published: EfficientNet-Lite0, and the trunks that pysot begins with (its ResNet-50 differs from torchvision's in
    the 3x3 convolutions that halve a map). Keys that the trunk does not have, those of a classifier, are left out.

    Raises:
        WeightsError: the file cannot be read, or lacks a layer of the trunk.
    """
    ours = trunk.state_dict()
    table = _key_table(ours) if isinstance(trunk, EfficientNetLite0) else {}
    state = {key.removeprefix("backbone."): value for key, value in read_state(Path(path)).items()}
    as_pysot = rename({f"backbone.{key}": value for key, value in state.items()}, "pysot")
    state = {key.removeprefix("backbone."): value for key, value in as_pysot.items()} | state
    published = {key: state.get(key, state.get(table.get(key, key))) for key in ours}
    for key, value in published.items():
        if value is None and key.endswith("num_batches_tracked"):  # older files do without
            published[key] = ours[key]
        elif value is None or value.shape != ours[key].shape:
            found = "nothing" if value is None else tuple(value.shape)
            expected = f"{type(trunk).__name__} needs {tuple(ours[key].shape)}"
            raise WeightsError(f"{path} has {found} as {table.get(key, key)}; {expected}")
    trunk.load_state_dict(published)


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
