"""Building blocks that several networks share, and the folding of batch norm into convolutions for inference."""

from __future__ import annotations

from typing import TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

ModuleT = TypeVar("ModuleT", bound=nn.Module)


def conv_bn(
    inputs: int,
    outputs: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    eps: float = 1e-5,
    act: bool = True,
) -> nn.Sequential:
    """Convolution ("same" padding, no bias), batch norm, and ReLU6 where `act`."""
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    layers: list[nn.Module] = [conv, nn.BatchNorm2d(outputs, eps=eps)]
    return nn.Sequential(*layers, nn.ReLU6(inplace=True)) if act else nn.Sequential(*layers)


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
