"""NanoTrack's heads by hand: where their cells are, and what each part reads."""

from __future__ import annotations

import torch

from siamtrack.nets.heads.lighttrack import LightTrackHead
from siamtrack.nets.heads.nano import DoubleCorrelation, PixelCorrelation, nano_head_v1, nano_head_v3
from siamtrack.nets.types import HeadOutput


def test_the_ninth_of_sixteen_cells_is_the_crops_centre() -> None:
    """And not, as in ours, the corner between the eighth and the ninth."""
    loc = torch.zeros(1, 4, 16, 16)
    loc[0, :, 8, 10] = torch.tensor([10.0, 4, 6, 20])  # left, top, right, bottom
    raw = HeadOutput(torch.zeros(1, 2, 16, 16), loc)
    box = nano_head_v1(stride=16).decode(raw).box_NAHW4
    assert box is not None
    assert box[0, 0, 8, 10].tolist() == [2 * 16 - 2, 8, 16, 24]
    assert box[0, 0, 0, 0, :2].tolist() == [-128, -128]
    theirs = LightTrackHead(96, stride=16).decode(HeadOutput(torch.zeros(1, 1, 16, 16), loc)).box_NAHW4
    assert theirs is not None
    assert theirs.equal(box)


@torch.inference_mode()
def test_pixels_are_correlated_as_they_are_and_weighed_by_the_gate() -> None:
    torch.manual_seed(0)
    correlate = PixelCorrelation().eval()
    z, x = torch.randn(1, 48, 8, 8), torch.randn(1, 48, 16, 16)
    planes = torch.einsum("chw,cyx->hwyx", z[0], x[0]).reshape(1, 64, 16, 16)
    torch.testing.assert_close(correlate(correlate.kernels(z), x), correlate.gate(planes))


@torch.inference_mode()
def test_v3_correlates_the_centre_of_the_template_by_channel() -> None:
    torch.manual_seed(0)
    correlate = DoubleCorrelation(96).eval()
    z, x = torch.randn(1, 96, 8, 8), torch.randn(1, 96, 16, 16)
    whole, center = correlate.kernels(z)
    assert whole.shape == (1, 96, 8, 8)
    assert center.equal(correlate.template(z[..., 2:6, 2:6]))
    assert correlate((whole, center), x).shape == (1, 96, 15, 15)


@torch.inference_mode()
def test_each_tower_of_v3_has_a_correlation_of_its_own() -> None:
    torch.manual_seed(0)
    head = nano_head_v3(96, stride=16).eval()
    z, x = torch.randn(1, 96, 8, 8), torch.randn(1, 96, 16, 16)
    kernels = head.kernels((z,))
    assert len(kernels) == 4
    before = head.search(kernels, (x,))
    blind = head.search((*kernels[:2], *(torch.zeros_like(kernel) for kernel in kernels[2:])), (x,))
    assert blind.cls_NCHW.equal(before.cls_NCHW)
    assert blind.loc_NCHW is not None
    assert before.loc_NCHW is not None
    assert not torch.allclose(blind.loc_NCHW, before.loc_NCHW)
