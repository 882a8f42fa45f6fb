"""The network of every preset: shapes, size, folding, decoding."""

from __future__ import annotations

import copy
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from siamtrack.nets.blocks import fold_batchnorm
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput
from siamtrack.zoo.presets import PRESETS, get_preset

from ..random_nets import MARGIN_PX, random_crops, random_net

# name -> classification and regression channels, cells of the map
_MAPS = {
    "siamtrack-s": (1, 4, 16),
    "siamfc": (1, None, 17),
    "siamrpn": (10, 20, 19),
    "siamrpn_alex_dwxcorr": (10, 20, 21),
    "siamrpn_r50_l234_dwxcorr": (10, 20, 25),
    "siamrpn_mobilev2_l234_dwxcorr": (10, 20, 25),
    "siamrpn_r50_l234_dwxcorr_otb": (10, 20, 25),
    "siamrpn_r50_l234_dwxcorr_lt": (10, 20, 25),
    "dasiamrpn_vot": (10, 20, 19),
    "dasiamrpn_otb": (10, 20, 19),
    "dasiamrpn_big": (10, 20, 19),
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


@pytest.fixture(scope="module", params=PRESETS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def net(name: str) -> SiameseNet:
    """The network of each preset, made once for the tests of this file; not to be changed."""
    return random_net(name)


def test_map_sizes(net: SiameseNet, name: str) -> None:
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


def test_folded_batch_norm_keeps_the_outputs(net: SiameseNet, name: str) -> None:
    assert any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
    with torch.inference_mode():
        inputs = random_crops(net, margin=MARGIN_PX)
        expected = net(*inputs)
        folded = fold_batchnorm(copy.deepcopy(net))
        left = {key for key, module in folded.named_modules() if isinstance(module, nn.BatchNorm2d)}
        assert {key for key in left if not key.endswith(".sum_norm")} == _LONE_NORMS.get(name, set())
        found = folded(*inputs)
        for before, after in zip(tensors(expected), tensors(found), strict=True):
            torch.testing.assert_close(after, before, rtol=0, atol=_ROUNDING * before.abs().max().item())


def tensors(raw: HeadOutput) -> list[Tensor]:
    """The maps that a head gives, those that masks are refined from one by one."""
    maps = (value if isinstance(value, tuple) else (value,) for value in raw if value is not None)
    return [tensor for several in maps for tensor in several]


def test_rows_of_a_batch_do_not_mix(net: SiameseNet) -> None:
    with torch.inference_mode():
        z, box, x = random_crops(net, rows=2, margin=MARGIN_PX)
        both, second = net(z, box, x), net(z[1:], box[1:], x[1:])
    assert not torch.allclose(both.cls_NCHW[0], both.cls_NCHW[1])
    torch.testing.assert_close(both.cls_NCHW[1:], second.cls_NCHW, rtol=1e-3, atol=1e-3)


def test_siamtrack_s_is_small() -> None:
    net = get_preset("siamtrack-s").build()
    assert sum(p.numel() for p in net.parameters()) <= 3_000_000


def test_siamtrack_s_spends_at_most_600_million_multiplications_a_frame() -> None:
    net = fold_batchnorm(get_preset("siamtrack-s").build().eval())
    z, box, x = random_crops(net)
    with torch.inference_mode():
        kernels = net.kernels(z, box)
        with FlopCounterMode(display=False) as counter:
            net.search(kernels, x)
    assert 0 < counter.get_total_flops() / 2 <= 0.6e9


def test_normalise_turns_bgr_into_the_nets_channels_and_range() -> None:
    crop = torch.tensor([0.0, 127, 255]).view(1, 3, 1, 1)  # blue 0, green 127, red 255
    assert get_preset("siamtrack-s").build().normalise(crop).flatten().tolist() == [1, 0, -127 / 128]
    assert get_preset("siamfc").build().normalise(crop).flatten().tolist() == [255, 127, 0]
    assert get_preset("siamrpn").build().normalise(crop).flatten().tolist() == [0, 127, 255]
    assert get_preset("nanotrack_v3").build().normalise(crop).flatten().tolist() == [0, 127, 255]
    googlenet = get_preset("siamfcpp_googlenet").build().normalise(crop).flatten()
    torch.testing.assert_close(googlenet, torch.tensor([1, -0.5 / 127.5, -1]))


def test_lighttrack_sees_imagenet_colours() -> None:
    crop = torch.tensor([0.0, 127, 255]).view(1, 3, 1, 1)  # blue 0, green 127, red 255
    ours = get_preset("lighttrack_m").build().normalise(crop).flatten()
    torch.testing.assert_close(ours, torch.tensor([(1 - 0.485) / 0.229, (127 / 255 - 0.456) / 0.224, -0.406 / 0.225]))


@cache
def built(name: str) -> SiameseNet:
    return get_preset(name).build()


_raw_value = st.one_of(st.sampled_from([-1e4, 1e4, 0.0]), st.floats(-1e4, 1e4, width=32))


@pytest.mark.parametrize("name", [name for name in _MAPS if _MAPS[name][1] is not None])
@settings(max_examples=25)
@given(data=st.data())
def test_decode_gives_finite_boxes_of_positive_size_whatever_the_maps(name: str, data: st.DataObject) -> None:
    head = built(name)
    cls_channels, loc_channels, _ = _MAPS[name]
    assert loc_channels is not None
    cells = 3
    values = data.draw(st.lists(_raw_value, min_size=2 * cells**2, max_size=2 * cells**2))
    maps = torch.tensor(values).view(1, 2, cells, cells)
    # Neighbouring channels get different extremes.
    maps = torch.cat((maps, -maps), 1).repeat(1, loc_channels, 1, 1)
    candidates = head.decode(HeadOutput(maps[:, :cls_channels], maps[:, :loc_channels], maps[:, :1]))
    assert candidates.box_NAHW4 is not None
    assert candidates.box_NAHW4.isfinite().all()
    assert (candidates.box_NAHW4[..., 2:] > 0).all()
    assert ((candidates.score_NAHW >= 0) & (candidates.score_NAHW <= 1)).all()


def test_light_decode_worked_by_hand() -> None:
    """Zero raw distances: one stride to each side of the cell's centre."""
    head = get_preset("siamtrack-s").build()
    cls = torch.zeros(1, 1, 16, 16)
    loc = torch.zeros(1, 4, 16, 16)
    loc[0, 2, 4, 9] = torch.tensor(2.0).log()  # right side twice as far
    score, box, _ = head.decode(HeadOutput(cls, loc))
    assert box is not None
    assert score[0, 0, 0, 0] == 0.5
    assert box[0, 0, 0, 0].tolist() == [-120, -120, 32, 32]
    torch.testing.assert_close(box[0, 0, 4, 9], torch.tensor([24.0 + 8, -56, 48, 32]))


def test_anchor_decode_worked_by_hand() -> None:
    """Anchor 3 is 40 x 80; channels are ordered by parameter, then anchor."""
    net = get_preset("siamrpn_alex_dwxcorr").build()
    cls, loc = torch.zeros(1, 10, 21, 21), torch.zeros(1, 20, 21, 21)
    cls[0, 5 + 3, 2, 10] = torch.tensor(3.0).log()  # class 1, anchor 3
    loc[0, 0 * 5 + 3, 2, 10] = 0.5
    loc[0, 1 * 5 + 3, 2, 10] = -0.25
    loc[0, 2 * 5 + 3, 2, 10] = torch.tensor(2.0).log()
    score, box, _ = net.decode(HeadOutput(cls, loc))
    assert box is not None
    assert score[0, 3, 2, 10].item() == pytest.approx(0.75)
    torch.testing.assert_close(box[0, 3, 2, 10], torch.tensor([0.0 + 20, -64 - 20, 80, 80]))
    assert box[0, 0, 0, 0].tolist() == [-80, -80, 104, 32]
