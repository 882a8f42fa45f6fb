"""LightTrack's head by hand."""

from __future__ import annotations

import pytest
import torch

from siamtrack.nets.heads.lighttrack import LightTrackHead
from siamtrack.nets.types import HeadOutput


@torch.inference_mode()
def test_raw_maps_are_scaled_as_published() -> None:
    """Logits are a tenth of what the last layer says, distances whole strides and never negative."""
    head = LightTrackHead(96, stride=16).eval()
    for layer, values in ((head.cls, [30.0]), (head.loc, [2.0, -1.0, 0.5, 0.0])):
        layer.weight.zero_()
        layer.bias.copy_(torch.tensor(values))
    features = (torch.randn(1, 96, 8, 8),), (torch.randn(1, 96, 16, 16),)
    raw = head.search(head.kernels(features[0]), features[1])
    assert raw.loc_NCHW is not None
    torch.testing.assert_close(raw.cls_NCHW[0, :, 3, 4], torch.tensor([3.0]))
    assert raw.loc_NCHW[0, :, 3, 4].tolist() == [32, 0, 8, 0]


def test_the_score_is_a_sigmoid() -> None:
    raw = HeadOutput(torch.full((1, 1, 16, 16), 3.0).log(), torch.ones(1, 4, 16, 16))
    assert LightTrackHead(96, stride=16).decode(raw).score_NAHW[0, 0, 5, 6].item() == pytest.approx(0.75)


@torch.inference_mode()
def test_template_and_search_have_norms_of_their_own() -> None:
    head = LightTrackHead(96, stride=16).eval()
    head.template_norm.weight.fill_(3.0)
    z = torch.randn(1, 96, 8, 8)
    (kernel,) = head.kernels((z,))
    torch.testing.assert_close(kernel, 3 * z, rtol=1e-4, atol=1e-4)
