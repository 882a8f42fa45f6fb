"""Folding a frozen batch norm into its convolution changes neither outputs nor gradients."""

import pytest
import torch
from torch import nn

from siamtrack.nets.blocks import ChannelGate, ConvBn, InvertedResidual, conv_bn, fold_batchnorm, whole_eights


def block(groups: int = 1, act: bool = True) -> ConvBn:
    torch.manual_seed(0)
    made = conv_bn(6, 6, 3, stride=2, groups=groups, act=nn.ReLU6 if act else None)
    norm = made[1]
    for values, low, high in ((norm.running_mean, -1, 1), (norm.running_var, 0.5, 2), (norm.weight, 0.5, 2)):
        nn.init.uniform_(values, low, high)
    nn.init.uniform_(norm.bias, -1, 1)
    return made


def run(forward, made: ConvBn, dtype: torch.dtype) -> list[torch.Tensor]:
    """Output and the gradients of input and every parameter."""
    torch.manual_seed(1)
    x_NCHW = (torch.randn(2, 6, 9, 9) * 2).requires_grad_()
    made.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        out = forward(x_NCHW)
    (out.float() * torch.linspace(-1, 1, out.numel()).view(out.shape)).sum().backward()
    return [out.float(), x_NCHW.grad, *(parameter.grad for parameter in made.parameters())]


@pytest.mark.parametrize("groups", [1, 6])
@pytest.mark.parametrize("act", [True, False])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)])
def test_frozen_equals_convolution_then_norm(groups, act, dtype, tolerance):
    made = block(groups, act).eval()
    exact = run(lambda x: nn.Sequential.forward(made, x), made, torch.float32)
    if dtype == torch.bfloat16 and act:
        exact = run(lambda x: nn.Sequential.forward(made, x), made, dtype)  # rounding moves values across the knee
    for ours, theirs in zip(run(made, made, dtype), exact, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance * theirs.abs().max().item())


def test_in_training_the_statistics_are_those_of_the_batch():
    made = block().train()
    before = made[1].running_mean.clone()
    x_NCHW = torch.randn(2, 6, 9, 9)
    expected = torch.clamp(
        torch.nn.functional.batch_norm(made[0](x_NCHW), None, None, made[1].weight, made[1].bias, True), 0, 6
    )
    torch.testing.assert_close(made(x_NCHW), expected)
    assert not torch.equal(made[1].running_mean, before)


def test_frozen_leaves_the_statistics_alone():
    made = block().eval()
    before = {key: value.clone() for key, value in made.state_dict().items()}
    made(torch.randn(2, 6, 9, 9)).sum().backward()
    assert all(torch.equal(value, before[key]) for key, value in made.state_dict().items())


def test_folded_for_good_it_still_is_the_same():
    made = block().eval()
    x_NCHW = torch.randn(2, 6, 9, 9)
    expected = made(x_NCHW)
    torch.testing.assert_close(fold_batchnorm(made)(x_NCHW), expected)
    assert isinstance(made[1], nn.Identity)


@pytest.mark.parametrize(("channels", "expected"), [(4, 8), (18, 24), (30, 32), (36, 40), (60, 64), (72, 72), (11, 16)])
def test_whole_eights_never_lose_a_tenth(channels, expected):
    """The first six are the gates of MobileNetV3; 8 would be less than nine tenths of 11."""
    assert whole_eights(channels) == expected


def test_gate_worked_by_hand():
    gate = ChannelGate(2, 1, gate=nn.Hardsigmoid)
    squeeze, excite = gate.layers[1], gate.layers[3]
    for layer, weight, bias in ((squeeze, [[1.0, -1.0]], [0.0]), (excite, [[1.0], [-6.0]], [0.0, 3.0])):
        layer.weight.data = torch.tensor(weight)[..., None, None]
        layer.bias.data = torch.tensor(bias)
    x = torch.tensor([[2.0, 4.0], [1.0, 1.0]]).view(1, 2, 1, 2)  # means 3 and 1, squeezed 2, excited 2 and -9
    torch.testing.assert_close(gate(x).flatten(), torch.tensor([2 * 5 / 6, 4 * 5 / 6, 0, 0]))


@pytest.mark.parametrize("gate", ["before", "after", None])
def test_the_gate_stands_where_it_is_said_to(gate):
    torch.manual_seed(0)
    block = InvertedResidual(8, 8, 16, 3, act=nn.SiLU, gate=gate).eval()
    expand, depthwise, project = block.layers
    x = torch.randn(2, 8, 6, 6)
    inside = nn.Sequential(*depthwise[:2])(expand(x))
    squeeze = next((part for part in depthwise if isinstance(part, ChannelGate)), nn.Identity())
    inside = nn.functional.silu(squeeze(inside)) if gate == "before" else squeeze(nn.functional.silu(inside))
    torch.testing.assert_close(block(x), x + project(inside))


def test_nothing_is_added_where_shapes_differ_or_expanded_where_widths_agree():
    assert not InvertedResidual(8, 16, 16, 3).residual
    assert not InvertedResidual(8, 8, 16, 3, stride=2).residual
    assert len(InvertedResidual(8, 8, 8, 3).layers) == 2
