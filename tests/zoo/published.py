"""Published checkpoints, known by the keys, shapes and dtypes of their tensors.

The listings are in the development data, but for MatConvNet's, whose names and sizes are written down here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import torch
from torch import Tensor

from siamtrack.zoo.presets import get_preset

# published key list, its layout, our model
PUBLISHED = [
    ("siamfc_s0", "siamtrack", "siamfc"),
    ("siamrpn_alex_dwxcorr_s0", "pysot", "siamrpn_alex_dwxcorr"),
    ("siamrpn_r50_l234_dwxcorr_s0", "pysot", "siamrpn_r50_l234_dwxcorr"),
    ("siamrpn_mobilev2_l234_dwxcorr_s0", "pysot", "siamrpn_mobilev2_l234_dwxcorr"),
    ("siammask_r50_l3_s0", "pysot", "siammask_r50_l3"),
    ("SiamMask_VOT", "SiamMask", "siammask_r50_l3"),
    ("siamban_s0", "SiamBAN", "siamban"),
    ("siamcar_s0", "SiamCAR", "siamcar"),
    ("siamdw_SiamFCRes22_s0", "SiamDW", "siamdw_fc_res22"),
    ("siamdw_SiamRPNRes22_s0", "SiamDW", "siamdw_rpn_res22"),
    ("siamdw_SiamFCIncep22", "SiamDW", "siamdw_fc_incep22"),
    ("siamdw_SiamFCNext22", "SiamDW", "siamdw_fc_next22"),
    ("dasiamrpn_SiamRPNvot_s0", "DaSiamRPN", "dasiamrpn_vot"),
    ("SiamRPNBIG with UpdateNet", "DaSiamRPN", "updatenet"),
    ("siamrpn_r50_l234_dwxcorr_lt_s0", "pysot", "siamrpn_r50_l234_dwxcorr_lt"),
    ("siamfcpp_alexnet_s0", "video_analyst", "siamfcpp_alexnet"),
    ("siamfcpp_googlenet", "video_analyst", "siamfcpp_googlenet"),
    ("nanotrackv1", "NanoTrack v1", "nanotrack_v1"),
    ("nanotrackv2", "NanoTrack v2", "nanotrack_v2"),
    ("nanotrackv3", "NanoTrack v3", "nanotrack_v3"),
    ("LightTrackM_reassembled", "LightTrack", "lighttrack_m"),
    ("2016-08-17.net.mat", "MatConvNet", "siamfc_3s"),
    ("baseline-conv5_e55.mat", "MatConvNet", "siamfc_v2"),
]

# layout -> beginning of the keys of layers that its network never runs; in the others every key is used
NEVER_RUN = {f"NanoTrack v{version}": "neck.downsample." for version in (1, 2, 3)}


# pysot's names of SiamMask's parts -> those of the original repository, of whose keys there is no list
_SIAMMASK_PARTS = {
    "backbone.": "features.features.",
    "neck.downsample.": "features.downsample.",
    "rpn_head.": "rpn_model.",
    "mask_head.": "mask_model.mask.",
    "refine_head.": "refine_model.",
}


def original_siammask_key(key: str) -> str:
    (part,) = (part for part in _SIAMMASK_PARTS if key.startswith(part))
    return _SIAMMASK_PARTS[part] + key.removeprefix(part)


# of UpdateNet's file; the tracker's beside it has the keys of the narrow one
_UPDATENET = {"update.0.weight": [192, 1536, 1, 1], "update.0.bias": [192]}
_UPDATENET |= {"update.2.weight": [512, 192, 1, 1], "update.2.bias": [512]}


def _doubled(key: str, shape: list[int]) -> list[int]:
    """`SiamRPNBIG` has twice as many channels as `SiamRPNvot`, but for those of the image and of what it gives."""
    given = key.startswith("regress_adjust")
    return [side if given or side == 3 else 2 * side for side in shape[:2]] + shape[2:]


def _matconvnet_keys(prefix: str, channels: int) -> dict[str, tuple[list[int], str]]:
    """As `zoo.matconvnet` reads them; the sizes are those of siamese-fc's `vid_create_net.m`."""
    filters = ([96, 3, 11, 11], [256, 48, 5, 5], [384, 256, 3, 3], [384, 192, 3, 3], [channels, 192, 3, 3])
    shapes: dict[str, list[int]] = {"adjust_f": [1, 1, 1, 1], "adjust_b": [1]}
    for number, shape in enumerate(filters, 1):
        shapes |= {f"{prefix}conv{number}f": shape, f"{prefix}conv{number}b": shape[:1]}
        if number < len(filters):
            shapes |= {f"{prefix}bn{number}{part}": shape[:1] for part in ("m", "b", "x.mean", "x.variance")}
    return {key: (shape, "float32") for key, shape in shapes.items()}


_MATCONVNET = {
    "2016-08-17.net.mat": _matconvnet_keys("", channels=256),
    "baseline-conv5_e55.mat": _matconvnet_keys("br_", channels=32),
}


def published_keys(shared: Path, golden: str) -> dict[str, tuple[list[int], str]]:
    """Key -> shape and dtype of a published checkpoint."""
    if golden in _MATCONVNET:
        return _MATCONVNET[golden]
    if golden == "SiamMask_VOT":
        pysot = published_keys(shared, "siammask_r50_l3_s0")
        return {original_siammask_key(key): value for key, value in pysot.items()}
    if golden == "SiamRPNBIG with UpdateNet":
        narrow = published_keys(shared, "dasiamrpn_SiamRPNvot_s0")
        wide = {key: (_doubled(key, shape), dtype) for key, (shape, dtype) in narrow.items()}
        return wide | {key: (shape, "float32") for key, shape in _UPDATENET.items()}
    listing = shared / "parity/keys" / f"{golden}.txt"
    if listing.is_file():
        rows = re.findall(r"^(\S+) \((.*)\) (\w+)$", listing.read_text(), re.M)
        return {key: ([int(side) for side in shape.split(",") if side], dtype) for key, shape, dtype in rows}
    keys = json.loads((shared / "parity" / f"{golden}.json").read_text())["keys"]
    return {key: (shape, dtype) for key, shape, dtype in keys}


def published_state(shared: Path, golden: str) -> dict[str, Tensor]:
    """A state dict of the published keys and shapes; every tensor holds its own number, in memory once."""
    return {
        key: torch.tensor(number, dtype=getattr(torch, dtype)).expand(shape)
        for number, (key, (shape, dtype)) in enumerate(published_keys(shared, golden).items())
    }


def empty_state(model: str) -> dict[str, Tensor]:
    """Keys and shapes of our network, without memory."""
    with torch.device("meta"):
        return get_preset(model).build().state_dict()


def shapes(state: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in state.items()}
