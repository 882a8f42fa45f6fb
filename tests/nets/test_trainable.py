"""Every network can be trained: a gradient reaches every parameter from what `forward` and `decode` give."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from siamtrack.nets.siamese import SiameseNet
from siamtrack.zoo import builders

from ..random_nets import MARGIN_PX, random_crops

_BUILDERS = [
    builders.siamtrack_s,
    builders.siamfc,
    builders.siamdw_fc_res22,
    builders.siamdw_fc_res22w,
    builders.siamdw_fc_incep22,
    builders.siamdw_fc_next22,
    builders.siamdw_rpn_res22,
    builders.siamrpn,
    builders.siamrpn_alex_dwxcorr,
    builders.siamrpn_mobilev2,
    builders.siamrpn_r50,
    builders.siammask,
    builders.siamban,
    builders.siamcar,
    builders.siamfcpp_alexnet,
    builders.siamfcpp_googlenet,
    builders.nanotrack_v1,
    builders.nanotrack_v2,
    builders.nanotrack_v3,
    builders.lighttrack_m,
]


@pytest.mark.parametrize("build", _BUILDERS, ids=lambda build: build.__name__)
def test_a_gradient_reaches_every_parameter(build: Callable[[], SiameseNet]) -> None:
    torch.manual_seed(0)
    net = build().train()
    raw = net(*random_crops(net, margin=MARGIN_PX))
    candidates = net.decode(raw)
    wanted = [*candidates, raw.mask_NCHW]
    sum(spread(value) for value in wanted if value is not None).backward()  # type: ignore[union-attr]
    idle = biases_under_a_norm(net)
    for name, parameter in net.named_parameters():
        if name.startswith("head.refine.") or parameter in idle:
            continue  # refinement is trained alone, on chosen cells; tests/nets/heads/test_mask.py
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


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
    weights = torch.linspace(-1, 1, values.numel())
    return (values.flatten() * weights).mean()
