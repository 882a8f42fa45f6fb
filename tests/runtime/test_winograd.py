import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from siamtrack.runtime.prepare import prepare
from siamtrack.runtime.winograd import WinogradConv2d, toom_cook, use_winograd

from ..random_nets import MARGIN_PX, NETWORKS, random_crops, random_net, tensors


@pytest.mark.parametrize("kernel", [3, 5])
def test_one_dimensional_algorithm_is_exact_correlation(kernel):
    a, g, b = toom_cook(kernel)
    tile = len(b)
    rng = torch.Generator().manual_seed(0)
    d = torch.randn(tile, generator=rng, dtype=torch.float64).numpy()
    w = torch.randn(kernel, generator=rng, dtype=torch.float64).numpy()
    direct = [d[i : i + kernel] @ w for i in range(tile + 1 - kernel)]
    assert a @ ((g @ w) * (b @ d)) == pytest.approx(direct, abs=1e-12)


@settings(deadline=None, max_examples=20)
@given(
    kernel=st.sampled_from([3, 5]),
    padding=st.integers(0, 2),
    height=st.integers(5, 19),
    width=st.integers(5, 19),
    batch=st.integers(1, 3),
    bias=st.booleans(),
)
def test_equals_the_convolution_it_replaces(kernel, padding, height, width, batch, bias):
    torch.manual_seed(0)
    conv = nn.Conv2d(64, 65, kernel, padding=padding, bias=bias).eval()
    x = torch.randn(batch, 64, height, width)
    with torch.inference_mode():
        expected, found = conv(x), WinogradConv2d(conv)(x)
    assert found.shape == expected.shape
    share = {3: 1e-5, 5: 3e-4}[kernel]  # of the range
    assert (found - expected).abs().max() < share * (expected.max() - expected.min()) + 1e-6


def test_only_convolutions_that_gain_are_replaced():
    suited = nn.Conv2d(64, 64, 3)
    others = [
        nn.Conv2d(64, 64, 3, stride=2),
        nn.Conv2d(64, 64, 3, groups=2),
        nn.Conv2d(64, 64, 3, dilation=2),
        nn.Conv2d(64, 64, 1),
        nn.Conv2d(3, 64, 3),
    ]
    net = nn.Sequential(suited, *others)
    use_winograd(net)
    assert isinstance(net[0], WinogradConv2d)
    assert all(type(layer) is nn.Conv2d for layer in net[1:])


@pytest.mark.parametrize("name", NETWORKS)
def test_prepared_network_says_the_same(name):
    net = random_net(name)
    z, box, x = random_crops(net, margin=MARGIN_PX)
    with torch.inference_mode():
        expected = net.search(net.kernels(z, box), x)
        prepare(net, torch.device("cpu"))
        found = net.search(net.kernels(z, box), x)
    for a, b in zip(tensors(found), tensors(expected), strict=True):
        # float32 alone is up to 6e-5 of the range off, in the towers of nanotrack_v2
        assert (a - b).abs().max() <= 2e-4 * (b.max() - b.min())
