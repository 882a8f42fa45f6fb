"""The fast depth-wise convolution against the plain one."""

import copy

import pytest
import torch
from torch import nn

from siamtrack.training.criteria import make_criterion
from siamtrack.training.criterion_config import PointConfig
from siamtrack.training.pair_loss import PairLoss
from siamtrack.training.speed import FastDepthwise, compile_net, prepare_for_training

from .tiny import tiny_net, tiny_sampler

_CASES = [(kernel, stride, bias) for kernel in (3, 5) for stride in (1, 2) for bias in (False, True)]


def gradients(conv: nn.Conv2d, x_NCHW: torch.Tensor, bf16: bool) -> list[torch.Tensor]:
    """Output and gradients, with weights that differ from pixel to pixel in the sum."""
    x_NCHW = x_NCHW.clone().requires_grad_()
    conv.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        out = conv(x_NCHW)
    (out.float() * torch.linspace(-1, 1, out.numel()).view(out.shape)).sum().backward()
    return [out.float(), x_NCHW.grad.float(), *(parameter.grad.float() for parameter in conv.parameters())]


@pytest.mark.parametrize(("kernel", "stride", "bias"), _CASES)
@pytest.mark.parametrize("size", [(9, 12), (8, 8)])
def test_equals_the_plain_convolution(kernel, stride, bias, size):
    torch.manual_seed(0)
    plain = nn.Conv2d(6, 6, kernel, stride, kernel // 2, groups=6, bias=bias).to(memory_format=torch.channels_last)
    fast = copy.deepcopy(plain)
    fast.__class__ = FastDepthwise
    x_NCHW = torch.randn(3, 6, *size).to(memory_format=torch.channels_last)
    exact = gradients(plain, x_NCHW, bf16=False)
    single = gradients(fast, x_NCHW, bf16=False)
    for number, (ours, theirs) in enumerate(zip(single, exact, strict=True)):
        # Gradients of a 5x5 filter's parameters are summed in another order; all else is the same to the bit.
        rounding = 1e-6 * theirs.abs().max().item() if kernel == 5 and number >= 2 else 0
        torch.testing.assert_close(ours, theirs, rtol=0, atol=rounding)
    for ours, theirs in zip(gradients(fast, x_NCHW, bf16=True), exact, strict=True):
        scale = theirs.abs().max().item()
        # bfloat16 keeps 8 bits: inputs, weights and the incoming gradient are each off by up to 2^-9 of themselves.
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0.02 * scale)


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(6, 6, 3, padding=1),
        nn.Conv2d(6, 6, 3, padding=0, groups=6),
        nn.Conv2d(6, 6, 7, padding=3, groups=6),
        nn.Conv2d(6, 12, 3, padding=1, groups=6),
        nn.Conv2d(6, 6, 3, padding=2, dilation=2, groups=6),
    ],
    ids=["dense", "unpadded", "7x7", "two filters a channel", "dilated"],
)
def test_other_convolutions_are_left_alone(conv):
    assert not FastDepthwise.suits(conv)


def test_preparing_changes_neither_outputs_nor_keys():
    net = tiny_net().eval()
    z_N3HW, x_N3HW = torch.rand(2, 3, 128, 128) * 255, torch.rand(2, 3, 256, 256) * 255
    box_N4 = torch.tensor([[0.0, 0, 60, 50], [2, -1, 30, 90]])
    before, keys = net(z_N3HW, box_N4, x_N3HW), list(net.state_dict())
    prepare_for_training(net, torch.device("cpu"))
    assert any(isinstance(module, FastDepthwise) for module in net.modules())
    assert list(net.state_dict()) == keys
    torch.testing.assert_close(net(z_N3HW, box_N4, x_N3HW).cls_NCHW, before.cls_NCHW)


@pytest.mark.slow
def test_compiled_parts_give_the_same_gradients_and_keep_keys(pack):
    """Everything of the compiler but its kernels, which take minutes to make."""
    batch = tiny_sampler(pack).batch(range(4))
    found = []
    for compiled in (False, True):
        net = tiny_net()
        prepare_for_training(net, torch.device("cpu"))
        keys = list(net.state_dict())
        if compiled:
            compile_net(net, backend="aot_eager")
        loss = PairLoss(net, make_criterion(PointConfig()), "bf16", swap_negatives=True)
        loss(batch).total.backward()
        assert list(net.state_dict()) == keys
        found.append([parameter.grad for parameter in net.parameters()])
    for plain, ours in zip(*found, strict=True):
        torch.testing.assert_close(ours, plain, rtol=0.02, atol=0.02 * plain.abs().max().item())
