"""Key tables of published checkpoints.

A table holds patterns of published keys and our keys; None where the published file holds a layer that its network
never runs. A key that no line renames keeps its name.
"""

from __future__ import annotations

Table = list[tuple[str, str | None]]

_ALEXNET_LEGACY = [
    (rf"{{prefix}}\.{first + offset}\.(.+)", rf"backbone.conv{number}.{offset}.\1")
    for number, first in enumerate((0, 4, 8, 11, 14), 1)
    for offset in (0, 1)
]


# Published levels are counted by stage, from 2.
_NECK = [(rf"neck\.downsample{level + 2}\.downsample\.(.+)", rf"head.neck.levels.{level}.\1") for level in range(3)]


def _resnet(prefix: str) -> Table:
    """Each batch norm stands beside its convolution in ours."""
    return [
        (rf"{prefix}\.conv1\.weight", r"backbone.stem.0.weight"),
        (rf"{prefix}\.bn1\.(.+)", r"backbone.stem.1.\1"),
        (rf"{prefix}\.(layer\d\.\d)\.conv(\d)\.weight", r"backbone.\1.conv\2.0.weight"),
        (rf"{prefix}\.(layer\d\.\d)\.bn(\d)\.(.+)", r"backbone.\1.conv\2.1.\3"),
        (rf"{prefix}\.(layer\d\.\d)\.downsample\.(.+)", r"backbone.\1.shortcut.\2"),
    ]


def _legacy(prefix: str) -> Table:
    return [(pattern.format(prefix=prefix), ours) for pattern, ours in _ALEXNET_LEGACY]


def _branch(published: str, ours: str) -> Table:
    """The parts of a `DepthwiseXCorr`; the first group of the published pattern is its number in ours."""
    return [
        (rf"{published}\.conv_kernel\.(.+)", rf"{ours}.template.\2"),
        (rf"{published}\.conv_search\.(.+)", rf"{ours}.search.\2"),
        (rf"{published}\.head\.(.+)", rf"{ours}.head.\2"),
    ]


def _levels(published: str) -> Table:
    return [
        line
        for level in range(3)
        for line in _branch(rf"{published}{level + 2}\.(cls|loc)", rf"head.levels.\1.{level}")
    ]


def _nano_trunk() -> Table:
    """Block 1 expands nothing, and its gate follows the activation; 2 and 3 have none."""
    block, ours = r"backbone\.features\.([2-9])\.conv", r"backbone.layer\1"
    return [
        (r"backbone\.features\.0\.(.+)", r"backbone.layer0.\1"),
        (r"backbone\.features\.1\.conv\.([01])\.(.+)", r"backbone.layer1.layers.0.\1.\2"),
        (r"backbone\.features\.1\.conv\.3\.fc\.0\.(.+)", r"backbone.layer1.layers.0.3.layers.1.\1"),
        (r"backbone\.features\.1\.conv\.3\.fc\.2\.(.+)", r"backbone.layer1.layers.0.3.layers.3.\1"),
        (r"backbone\.features\.1\.conv\.4\.(.+)", r"backbone.layer1.layers.1.0.\1"),
        (r"backbone\.features\.1\.conv\.5\.(.+)", r"backbone.layer1.layers.1.1.\1"),
        (rf"{block}\.([01])\.(.+)", rf"{ours}.layers.0.\2.\3"),
        (rf"{block}\.3\.(.+)", rf"{ours}.layers.1.0.\2"),
        (rf"{block}\.4\.(.+)", rf"{ours}.layers.1.1.\2"),
        (rf"{block}\.5\.fc\.0\.(.+)", rf"{ours}.layers.1.2.layers.1.\2"),
        (rf"{block}\.5\.fc\.2\.(.+)", rf"{ours}.layers.1.2.layers.3.\2"),
        (rf"{block}\.7\.(.+)", rf"{ours}.layers.2.0.\2"),
        (rf"{block}\.8\.(.+)", rf"{ours}.layers.2.1.\2"),
        (r"neck\.downsample\.[01]\..+", None),
    ]


