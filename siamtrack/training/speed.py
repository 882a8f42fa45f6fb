"""Making a training step fast without changing what it computes."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from siamtrack.nets.verifier import VerifierNet
from siamtrack.zoo.verifiers import Network

_BACKWARD = torch.ops.aten.convolution_backward
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_KEEP_BYTES = 2**30


def keep_memory() -> None:
    """Let the C library keep the memory that a step frees for the next step (glibc; elsewhere nothing happens).

    By default every map above 32 MB is given back and fetched again page by page: a fifth of a step on the CPU.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(_M_MMAP_THRESHOLD, _KEEP_BYTES)
            libc.mallopt(_M_TRIM_THRESHOLD, _KEEP_BYTES)


def prepare_for_training(net: nn.Module, device: torch.device) -> None:
    """Channels-last; activations out of place, as autograd copies what is changed in place; fast depth-wise gradients.

    Changed in place; parameters stay the same objects, and the state dict keeps its keys.
    """
    net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for module in net.modules():
        if isinstance(module, nn.ReLU | nn.ReLU6):
            module.inplace = False
        elif device.type == "cpu" and type(module) is nn.Conv2d and FastDepthwise.suits(module):
            module.__class__ = FastDepthwise


def compile_net(net: Network, backend: str = "inductor") -> None:
    """Let `torch.compile` make kernels for trunk and head, at their first call; parameters and keys stay."""
    net.backbone.compile(backend=backend)
    if isinstance(net, VerifierNet):  # its head is one layer
        return
    net.head.kernels = torch.compile(net.head.kernels, backend=backend)  # type: ignore[method-assign]
    net.head.search = torch.compile(net.head.search, backend=backend)  # type: ignore[method-assign]


class FastDepthwise(nn.Conv2d):
    """Stands in for a depth-wise convolution on the CPU; same outputs.

    oneDNN 3.x falls back to a reference implementation for two gradients: of weights more than three taps wide, and, in
    bfloat16, of the input where the stride is 2. Together they were two thirds of a step of siamtrack-s in bfloat16.
    """

    @staticmethod
    def suits(conv: nn.Conv2d) -> bool:
        """Whether the convolution is depth-wise, 3x3 or 5x5, and padded to keep its size."""
        size = conv.kernel_size[0]
        return (
            conv.groups == conv.in_channels == conv.out_channels
            and conv.kernel_size in ((3, 3), (5, 5))
            and conv.stride in ((1, 1), (2, 2))
            and conv.padding == (size // 2, size // 2)
            and conv.dilation == (1, 1)
        )

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        mixed = torch.is_autocast_enabled("cpu")
        if not mixed and self.kernel_size[1] == 3:  # nothing is slow about it
            return super()._conv_forward(input, weight, bias)
        dtype = torch.get_autocast_dtype("cpu") if mixed else weight.dtype
        shift = None if bias is None else bias.to(dtype)
        out: Tensor = _Depthwise.apply(input.to(dtype), weight.to(dtype), shift, self.stride[0])
        return out


class _Depthwise(torch.autograd.Function):
    """conv2d with one filter a channel."""

    @staticmethod
    def forward(ctx: Any, x_NCHW: Tensor, weight_C1kk: Tensor, bias_C: Tensor | None, stride: int) -> Tensor:
        ctx.save_for_backward(x_NCHW, weight_C1kk)
        ctx.stride = stride
        padding, channels = weight_C1kk.shape[-1] // 2, len(weight_C1kk)
        return functional.conv2d(x_NCHW, weight_C1kk, bias_C, stride, padding, groups=channels)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        x_NCHW, weight_C1kk = ctx.saved_tensors
        (grad_NCHW,) = grads
        wanted = ctx.needs_input_grad
        return (
            _input_gradient(grad_NCHW, x_NCHW, weight_C1kk, ctx.stride) if wanted[0] else None,
            _weight_gradient(grad_NCHW, x_NCHW, weight_C1kk, ctx.stride) if wanted[1] else None,
            grad_NCHW.sum((0, 2, 3)) if wanted[2] else None,
            None,
        )


def _input_gradient(grad_NCHW: Tensor, x_NCHW: Tensor, weight_C1kk: Tensor, stride: int) -> Tensor:
    padding = weight_C1kk.shape[-1] // 2
    if stride == 1:
        return _gradients(grad_NCHW, x_NCHW, weight_C1kk, stride, (padding, padding), 0)
    exact = _gradients(grad_NCHW.float(), x_NCHW.float(), weight_C1kk.float(), stride, (padding, padding), 0)
    return exact.to(x_NCHW.dtype)


def _weight_gradient(grad_NCHW: Tensor, x_NCHW: Tensor, weight_C1kk: Tensor, stride: int) -> Tensor:
    if weight_C1kk.shape[-1] == 3:
        return _gradients(grad_NCHW, x_NCHW, weight_C1kk, stride, (1, 1), 1)
    # Two filters of three columns that share the middle one, the first on the input shifted to the right.
    result, block = torch.empty_like(weight_C1kk), weight_C1kk[..., :3]
    for first, sides in ((0, (2, 0)), (2, (0, 2))):
        shifted = functional.pad(x_NCHW, sides)
        result[..., first : first + 3] = _gradients(grad_NCHW, shifted, block, stride, (2, 0), 1)
    return result


def _gradients(grad: Tensor, x: Tensor, weight: Tensor, stride: int, padding: tuple[int, int], of: int) -> Tensor:
    """Gradient of the input (of = 0) or of the weights (of = 1)."""
    result: tuple[Tensor, ...] = _BACKWARD(
        grad,
        x,
        weight,
        None,
        [stride] * 2,
        list(padding),
        [1, 1],
        False,
        [0, 0],
        len(weight),
        [of == 0, of == 1, False],
    )
    return result[of]
