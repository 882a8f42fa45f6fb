"""Every entry of the registry, present and future: what a network and its preset owe to those who use them.

A new preset is tested here once it has a row in `_MAPS`. Presets that share a network share its tests.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from siamtrack.nets.blocks import fold_batchnorm
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput
from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.convert import fit
from siamtrack.zoo.load import list_models
from siamtrack.zoo.presets import PRESETS, get_preset

from ..random_nets import MARGIN_PX, NETWORKS, random_crops, random_net, tensors
from .published import empty_state

# name -> classification and regression channels, cells of the map
_MAPS = {
    "siamtrack-s": (1, 4, 16),
    "siamfc": (1, None, 17),
    "siamfc_3s": (1, None, 17),
    "siamfc_5s": (1, None, 17),
    "siamfc_v2": (1, None, 33),
    "siamfc_v3": (1, None, 17),
    "siamrpn": (10, 20, 19),
    "siamrpn_alex_dwxcorr": (10, 20, 21),
    "siamrpn_r50_l234_dwxcorr": (10, 20, 25),
    "siamrpn_mobilev2_l234_dwxcorr": (10, 20, 25),
    "siamrpn_r50_l234_dwxcorr_otb": (10, 20, 25),
    "siamrpn_r50_l234_dwxcorr_lt": (10, 20, 25),
    "dasiamrpn_vot": (10, 20, 19),
    "dasiamrpn_otb": (10, 20, 19),
    "dasiamrpn_big": (10, 20, 19),
    "updatenet": (10, 20, 19),
    "siammask_r50_l3": (10, 20, 25),
    "siammask_r50_l3_davis": (10, 20, 25),
    "siamban": (2, 4, 25),
    "siamcar": (2, 4, 25),
    "siamfcpp_alexnet": (1, 4, 17),
    "siamfcpp_googlenet": (1, 4, 19),
    "siamdw_fc_res22": (1, None, 17),
    "siamdw_fc_res22w": (1, None, 17),
    "siamdw_fc_incep22": (1, None, 17),
    "siamdw_fc_next22": (1, None, 17),
    "siamdw_rpn_res22": (10, 20, 19),
    "nanotrack_v1": (2, 4, 16),
    "nanotrack_v2": (2, 4, 16),
    "nanotrack_v3": (2, 4, 15),
    "lighttrack_m": (1, 4, 16),
}

# Norms that follow no convolution of their own.
_LONE_NORMS = {"lighttrack_m": {"head.template_norm", "head.search_norm"}}

_ROUNDING = 1e-4  # of the range: deep networks with random weights differ by 3e-5 between float32 and float64

# Wide networks, which take seconds; others of their kind are among the quick ones.
_SLOW = ("_otb", "_lt", "_big", "updatenet", "siamfc_v3", "siamdw_rpn_res22", "siamban", "siamcar")


_NETWORKS = [pytest.param(name, marks=pytest.mark.slow if name.endswith(_SLOW) else ()) for name in NETWORKS]


@pytest.fixture(scope="module", params=_NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def net(name: str) -> SiameseNet:
    """Made once for the tests of this file; not to be changed."""
    return random_net(name)


def assert_equal_but_for_rounding(ours: HeadOutput, expected: HeadOutput) -> None:
    for value, wanted in zip(tensors(ours), tensors(expected), strict=True):
        torch.testing.assert_close(value, wanted, rtol=0, atol=_ROUNDING * wanted.abs().max().item())


def test_maps_have_their_published_sizes(net: SiameseNet, name: str) -> None:
    cls_channels, loc_channels, cells = _MAPS[name]
    with torch.inference_mode():
        raw = net(*random_crops(net))
        candidates = net.decode(raw)
    assert raw.cls_NCHW.shape == (1, cls_channels, cells, cells)
    assert (None if raw.loc_NCHW is None else raw.loc_NCHW.shape[1]) == loc_channels
    planes = candidates.score_NAHW.shape[1]
    assert candidates.score_NAHW.shape == (1, planes, cells, cells)
    if candidates.box_NAHW4 is not None:
        assert candidates.box_NAHW4.shape == (1, planes, cells, cells, 4)


def test_one_target_equals_a_row_of_three(net: SiameseNet) -> None:
    with torch.inference_mode():
        z, box, x = random_crops(net, rows=3, margin=MARGIN_PX)
        three, second = net(z, box, x), net(z[1:2], box[1:2], x[1:2])
    assert not torch.allclose(three.cls_NCHW[0], three.cls_NCHW[1])
    row = pytree.tree_map(lambda value: None if value is None else value[1:2], three)
    assert_equal_but_for_rounding(row, second)


def test_folded_batch_norms_keep_the_outputs(net: SiameseNet, name: str) -> None:
    assert any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
    with torch.inference_mode():
        inputs = random_crops(net, margin=MARGIN_PX)
        folded = fold_batchnorm(copy.deepcopy(net))
        left = {key for key, module in folded.named_modules() if isinstance(module, nn.BatchNorm2d)}
        assert {key for key in left if not key.endswith(".sum_norm")} == _LONE_NORMS.get(name, set())
        assert_equal_but_for_rounding(folded(*inputs), net(*inputs))


def test_a_gradient_reaches_every_trainable_parameter(net: SiameseNet) -> None:
    """From what `forward` and `decode` give."""
    net = copy.deepcopy(net).requires_grad_(True).train()
    raw = net(*random_crops(net, margin=MARGIN_PX))
    # SiamCAR's scores do not change with the bias of its centre-ness, only the map itself does.
    wanted = [*net.decode(raw), raw.center_N1HW, raw.mask_NCHW]
    sum(spread(value) for value in wanted if value is not None).backward()  # type: ignore[union-attr]
    idle = biases_under_a_norm(net)
    for key, parameter in net.named_parameters():
        if key.startswith(("head.refine.", "update.")) or parameter in idle:
            continue  # trained alone, on chosen cells and on templates: test_mask.py, test_updatenet.py
        assert parameter.grad is not None, key
        assert parameter.grad.isfinite().all(), key
        assert parameter.grad.any(), key


def biases_under_a_norm(net: SiameseNet) -> set[nn.Parameter]:
    """Batch norm takes the mean away again: their gradient is zero but for rounding."""
    rows = [list(module) for module in net.modules() if isinstance(module, nn.Sequential)]
    pairs = [pair for row in rows for pair in pairwise(row)]
    return {
        conv.bias
        for conv, norm in pairs
        if isinstance(norm, nn.BatchNorm2d) and getattr(conv, "bias", None) is not None
    }


def spread(values: Tensor) -> Tensor:
    """A number that depends on every value in another way: plain sums of normalised maps are constants."""
    weights = torch.linspace(-1, 2, values.numel())
    return (values.flatten() * weights).mean()


def trackers(net: SiameseNet, name: str) -> list[Tracker]:
    """One for each configuration among the presets of this network."""
    configs = {preset.config for preset in PRESETS.values() if preset.build == get_preset(name).build}
    return [Tracker(net, config, torch.device("cpu")) for config in configs]


def _noise(frames: int) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (frames, 120, 160, 3), np.uint8))


_GREY = np.full((120, 160, 3), 127, np.uint8)


@pytest.mark.parametrize("frames", [_noise(2), [_GREY, _GREY]], ids=["noise", "constant grey"])
def test_boxes_and_scores_are_sound(net: SiameseNet, name: str, frames: list[np.ndarray]) -> None:
    for tracker in trackers(net, name):
        tracker.start(frames[0], (60, 40, 30, 40))
        result = tracker.track(frames[1])
        assert np.isfinite(result.boxes).all()
        assert (result.boxes[:, 2:] > 0).all()
        assert ((result.scores >= 0) & (result.scores <= 1)).all()


def test_the_state_is_a_tree_of_tensors(net: SiameseNet, name: str) -> None:
    (tracker, *_) = trackers(net, name)
    tracker.start(_noise(1)[0], [(60, 40, 30, 40), (10, 10, 50, 20)])
    state = tracker.state
    leaves, structure = pytree.tree_flatten(state)
    assert all(isinstance(leaf, Tensor) and len(leaf) == 2 for leaf in leaves)
    copied = pytree.tree_map(torch.clone, state)
    assert type(copied) is type(state)
    assert pytree.tree_structure(copied) == structure
    assert all(ours.equal(leaf) for ours, leaf in zip(pytree.tree_leaves(copied), leaves, strict=True))


def test_our_own_layout_fits_unchanged(name: str) -> None:
    """Published layouts: test_published_files.py."""
    state = empty_state(name)
    fitted = fit(state, empty_state(name))
    assert fitted is not None
    assert fitted.keys() == state.keys()
    assert all(fitted[key] is state[key] for key in state)


_raw_value = st.one_of(st.sampled_from([-1e4, 1e4, 0.0]), st.floats(-1e4, 1e4, width=32))


@settings(max_examples=25)
@given(data=st.data())
def test_decode_gives_finite_boxes_of_positive_size_whatever_the_maps(
    net: SiameseNet, name: str, data: st.DataObject
) -> None:
    cls_channels, loc_channels, _ = _MAPS[name]
    if loc_channels is None:
        pytest.skip("its head gives no boxes")
    cells = 3
    values = data.draw(st.lists(_raw_value, min_size=2 * cells**2, max_size=2 * cells**2))
    maps = torch.tensor(values).view(1, 2, cells, cells)
    # Neighbouring channels get different extremes.
    maps = torch.cat((maps, -maps), 1).repeat(1, loc_channels, 1, 1)
    candidates = net.decode(HeadOutput(maps[:, :cls_channels], maps[:, :loc_channels], maps[:, :1]))
    assert candidates.box_NAHW4 is not None
    assert candidates.box_NAHW4.isfinite().all()
    assert (candidates.box_NAHW4[..., 2:] > 0).all()
    assert ((candidates.score_NAHW >= 0) & (candidates.score_NAHW <= 1)).all()


def test_every_preset_has_its_map_sizes() -> None:
    assert _MAPS.keys() == PRESETS.keys()


def test_every_preset_is_listed_with_what_is_known_of_it() -> None:
    listed = {info.name: info for info in list_models()}
    assert listed.keys() == PRESETS.keys()
    for info in listed.values():
        assert info.parameters > 100_000
        assert info.macs > 10_000_000
        assert info.summary
        assert info.bundled or info.checkpoint or info.name == "siamtrack-s"
        assert re.fullmatch(r"(.+ \(.+\))?", info.published)  # scores, and where they are published


@pytest.mark.parametrize("name", PRESETS)
def test_preset_and_builder_name_their_source(name: str) -> None:
    """A paper with its year or an implementation, and the builder speaks of the same."""
    preset = get_preset(name)
    if preset.source == "this project":
        return
    assert re.search(r"\b(19|20)\d\d\b", preset.source)
    build: Callable[[], SiameseNet] = preset.build.func if isinstance(preset.build, partial) else preset.build
    assert build.__doc__
    assert names(preset.source) & names(build.__doc__)


def names(text: str) -> set[str]:
    """Such as SiamDW, CIResNet22, siamfc-pytorch, siamrpn_alex_dwxcorr."""
    return {word for word in re.findall(r"[\w+-]+", text) if re.search(r"[a-z\d][A-Z]|[A-Z]{2}|[a-z]\d|[-_]", word)}


def test_unknown_models_name_the_nearest() -> None:
    with pytest.raises(ValueError, match="'siamfcc'.*did you mean 'siamfc'"):
        get_preset("siamfcc")
    with pytest.raises(ValueError, match="'zebra'.*known: siamtrack-s") as caught:
        get_preset("zebra")
    assert "did you mean" not in str(caught.value)
