"""Key tables of published checkpoints, tested both ways against the key lists of the originals."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from torch import Tensor

from siamtrack.zoo.convert import fit, rename, unwrap, used_keys
from siamtrack.zoo.layouts import LAYOUTS
from siamtrack.zoo.presets import PRESETS, get_preset

# published key list, its layout, our model
_PUBLISHED = [
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
    ("siamrpn_r50_l234_dwxcorr_lt_s0", "pysot", "siamrpn_r50_l234_dwxcorr_lt"),
    ("siamfcpp_alexnet_s0", "video_analyst", "siamfcpp_alexnet"),
    ("siamfcpp_googlenet", "video_analyst", "siamfcpp_googlenet"),
    ("nanotrackv1", "NanoTrack v1", "nanotrack_v1"),
    ("nanotrackv2", "NanoTrack v2", "nanotrack_v2"),
    ("nanotrackv3", "NanoTrack v3", "nanotrack_v3"),
    ("LightTrackM_reassembled", "LightTrack", "lighttrack_m"),
]

# layout -> beginning of the keys of layers that its network never runs; in the others every key is used
_NEVER_RUN = {f"NanoTrack v{version}": "neck.downsample." for version in (1, 2, 3)}


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


def published_keys(shared: Path, golden: str) -> dict[str, tuple[list[int], str]]:
    """Key -> shape and dtype of a published checkpoint."""
    if golden == "SiamMask_VOT":
        pysot = published_keys(shared, "siammask_r50_l3_s0")
        return {original_siammask_key(key): value for key, value in pysot.items()}
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


@pytest.mark.parametrize(("golden", "layout", "model"), _PUBLISHED)
def test_every_published_key_is_used_once_and_every_key_of_ours_is_filled(
    shared: Path, golden: str, layout: str, model: str
) -> None:
    state, target = published_state(shared, golden), empty_state(model)
    never_run = {key for key in state if key.startswith(_NEVER_RUN.get(layout, "no key"))}
    assert (len(never_run) > 0) == (layout in _NEVER_RUN)
    assert used_keys(state, layout).keys() == state.keys() - never_run
    renamed, fitted = rename(state, layout), fit(state, target)
    assert fitted is not None
    missing_counters = {key for key in target if key.endswith("num_batches_tracked")} - renamed.keys()
    assert renamed.keys() | missing_counters == target.keys()
    assert shapes(fitted) == shapes(target)
    numbers = sorted(fitted[key].flatten()[0].item() for key in renamed)
    assert numbers == [number for number, key in enumerate(state) if key not in never_run]


@pytest.fixture(scope="module")
def targets() -> dict[str, dict[str, Tensor]]:
    return {name: empty_state(name) for name in PRESETS}


@pytest.mark.parametrize(("golden", "layout", "model"), _PUBLISHED)
def test_a_published_state_fits_models_of_its_network_alone(
    shared: Path, targets: dict[str, dict[str, Tensor]], golden: str, layout: str, model: str
) -> None:
    state = published_state(shared, golden)
    fitting = [name for name, target in targets.items() if fit(state, target) is not None]
    assert model in fitting
    assert all(shapes(targets[name]) == shapes(targets[model]) for name in fitting)


def test_the_wide_siamdw_has_the_keys_of_the_usual_one(shared: Path) -> None:
    """There is no list of its keys; its authors double the 3x3 convolution and what touches its output."""
    state = published_state(shared, "siamdw_SiamFCRes22_s0")
    for key, value in state.items():
        doubled = {r"\.conv2\.weight": 0, r"\.bn2\.(?!num)": 0, r"\.conv3\.weight": 1}
        axis = next((axis for pattern, axis in doubled.items() if re.search(rf"layer.*{pattern}", key)), None)
        if axis is not None:
            state[key] = torch.cat((value, value), axis)
    assert [name for name in PRESETS if fit(state, empty_state(name)) is not None] == ["siamdw_fc_res22w"]


@pytest.mark.parametrize("name", PRESETS)
def test_our_own_layout_fits_unchanged(name: str) -> None:
    state = empty_state(name)
    fitted = fit(state, empty_state(name))
    assert fitted is not None
    assert fitted.keys() == state.keys()
    assert all(fitted[key] is state[key] for key in state)


def test_states_with_a_key_too_many_too_few_or_of_another_shape_do_not_fit() -> None:
    target = get_preset("siamfc").build().state_dict()
    key = next(iter(target))
    assert fit(target | {"backbone.conv9.0.weight": torch.ones(1)}, target) is None
    assert fit({k: v for k, v in target.items() if k != key}, target) is None
    assert fit(target | {key: torch.ones(2, 3)}, target) is None


def test_a_matrix_fits_a_convolution_of_one_pixel_alone() -> None:
    target = {"fc": torch.empty(3, 5, 1, 1)}
    fitted = fit({"fc": torch.arange(15.0).view(3, 5)}, target)
    assert fitted is not None
    assert fitted["fc"].equal(torch.arange(15.0).view(3, 5, 1, 1))
    assert fit({"fc": torch.ones(5, 3)}, target) is None
    assert fit({"fc": torch.ones(3, 5)}, {"fc": torch.empty(3, 5, 3, 3)}) is None


def test_layers_that_never_run_are_known_by_name() -> None:
    target = get_preset("nanotrack_v1").build().state_dict()
    assert fit(target | {"neck.downsample.0.weight": torch.ones(64, 64, 1, 1)}, target) is not None
    assert fit(target | {"neck.upsample.0.weight": torch.ones(64, 64, 1, 1)}, target) is None


def test_two_keys_for_one_of_ours_do_not_fit() -> None:
    """One published and one of our own layout, both for the same tensor: neither may silently win."""
    target = get_preset("siamrpn_alex_dwxcorr").build().state_dict()
    twice = target | {"backbone.features.0.weight": torch.zeros_like(target["backbone.conv1.0.weight"])}
    assert fit(twice, target) is None


def test_step_counters_may_be_missing() -> None:
    target = get_preset("siamfc").build().state_dict()
    old = {key: value for key, value in target.items() if not key.endswith("num_batches_tracked")}
    assert len(old) < len(target)
    assert fit(old, target) is not None


def test_every_pattern_has_a_key(shared: Path) -> None:
    """A row of a table that renames nothing is a mistake."""
    for name, table in LAYOUTS.items():
        keys = [key for golden, layout, _ in _PUBLISHED if layout == name for key in published_keys(shared, golden)]
        for pattern, _ours in table:
            assert any(re.fullmatch(pattern, key) for key in keys), pattern


def test_unwrap_takes_off_wrappers_and_prefixes() -> None:
    plain = {"backbone.a": torch.ones(1), "head.b": torch.zeros(2)}
    prefixed = {f"module.{key}": value for key, value in plain.items()}
    deep = {"model": {"state_dict": plain}}
    for wrapped in (plain, prefixed, {"state_dict": prefixed, "epoch": 3}, {"model_state_dict": plain}, deep):
        assert unwrap(wrapped).keys() == plain.keys()


def test_unwrap_prefers_the_averaged_weights_of_a_training_run() -> None:
    """`training.loop` writes both; the average is what a run is for."""
    net, ema = {"head.b": torch.zeros(1)}, {"head.b": torch.ones(1)}
    assert unwrap({"net": net, "ema": ema, "optimizer": {"state": {}}, "step": 5})["head.b"].item() == 1


@pytest.mark.parametrize(
    "junk", [None, [1, 2], {}, {"a": 1}, {"state_dict": {}}, {1: torch.ones(1)}, torch.ones(1)], ids=str
)
def test_unwrap_refuses_what_holds_no_tensors(junk: object) -> None:
    with pytest.raises(ValueError, match="dict of tensors"):
        unwrap(junk)
