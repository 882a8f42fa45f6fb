"""Size, colours and decoding of particular presets, by hand; of every preset: tests/zoo/test_every_preset.py."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from siamtrack.nets.blocks import fold_batchnorm
from siamtrack.nets.types import HeadOutput
from siamtrack.zoo.presets import get_preset

from ..random_nets import random_crops


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