def _bare_tower(published: str, ours: str, layers: int) -> Table:
    """Published layers are numbered through: depth-wise, point-wise, norm, activation."""
    return [
        (rf"ban_head\.{published}\.{4 * layer + part}\.(.+)", rf"head.{ours}_tower.{layer}.{inside}.\1")
        for layer in range(layers)
        for part, inside in enumerate(("0", "1.0", "1.1"))
    ]


def _nano_v3_towers() -> Table:
    """Depth-wise, norm, activation, point-wise, norm."""
    return [
        (rf"ban_head\.{published}_tower\.{5 * layer + part}\.(.+)", rf"head.{ours}_tower.{layer}.{inside}.\1")
        for published, ours in (("cls", "cls"), ("bbox", "loc"))
        for layer in range(6)
        for part, inside in ((0, "0.0"), (1, "0.1"), (3, "1.0"), (4, "1.1"))
    ]


def _gate(published: str, ours: str) -> Table:
    return [(rf"{published}\.CA_layer\.fc{n}\.(.+)", rf"{ours}.gate.layers.{2 * n - 1}.\1") for n in (1, 2)]


def _adjusted(published: str, ours: str) -> Table:
    return [
        (rf"{published}\.conv_kernel\.(.+)", rf"{ours}.template.\1"),
        (rf"{published}\.conv_search\.(.+)", rf"{ours}.search.\1"),
    ]


def _nano_double(published: str, ours: str) -> Table:
    pixelwise, depthwise = rf"ban_head\.corr_pw_{published}", rf"ban_head\.corr_dw_{published}"
    return [
        *_gate(pixelwise, f"{ours}.pixelwise"),
        *_adjusted(pixelwise, f"{ours}.pixelwise"),
        *_adjusted(depthwise, ours),
        (rf"{pixelwise}\.conv\.(.+)", rf"{ours}.reduce.\1"),
        (rf"ban_head\.down_{published}\.0\.(.+)", rf"{ours}.mix.\1"),
    ]


def _lighttrack_trunk() -> Table:
    """Stage 0 expands nothing."""
    first, block, ours = r"features\.blocks\.0\.0", r"features\.blocks\.([1-4])\.(\d)", r"backbone.layer\1.\2"
    return [
        (r"features\.conv_stem\.(.+)", r"backbone.stem.0.\1"),
        (r"features\.bn1\.(.+)", r"backbone.stem.1.\1"),
        (rf"{first}\.conv_dw\.(.+)", r"backbone.layer0.0.layers.0.0.\1"),
        (rf"{first}\.bn1\.(.+)", r"backbone.layer0.0.layers.0.1.\1"),
        (rf"{first}\.se\.conv_reduce\.(.+)", r"backbone.layer0.0.layers.0.3.layers.1.\1"),
        (rf"{first}\.se\.conv_expand\.(.+)", r"backbone.layer0.0.layers.0.3.layers.3.\1"),
        (rf"{first}\.conv_pw\.(.+)", r"backbone.layer0.0.layers.1.0.\1"),
        (rf"{first}\.bn2\.(.+)", r"backbone.layer0.0.layers.1.1.\1"),
        (rf"{block}\.conv_pw\.(.+)", rf"{ours}.layers.0.0.\3"),
        (rf"{block}\.bn1\.(.+)", rf"{ours}.layers.0.1.\3"),
        (rf"{block}\.conv_dw\.(.+)", rf"{ours}.layers.1.0.\3"),
        (rf"{block}\.bn2\.(.+)", rf"{ours}.layers.1.1.\3"),
        (rf"{block}\.se\.conv_reduce\.(.+)", rf"{ours}.layers.1.3.layers.1.\3"),
        (rf"{block}\.se\.conv_expand\.(.+)", rf"{ours}.layers.1.3.layers.3.\3"),
        (rf"{block}\.conv_pwl\.(.+)", rf"{ours}.layers.2.0.\3"),
        (rf"{block}\.bn3\.(.+)", rf"{ours}.layers.2.1.\3"),
    ]


