"""Networks with random but well-behaved weights: every preset can be run without a weights file."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from siamtrack.nets.heads.ban import MultiLevelBAN
from siamtrack.nets.heads.fc import AdjustedFullyConvolutional
from siamtrack.nets.heads.fcpp import FCPPHead
from siamtrack.nets.heads.nano import NanoHead
from siamtrack.nets.heads.rpn import UpChannelRPN
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput
from siamtrack.zoo.presets import PRESETS, get_preset

# A preset of each network: those of one builder differ in the tracker alone.
NETWORKS = tuple({preset.build: name for name, preset in reversed(PRESETS.items())}.values())[::-1]


def random_net(name: str, seed: int = 0) -> SiameseNet:
    """The network of a preset, in evaluation mode, every weight and every batch-norm statistic drawn from the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = get_preset(name).build()
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.8, 1.2)
                nn.init.normal_(module.bias, std=0.1)
        _measure_statistics(net)
        if isinstance(net.head, UpChannelRPN):  # its kernels pass no batch norm: bring the maps down to order 1
            net.head.template_cls.weight.data /= 200
            net.head.template_loc.weight.data /= 400
        if isinstance(net.head, MultiLevelBAN):  # its distances are exponentials: bring them to order 1 too
            net.head.loc_scale.data /= 10
        if isinstance(net.head, AdjustedFullyConvolutional):  # a sign and a size that a response has
            net.head.adjust.weight.data.fill_(2e-3)
            net.head.adjust.bias.data.fill_(-0.5)
        if isinstance(net.head, NanoHead):
            net.head.loc.weight.data /= 10
        if isinstance(net.head, FCPPHead):  # likewise, and the products that they come from pass no batch norm
            net.head.loc_scale.data /= 100
    return net.eval().requires_grad_(False)


# How much smaller a search crop may be: maps of 3 cells and more remain (SiamMask, section 4.1, trains on 143 pixels).
MARGIN_PX = 112


def random_crops(net: SiameseNet, rows: int = 1, margin: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Template crops of coarse noise, a target's box in each, and search crops; (rows, 3, side, side) 0-255.

    Args:
        margin: pixels by which the search crop is smaller than in tracking; every network is fully convolutional.
    """
    generator = torch.Generator().manual_seed(3)
    pictures = torch.rand(2, rows, 3, 24, 24, generator=generator) * 255
    sides = (net.spec.template_px, net.spec.search_px - margin)
    z, x = (_enlarged(picture, side) for picture, side in zip(pictures, sides, strict=True))
    return z, torch.tensor([[1.0, -2.0, 60.0, 50.0]]).expand(rows, 4), x


def tensors(raw: HeadOutput) -> list[Tensor]:
    """The maps that a head gives, those that masks are refined from one by one."""
    return pytree.tree_leaves([value for value in raw if value is not None])


@torch.no_grad()
def _measure_statistics(net: SiameseNet) -> None:
    """Batch norms take the statistics of one picture of noise, so that activations stay near 1 at any depth."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    coarse = torch.rand(2, 3, 24, 24) * 255
    z, x = (_enlarged(coarse, size) for size in (net.spec.template_px, net.spec.search_px))
    net.train()(z, torch.tensor([[0.0, 0.0, 60.0, 60.0], [1.0, -2.0, 90.0, 30.0]]), x)


def _enlarged(picture_N3HW: Tensor, side: int) -> Tensor:
    return nn.functional.interpolate(picture_N3HW, (side, side), mode="bilinear")
