"""Building blocks that several networks share, and the folding of batch norm into convolutions for inference."""

from __future__ import annotations

from typing import Literal, TypeVar

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

ModuleT = TypeVar("ModuleT", bound=nn.Module)
Activation = type[nn.Module]
GatePlace = Literal["before", "after"]


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
        assert isinstance(conv, nn.Conv2d)
        assert norm.running_mean is not None and norm.running_var is not None
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
    act: Activation | None = nn.ReLU6,
) -> ConvBn:
    """Convolution ("same" padding, no bias), batch norm, and an activation unless it is None."""
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    layers: list[nn.Module] = [conv, nn.BatchNorm2d(outputs, eps=eps)]
    return ConvBn(*layers, act(inplace=True)) if act else ConvBn(*layers)


def separable(channels: int, kernel: int, last_act: Activation | None = nn.ReLU6) -> nn.Sequential:
    """Depth-wise convolution, then point-wise, each with batch norm; ReLU6 between them, `last_act` after them."""
    return nn.Sequential(
        conv_bn(channels, channels, kernel, groups=channels), conv_bn(channels, channels, 1, act=last_act)
    )


def bare_separable(inputs: int, outputs: int, kernel: int, act: Activation) -> nn.Sequential:
    """Depth-wise convolution with nothing after it, then point-wise with batch norm and an activation."""
    depthwise = nn.Conv2d(inputs, inputs, kernel, padding=kernel // 2, groups=inputs, bias=False)
    return nn.Sequential(depthwise, conv_bn(inputs, outputs, 1, act=act))


class ChannelGate(nn.Module):
    """Squeeze-and-excite (Hu et al. 2018, section 3): each channel times a number that the means of all give.

    Args:
        channels: of the map.
        squeezed: numbers between the two layers.
        gate: what ends in 0-1, a sigmoid or its piecewise linear form.
    """

    def __init__(self, channels: int, squeezed: int, gate: Activation = nn.Sigmoid) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, squeezed, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(squeezed, channels, 1),
            gate(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.layers(x)


class InvertedResidual(nn.Module):
    """Expand 1x1, depth-wise kxk, project 1x1; added to the input where shapes agree (MobileNetV2, figure 3).

    Args:
        width: channels inside; where they are those of the input there is no expansion.
        gate: where a squeeze-and-excite stands, seen from the activation of the depth-wise convolution, if there is
            one (MobileNetV3, figure 4): a quarter of the channels, `whole_eights`, and the hard sigmoid.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int,
        kernel: int,
        stride: int = 1,
        act: Activation = nn.ReLU6,
        gate: GatePlace | None = None,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        depthwise = conv_bn(width, width, kernel, stride, groups=width, eps=eps, act=act)
        if gate is not None:
            squeeze = ChannelGate(width, whole_eights(width / 4), gate=nn.Hardsigmoid)
            depthwise.insert(2 if gate == "before" else 3, squeeze)
        expand = [conv_bn(inputs, width, 1, eps=eps, act=act)] if width != inputs else []
        self.layers = nn.Sequential(*expand, depthwise, conv_bn(width, outputs, 1, eps=eps, act=None))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


def whole_eights(channels: float) -> int:
    """The nearest multiple of 8, at least 8 and 0.9 times the number (`make_divisible` of the MobileNets)."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * channels else nearest + 8


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