def _lighttrack_tower(published: str, ours: str) -> Table:
    return [
        (rf"head\.{published}_tower\.(\d)\.{part}\.(.+)", rf"head.{ours}_tower.\1.{inside}.\2")
        for part, inside in (("conv1", "0"), ("pointwise", "1.0"), ("BN", "1.1"))
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


LAYOUTS: dict[str, Table] = {
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
    "SiamMask": [  # after SiamDW, whose trunks have some of its names and nothing else
        *_resnet(r"features\.features"),
        (r"features\.downsample\.downsample\.(.+)", r"head.neck.levels.0.\1"),
        *_branch(r"rpn_model\.(cls|loc)", r"head.\1"),
        *_branch(r"mask_model\.(mask)", r"head.\1"),
        (r"refine_model\.(.+)", r"head.refine.\1"),
    ],
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
        (r"update\.(\d\..+)", r"update.layers.\1"),  # in UpdateNet's own file, which joins DaSiamRPN's
    ],
    "MatConvNet": [  # siamese-fc's names; CFNet's begin with br_; see `zoo.matconvnet`
        (r"(?:br_)?conv(\d)f", r"backbone.conv\1.0.weight"),
        (r"(?:br_)?conv(\d)b", r"backbone.conv\1.0.bias"),
        (r"(?:br_)?bn(\d)m", r"backbone.conv\1.1.weight"),
        (r"(?:br_)?bn(\d)b", r"backbone.conv\1.1.bias"),
        (r"(?:br_)?bn(\d)x\.mean", r"backbone.conv\1.1.running_mean"),
        (r"(?:br_)?bn(\d)x\.variance", r"backbone.conv\1.1.running_var"),
        (r"adjust_f", r"head.adjust.weight"),
        (r"adjust_b", r"head.adjust.bias"),
    ],
    "NanoTrack v1": [
        *_nano_trunk(),
        *_gate(r"ban_head\.corr_pw", "head.correlations.0"),
        *_bare_tower("cls_tower", "cls", layers=3),
        *_bare_tower("bbox_tower", "loc", layers=4),
        (r"ban_head\.cls_logits\.0\.(.+)", r"head.cls.\1"),
        (r"ban_head\.bbox_pred\.0\.(.+)", r"head.loc.\1"),
    ],
    "NanoTrack v2": [
        *_nano_trunk(),
        *_gate(r"ban_head\.corr_pw_cls", "head.correlations.0"),
        *_gate(r"ban_head\.corr_pw_reg", "head.correlations.1"),
        *_adjusted(r"ban_head\.corr_pw_cls", "head.correlations.0"),
        *_adjusted(r"ban_head\.corr_pw_reg", "head.correlations.1"),
        *_bare_tower("cls_pw_tower", "cls", layers=6),
        *_bare_tower("bbox_pw_tower", "loc", layers=6),
        (r"ban_head\.cls_pred\.0\.(.+)", r"head.cls.\1"),
        (r"ban_head\.bbox_pred\.0\.(.+)", r"head.loc.\1"),
    ],
    "NanoTrack v3": [
        *_nano_trunk(),
        *_nano_double("cls", "head.correlations.0"),
        *_nano_double("reg", "head.correlations.1"),
        *_nano_v3_towers(),
        (r"ban_head\.cls_logits\.0\.(.+)", r"head.cls.\1"),
        (r"ban_head\.bbox_pred\.0\.(.+)", r"head.loc.\1"),
    ],
    "LightTrack": [
        *_lighttrack_trunk(),
        (r"neck\.BN_z\.(.+)", r"head.template_norm.\1"),
        (r"neck\.BN_x\.(.+)", r"head.search_norm.\1"),
        *_gate(r"feature_fusor\.pw_corr", "head"),
        (r"feature_fusor\.adj_layer\.(.+)", r"head.adjust.\1"),
        *_lighttrack_tower("cls", "cls"),
        *_lighttrack_tower("reg", "loc"),
        (r"head\.cls_perd\.cls_pred\.(.+)", r"head.cls.\1"),
        (r"head\.reg_pred\.bbox_pred\.(.+)", r"head.loc.\1"),
    ],
}
