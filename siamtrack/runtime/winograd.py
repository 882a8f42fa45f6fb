"""Winograd convolution for CPUs: dense stride-1 3x3 and 5x5 convolutions with far fewer multiplications.

Lavin & Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, nested in two dimensions: an output tile
of m x m pixels comes from an input tile of (m + r - 1)^2 by Y = A' [(G g G') * (B' d B)] A. F(4x4, 3x3) takes 36
multiplications for 16 outputs in place of 144, F(6x6, 5x5) takes 100 for 36 in place of 900. Larger tiles save more and
lose more digits: float32 errors are near 5e-6 (3x3) and 6e-5 (5x5) of the output's range.

Shape legend: N rows, T tiles a row, P points of a tile, I O channels.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

# Kernel -> interpolation points besides infinity; the tile has one more, and tile + 1 - kernel outputs a side.
_POINTS = {3: (0.0, 1.0, -1.0, 2.0, -2.0), 5: (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 4 / 3, -4 / 3)}
# Below this many products of channels the transforms cost more than they save.
_LEAST_CHANNELS = 64


def toom_cook(kernel: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrices A' (m, t), G (t, r), B' (t, t) of the one-dimensional algorithm F(m, r) on tiles of t = m + r - 1."""
    points = np.array(_POINTS[kernel])
    tile = len(points) + 1
    outputs = tile + 1 - kernel
    a = np.zeros((outputs, tile))
    g = np.zeros((tile, kernel))
    b = np.zeros((tile, tile))
    for j, point in enumerate(points):
        others = np.delete(points, j)
        a[:, j] = point ** np.arange(outputs)
        g[j] = point ** np.arange(kernel) / np.prod(point - others)
        b[j, :-1] = np.polynomial.polynomial.polyfromroots(others)
    a[-1, -1] = g[-1, -1] = 1
    b[-1] = np.polynomial.polynomial.polyfromroots(points)
    return a, g, b


class WinogradConv2d(nn.Module):
    """Stands in for a convolution that `suits`; same outputs to float32 rounding, inference only."""

    weight_PIO: Tensor
    to_points: Tensor
    from_points: Tensor
    bias_O: Tensor | None

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.kernel = conv.kernel_size[0]
        self.tile = len(_POINTS[self.kernel]) + 1
        self.padding = int(conv.padding[0])
        a, g, b = (torch.from_numpy(matrix) for matrix in toom_cook(self.kernel))
        weight_P = torch.kron(g, g) @ conv.weight.detach().double().flatten(2).permute(2, 1, 0).flatten(1)
        self.register_buffer("weight_PIO", weight_P.view(-1, conv.in_channels, conv.out_channels).float())
        self.register_buffer("to_points", b.float())
        self.register_buffer("from_points", a.float())
        self.register_buffer("bias_O", None if conv.bias is None else conv.bias.detach().clone())

    @staticmethod
    def suits(conv: nn.Conv2d) -> bool:
        """Whether the convolution is dense, of stride 1, of a kernel known here, and wide enough to gain."""
        return (
            conv.kernel_size in ((3, 3), (5, 5))
            and (conv.stride, conv.dilation, conv.groups) == ((1, 1), (1, 1), 1)
            and conv.padding in ((0, 0), (1, 1), (2, 2))
            and min(conv.in_channels, conv.out_channels) >= _LEAST_CHANNELS
        )

    def forward(self, x_NIHW: Tensor) -> Tensor:
        step = self.tile + 1 - self.kernel
        height, width = (side + 2 * self.padding + 1 - self.kernel for side in x_NIHW.shape[2:])
        rows, columns = -(-height // step), -(-width // step)
        spill = (columns * step - width + self.padding, rows * step - height + self.padding)
        x_NIHW = functional.pad(x_NIHW, (self.padding, spill[0], self.padding, spill[1]))
        tiles = x_NIHW.permute(0, 2, 3, 1).unfold(1, self.tile, step).unfold(2, self.tile, step)
        batch, channels = x_NIHW.shape[:2]
        points = _both_ways(self.to_points, tiles.permute(4, 5, 0, 1, 2, 3).flatten(2))
        product_PTO = torch.bmm(points.view(self.tile**2, -1, channels), self.weight_PIO)
        out = _both_ways(self.from_points, product_PTO.view(self.tile, self.tile, -1))
        out = out.view(step, step, batch, rows, columns, -1)
        out_NHWO = out.permute(2, 3, 0, 4, 1, 5).reshape(batch, rows * step, columns * step, -1)
        if self.bias_O is not None:
            out_NHWO = out_NHWO + self.bias_O
        return out_NHWO[:, :height, :width].permute(0, 3, 1, 2)


def _both_ways(matrix: Tensor, planes: Tensor) -> Tensor:
    """(p, p, K): the matrix (p, t) applied to the first and to the second dimension of (t, t, K)."""
    tile, _, count = planes.shape
    first = (matrix @ planes.reshape(tile, -1)).view(-1, tile, count)
    return torch.matmul(matrix, first)


def use_winograd(net: nn.Module) -> None:
    """Replace every convolution that suits, in place."""
    for module in list(net.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Conv2d) and WinogradConv2d.suits(child):
                setattr(module, name, WinogradConv2d(child))
