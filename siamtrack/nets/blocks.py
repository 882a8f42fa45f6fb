"""Building blocks that several networks share, and the folding of batch norm into convolutions for inference."""

from __future__ import annotations

from typing import TypeVar

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

ModuleT = TypeVar("ModuleT", bound=nn.Module)


class ConvBn(nn.Sequential):
    """Convolution, batch norm, and what follows.

    Where the norm's statistics are fixed (evaluation, a frozen trunk) the norm is part of the convolution's weights,
    and the map is passed over once instead of twice. Gradients reach every parameter as before.
    """

    def forward(self, x_NCHW: Tensor) -> Tensor:
        conv, norm = self[0], self[1]
        if not isinstance(norm, nn.BatchNorm2d) or norm.training:
            out: Tensor = super().forward(x_NCHW)
            return out
        assert isinstance(conv, nn.Conv2d) and norm.running_mean is not None and norm.running_var is not None
        scale_C = norm.weight * (norm.running_var + norm.eps).rsqrt()
        shift_C = norm.bias - norm.running_mean * scale_C
        out = conv._conv_forward(x_NCHW, conv.weight * scale_C[:, None, None, None], shift_C)
        for layer in list(self)[2:]:
            out = layer(out)
        return out


def conv_bn(
    inputs: int,
    outputs: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    eps: float = 1e-5,
    act: bool = True,
) -> ConvBn:
    """Convolution ("same" padding, no bias), batch norm, and ReLU6 where `act`."""
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    layers: list[nn.Module] = [conv, nn.BatchNorm2d(outputs, eps=eps)]
    return ConvBn(*layers, nn.ReLU6(inplace=True)) if act else ConvBn(*layers)


def separable(channels: int, kernel: int) -> nn.Sequential:
    """Depth-wise convolution, then point-wise, each with batch norm and ReLU6."""
    return nn.Sequential(conv_bn(channels, channels, kernel, groups=channels), conv_bn(channels, channels, 1))


def fold_batchnorm(module: ModuleT) -> ModuleT:
    """Fold every batch norm that directly follows a convolution in a Sequential into it, in place.

    For evaluation only: outputs stay equal to rounding, keys of the state dict change.
    """
    for child in list(module.modules()):
        if not isinstance(child, nn.Sequential):
            continue
        names = list(child._modules)
        for first, second in zip(names, names[1:], strict=False):
            conv, norm = child._modules[first], child._modules[second]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                child._modules[first] = fuse_conv_bn_eval(conv.eval(), norm.eval())
                child._modules[second] = nn.Identity()
    return module
