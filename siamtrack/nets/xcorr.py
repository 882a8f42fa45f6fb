"""Cross-correlation of template kernels with search features, batch-first: row n of one meets row n of the other.

Shape legend: N rows, C channels, O output channels, H W search map, h w kernel.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def xcorr_full(kernel_NChw: Tensor, search_NCHW: Tensor) -> Tensor:
    """(N, 1, H-h+1, W-w+1): one response map a row, summed over channels (SiamFC, eq. 2)."""
    rows = len(search_NCHW)
    response = functional.conv2d(search_NCHW.reshape(1, -1, *search_NCHW.shape[2:]), kernel_NChw, groups=rows)
    return response.transpose(0, 1)


def xcorr_up_channel(kernel_NOChw: Tensor, search_NCHW: Tensor) -> Tensor:
    """(N, O, H-h+1, W-w+1): O kernels a row, each summed over channels (SiamRPN, eq. 4)."""
    rows, outs = kernel_NOChw.shape[:2]
    response = functional.conv2d(
        search_NCHW.reshape(1, -1, *search_NCHW.shape[2:]), kernel_NOChw.flatten(0, 1), groups=rows
    )
    return response.view(rows, outs, *response.shape[2:])


def xcorr_depthwise(kernel_NChw: Tensor, search_NCHW: Tensor, padding: int = 0) -> Tensor:
    """(N, C, H-h+1+2p, W-w+1+2p): channel by channel (SiamRPN++, section 3.3)."""
    rows, channels = kernel_NChw.shape[:2]
    response = functional.conv2d(
        search_NCHW.reshape(1, -1, *search_NCHW.shape[2:]),
        kernel_NChw.reshape(rows * channels, 1, *kernel_NChw.shape[2:]),
        groups=rows * channels,
        padding=padding,
    )
    return response.view(rows, channels, *response.shape[2:])


def xcorr_pixelwise(kernel_NChw: Tensor, search_NCHW: Tensor) -> Tensor:
    """(N, h*w, H, W): each template pixel, row by row, against each search pixel (Alpha-Refine, section 3.3)."""
    product = torch.bmm(kernel_NChw.flatten(2).transpose(1, 2), search_NCHW.flatten(2))
    return product.view(len(product), -1, *search_NCHW.shape[2:])
