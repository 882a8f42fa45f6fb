"""Key tables of published checkpoints, tested both ways against the key lists of the originals."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
import torch
from torch import Tensor

from siamtrack.zoo import builders
from siamtrack.zoo.convert import LAYOUTS, fit, rename, unwrap
from siamtrack.zoo.presets import PRESETS, get_preset

# published key list, its layout, our model
_PUBLISHED = [
    ("siamfc_s0", "siamtrack", "siamfc"),
    ("siamrpn_alex_dwxcorr_s0", "pysot", "siamrpn_alex_dwxcorr"),
    ("siamrpn_r50_l234_dwxcorr_s0", "pysot", "siamrpn_r50_l234_dwxcorr"),
    ("siamrpn_mobilev2_l234_dwxcorr_s0", "pysot", "siamrpn_mobilev2_l234_dwxcorr"),
    ("siammask_r50_l3_s0", "pysot", "siammask_r50_l3"),
    ("siamban_s0", "SiamBAN", "siamban"),
    ("siamcar_s0", "SiamCAR", "siamcar"),  # a builder without a preset
    ("siamdw_SiamFCRes22_s0", "SiamDW", "siamdw_fc_res22"),
    ("siamdw_SiamRPNRes22_s0", "SiamDW", "siamdw_rpn_res22"),
    ("siamdw_SiamFCIncep22", "SiamDW", "siamdw_fc_incep22"),
    ("siamdw_SiamFCNext22", "SiamDW", "siamdw_fc_next22"),
    ("dasiamrpn_SiamRPNvot_s0", "DaSiamRPN", "siamrpn"),
    ("siamfcpp_alexnet_s0", "video_analyst", "siamfcpp_alexnet"),
    ("siamfcpp_googlenet", "video_analyst", "siamfcpp_googlenet"),
]


def published_keys(shared: Path, golden: str) -> dict[str, tuple[list[int], str]]:
    """Key -> shape and dtype of a published checkpoint."""
    listing = shared / "parity/keys" / f"{golden}.txt"
    if listing.is_file():
        rows = (re.fullmatch(r"(\S+) (\(.*\)) (\S+)", line) for line in listing.read_text().splitlines())
        return {row[1]: (list(ast.literal_eval(row[2])), row[3]) for row in rows if row is not None}
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
        return (builders.siamcar if model == "siamcar" else get_preset(model).build)().state_dict()


@pytest.mark.parametrize(("golden", "layout", "model"), _PUBLISHED)
def test_every_published_key_is_used_once_and_every_key_of_ours_is_filled(
    shared: Path, golden: str, layout: str, model: str
) -> None:
    state, target = published_state(shared, golden), empty_state(model)
    renamed = rename(state, layout)
    assert len(renamed) == len(state)
    missing_counters = {key for key in target if key.endswith("num_batches_tracked")} - renamed.keys()
    assert renamed.keys() | missing_counters == target.keys()
    assert {key: value.shape for key, value in renamed.items()} == {key: target[key].shape for key in renamed}
    assert sorted(value.flatten()[0].item() for value in renamed.values()) == list(range(len(state)))


@pytest.mark.parametrize(("golden", "layout", "model"), _PUBLISHED)
def test_a_published_state_fits_its_model_alone(shared: Path, golden: str, layout: str, model: str) -> None:
    state = published_state(shared, golden)
    fitting = [name for name in PRESETS if fit(state, empty_state(name)) is not None]
    assert fitting == [name for name in PRESETS if name == model]


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
