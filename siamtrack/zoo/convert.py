"""Published checkpoint layouts -> ours, by key tables. A key that no line renames keeps its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

# Pattern of a published key -> our key. A layout is a table; a checkpoint fits a model when the renamed keys and the
# shapes equal the model's.
_ALEXNET_LEGACY = [
    (rf"{{prefix}}\.{first + offset}\.(.+)", rf"backbone.conv{number}.{offset}.\1")
    for number, first in enumerate((0, 4, 8, 11, 14), 1)
    for offset in (0, 1)
]


# Published levels are counted by stage, from 2.
_NECK = [(rf"neck\.downsample{level + 2}\.downsample\.(.+)", rf"head.neck.levels.{level}.\1") for level in range(3)]


def _resnet(prefix: str) -> list[tuple[str, str]]:
    """Each batch norm stands beside its convolution in ours."""
    return [
        (rf"{prefix}\.conv1\.weight", r"backbone.stem.0.weight"),
        (rf"{prefix}\.bn1\.(.+)", r"backbone.stem.1.\1"),
        (rf"{prefix}\.(layer\d\.\d)\.conv(\d)\.weight", r"backbone.\1.conv\2.0.weight"),
        (rf"{prefix}\.(layer\d\.\d)\.bn(\d)\.(.+)", r"backbone.\1.conv\2.1.\3"),
        (rf"{prefix}\.(layer\d\.\d)\.downsample\.(.+)", r"backbone.\1.shortcut.\2"),
    ]


def _legacy(prefix: str) -> list[tuple[str, str]]:
    return [(pattern.format(prefix=prefix), ours) for pattern, ours in _ALEXNET_LEGACY]


def _branch(published: str, ours: str) -> list[tuple[str, str]]:
    """The parts of a `DepthwiseXCorr`; the first group of the published pattern is its number in ours."""
    return [
        (rf"{published}\.conv_kernel\.(.+)", rf"{ours}.template.\2"),
        (rf"{published}\.conv_search\.(.+)", rf"{ours}.search.\2"),
        (rf"{published}\.head\.(.+)", rf"{ours}.head.\2"),
    ]


def _levels(published: str) -> list[tuple[str, str]]:
    return [
        line
        for level in range(3)
        for line in _branch(rf"{published}{level + 2}\.(cls|loc)", rf"head.levels.\1.{level}")
    ]


def _inception() -> list[tuple[str, str]]:
    """Units are named there and numbered in ours."""
    stem = {"1a_3x3": 0, "2a_3x3": 1, "2b_3x3": 2, "3b_1x1": 4, "4a_3x3": 5}
    units = {rf"Conv2d_{name}()": f"stem.{number}" for name, number in stem.items()}
    for stage, blocks in ((5, "bcd"), (6, "abcde")):
        units |= {rf"Mixed_{stage}{name}(\.\w+)": rf"mixed{stage}.{number}\1" for number, name in enumerate(blocks)}
    return [
        *((rf"basemodel\.{unit}\.conv\.(.+)", rf"backbone.{ours}.0.\2") for unit, ours in units.items()),
        *((rf"basemodel\.{unit}\.bn\.(.+)", rf"backbone.{ours}.1.\2") for unit, ours in units.items()),
        (r"basemodel\.channel_reduce\.(.+)", r"backbone.reduce.\1"),
    ]


def _video_analyst_head() -> list[tuple[str, str]]:
    """Of SiamFC++; a convolution and its batch norm are named there and numbered in ours."""
    parts = [
        (r"c_z_k", "template_cls"),
        (r"r_z_k", "template_loc"),
        (r"c_x", "search_cls"),
        (r"r_x", "search_loc"),
        (r"head\.cls_score_p5", "cls"),
        (r"head\.ctr_score_p5", "center"),
        (r"head\.bbox_offsets_p5", "loc"),
        (r"head\.cls_p5_conv3", "cls_tower.2"),
        (r"head\.bbox_p5_conv3", "loc_tower.2"),
    ]
    towers = {"cls": "cls", "bbox": "loc"}.items()
    return [
        (r"head\.si", "head.loc_scale"),
        (r"head\.bi", "head.loc_shift"),
        *((rf"{published}\.conv\.(.+)", rf"head.{ours}.0.\1") for published, ours in parts),
        *((rf"{published}\.bn\.(.+)", rf"head.{ours}.1.\1") for published, ours in parts),
        *((rf"head\.{name}_p5_conv1\.conv\.(.+)", rf"head.{ours}_tower.0.0.\1") for name, ours in towers),
        *((rf"head\.{name}_p5_conv2\.conv\.(.+)", rf"head.{ours}_tower.1.0.\1") for name, ours in towers),
    ]


def _siamdw() -> list[tuple[str, str]]:
    """What CIResIncep-22, CIResNeXt-22 and the RPN have beyond the names of the ResNets."""
    layers, block = r"features\.features\.", r"(layer\d\.\d)"
    basic = {"conv1_0": "conv1.0", "bn1": "conv1.1", "conv3_0": "conv2.0", "bn2": "conv2.1"}
    basic |= {"conv1_1": "conv3.0", "bn3": "conv3.1"}
    return [
        (rf"{layers}{block}\.branch3x3\.conv(\d)\.weight", r"backbone.\1.conv\2.0.weight"),
        (rf"{layers}{block}\.branch3x3\.bn(\d)\.(.+)", r"backbone.\1.conv\2.1.\3"),
        (rf"{layers}{block}\.branch1x1\.conv\.weight", r"backbone.\1.plain.0.weight"),
        (rf"{layers}{block}\.branch1x1\.bn\.(.+)", r"backbone.\1.plain.1.\2"),
        (rf"{layers}conv0\.(.+)", r"backbone.stem.0.\1"),
        (rf"{layers}bn0\.(.+)", r"backbone.stem.1.\1"),
        *((rf"{layers}{block}\.basic\.{name}\.(.+)", rf"backbone.\1.{ours}.\2") for name, ours in basic.items()),
        (rf"{layers}{block}\.shortcut\.0\.weight", r"backbone.\1.shortcut.weight"),
        (rf"{layers}{block}\.bn0\.(.+)", r"backbone.\1.sum_norm.\2"),
        (r"connect_model\.(template|search)_cls\.(.+)", r"head.\1_cls.\2"),
        (r"connect_model\.(template|search)_reg\.(.+)", r"head.\1_loc.\2"),
        (r"connect_model\.adjust\.(.+)", r"head.adjust_loc.\1"),
    ]


LAYOUTS: dict[str, list[tuple[str, str]]] = {
    "siamtrack": [],  # and siamfc-pytorch, whose names we share
    "pysot": [
        *_legacy(r"backbone\.features"),
        *_resnet("backbone"),
        *_NECK,
        *_branch(r"rpn_head\.(cls|loc)", r"head.\1"),
        *_levels(r"rpn_head\.rpn"),
        (r"rpn_head\.(cls|loc)_weight", r"head.fuse_\1.weight"),
        (r"neck\.downsample\.downsample\.(.+)", r"head.neck.levels.0.\1"),
        *_branch(r"(mask)_head", r"head.\1"),
        (r"refine_head\.(.+)", r"head.refine.\1"),
    ],
    "SiamBAN": [
        *_resnet("backbone"),
        *_NECK,
        *_levels(r"head\.box"),
        (r"head\.(cls|loc)_weight", r"head.fuse_\1.weight"),
    ],
    "SiamCAR": [
        *_resnet("backbone"),
        *_NECK,
        (r"down\.(.+)", r"head.down.\1"),
        (r"car_head\.(.+)", r"head.\1"),
    ],
    "SiamDW": [*_siamdw(), *_resnet(r"features\.features")],
    "video_analyst": [
        (r"basemodel\.(conv\d)\.conv\.(.+)", r"backbone.\1.0.\2"),
        (r"basemodel\.(conv\d)\.bn\.(.+)", r"backbone.\1.1.\2"),
        *_inception(),
        *_video_analyst_head(),
    ],
    "DaSiamRPN": [
        *_legacy("featureExtract"),
        (r"conv_cls1\.(.+)", r"head.template_cls.\1"),
        (r"conv_cls2\.(.+)", r"head.search_cls.\1"),
        (r"conv_r1\.(.+)", r"head.template_loc.\1"),
        (r"conv_r2\.(.+)", r"head.search_loc.\1"),
        (r"regress_adjust\.(.+)", r"head.adjust_loc.\1"),
    ],
}

_WRAPPERS = ("state_dict", "model_state_dict", "model", "ema", "net")  # of our own checkpoints, the averaged weights

_DEEPEST_WRAPPING = 3  # a bound, as a file may hold a dict that contains itself


def unwrap(checkpoint: Any) -> dict[str, Tensor]:
    """The state dict inside a checkpoint: wrapping dicts and `module.` prefixes are taken off.

    Raises:
        ValueError: there is no dict of tensors.
    """
    for _ in range(_DEEPEST_WRAPPING):
        if not isinstance(checkpoint, Mapping) or _is_state(checkpoint):
            break
        inner = [checkpoint[key] for key in _WRAPPERS if isinstance(checkpoint.get(key), Mapping)]
        checkpoint = inner[0] if inner else checkpoint
    if not isinstance(checkpoint, Mapping) or not _is_state(checkpoint):
        raise ValueError(f"expected a dict of tensors, found {type(checkpoint).__name__}")
    return {key.removeprefix("module."): value for key, value in checkpoint.items()}


def _is_state(value: Mapping[Any, Any]) -> bool:
    return bool(value) and all(isinstance(key, str) and isinstance(item, Tensor) for key, item in value.items())


def rename(state: Mapping[str, Tensor], layout: str) -> dict[str, Tensor]:
    """Our keys -> tensors; keys that the layout does not know keep their names."""
    renamed: dict[str, Tensor] = {}
    for key, value in state.items():
        renamed[_our_key(key, LAYOUTS[layout])] = value
    return renamed


def _our_key(key: str, table: list[tuple[str, str]]) -> str:
    for pattern, ours in table:
        match = re.fullmatch(pattern, key)
        if match:
            return match.expand(ours)
    return key


def fit(state: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """The state in our layout if some layout makes it fit the target exactly, else None.

    Batch norms' step counters, which nothing here reads, may be missing (PyTorch before 0.4.1 did not write them).
    """
    for layout in LAYOUTS:
        renamed = rename(state, layout)
        counters = {key: value for key, value in target.items() if key.endswith("num_batches_tracked")}
        full = counters | renamed
        one_to_one = len(renamed) == len(state) and full.keys() == target.keys()
        if one_to_one and all(full[key].shape == target[key].shape for key in full):
            return full
    return None
