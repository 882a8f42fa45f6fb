"""Every correlation against loops."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from siamtrack.nets.xcorr import xcorr_depthwise, xcorr_full, xcorr_pixelwise, xcorr_up_channel

_ROWS, _CHANNELS = 3, 4


@pytest.fixture
def search() -> Tensor:
    return torch.randn(_ROWS, _CHANNELS, 7, 6, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def kernel() -> Tensor:
    return torch.randn(_ROWS, _CHANNELS, 3, 2, generator=torch.Generator().manual_seed(1))


def naive_depthwise(kernel: Tensor, search: Tensor) -> Tensor:
    """Channel by channel, place by place."""
    h, w = kernel.shape[2:]
    rows, columns = search.shape[2] - h + 1, search.shape[3] - w + 1
    out = torch.empty(len(search), search.shape[1], rows, columns)
    for n in range(len(search)):
        for c in range(search.shape[1]):
            for y in range(rows):
                for x in range(columns):
                    out[n, c, y, x] = (kernel[n, c] * search[n, c, y : y + h, x : x + w]).sum()
    return out


def test_depthwise(kernel: Tensor, search: Tensor) -> None:
    torch.testing.assert_close(xcorr_depthwise(kernel, search), naive_depthwise(kernel, search))


def test_depthwise_padded(kernel: Tensor, search: Tensor) -> None:
    around = torch.nn.functional.pad(search, (2, 2, 2, 2))
    torch.testing.assert_close(xcorr_depthwise(kernel, search, padding=2), naive_depthwise(kernel, around))


def test_full_sums_over_channels(kernel: Tensor, search: Tensor) -> None:
    expected = naive_depthwise(kernel, search).sum(1, keepdim=True)
    torch.testing.assert_close(xcorr_full(kernel, search), expected)


def test_up_channel_has_one_map_a_kernel(search: Tensor) -> None:
    kernels = torch.randn(_ROWS, 5, _CHANNELS, 3, 2, generator=torch.Generator().manual_seed(2))
    expected = torch.cat([naive_depthwise(kernels[:, o], search).sum(1, keepdim=True) for o in range(5)], 1)
    torch.testing.assert_close(xcorr_up_channel(kernels, search), expected)


def test_pixelwise(kernel: Tensor, search: Tensor) -> None:
    expected = torch.empty(_ROWS, 6, 7, 6)
    for n in range(_ROWS):
        for place in range(6):
            vector = kernel[n, :, place // 2, place % 2]
            expected[n, place] = (vector[:, None, None] * search[n]).sum(0)
    torch.testing.assert_close(xcorr_pixelwise(kernel, search), expected)
