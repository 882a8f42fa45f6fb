"""The verifier's network: what it looks at, and what it says."""

from __future__ import annotations

import torch
from torch import Tensor

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.types import Features, NetSpec
from siamtrack.nets.verifier import VerifierNet
from siamtrack.zoo.verifiers import VERIFIERS


class Blocks(Backbone):
    """Mean colours of blocks of 16 pixels."""

    def forward(self, x_N3HW: Tensor) -> Features:
        return (torch.nn.functional.avg_pool2d(x_N3HW, 16),)


def test_the_box_says_what_is_the_object() -> None:
    """A red object in the left half, blue surroundings; the head is the identity."""
    net = VerifierNet(Blocks(), 3, 6, NetSpec(128, 128, 16))
    net.head.weight.data, net.head.bias.data = torch.eye(6), torch.zeros(6)
    crop = torch.zeros(1, 3, 128, 128)
    crop[:, 2, :, :64], crop[:, 0, :, 64:] = 200.0, 100.0
    red = net.embed(crop, torch.tensor([[-32.0, 0, 64, 128]]))
    whole = torch.tensor([1 / 5**0.5, 0, 2 / 5**0.5, 0, 0, 1]) / 2**0.5
    torch.testing.assert_close(red[0], whole)
    blue = net.embed(crop, torch.tensor([[32.0, 0, 64, 128]]))
    assert (red * blue).sum().item() == 0.5  # alike in their surroundings, which are half of it


def test_pairs_are_embedded_as_single_crops_are() -> None:
    torch.manual_seed(0)
    net = VERIFIERS["verifier-s"].build().eval()
    crops, boxes = torch.rand(4, 3, 128, 128) * 255, torch.tensor([[0.0, 0, 64, 64], [3, 4, 20, 90]]).repeat(2, 1)
    with torch.no_grad():
        pairs = net(crops[:2], boxes[:2], crops[2:], boxes[2:])
        single = net.embed(crops, boxes)
    torch.testing.assert_close(torch.cat(pairs), single)
    torch.testing.assert_close(single.norm(dim=1), torch.ones(4))
    torch.testing.assert_close(pairs.cosine_N, (single[:2] * single[2:]).sum(1))


def test_a_box_outside_the_crop_gives_numbers() -> None:
    net = VERIFIERS["verifier-s"].build().eval()
    assert net.embed(torch.zeros(1, 3, 128, 128), torch.tensor([[500.0, 0, 10, 10]])).isfinite().all()


def test_it_is_small() -> None:
    net = VERIFIERS["verifier-s"].build()
    assert sum(value.numel() * value.element_size() for value in net.state_dict().values()) < 4e6
