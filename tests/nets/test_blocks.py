"""Folding a frozen batch norm into its convolution changes neither outputs nor gradients."""

import pytest
import torch
from torch import nn

from siamtrack.nets.blocks import ConvBn, conv_bn, fold_batchnorm


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
