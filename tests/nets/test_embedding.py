"""Networks that compare: weights shared or not, order, shapes, and that they learn."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from siamtrack.nets.backbones.alexnet import AlexNet
from siamtrack.nets.embedding import (
    DecisionNet,
    Embedder,
    PseudoSiamese,
    SimSiam,
    SmallVgg,
    Twin,
    TwoChannel,
    small_decision_net,
    small_vgg,
)


def crops(count: int = 3, side: int = 16, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def weights(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def test_twins_share_their_weights_and_may_see_different_sizes() -> None:
    encoder = small_vgg(5, width=4).eval()
    twin = Twin(encoder)
    assert weights(twin) == weights(encoder)
    first, second = twin(crops(), crops(side=24))
    torch.testing.assert_close(first, encoder(crops()))
    torch.testing.assert_close(second, encoder(crops(side=24)))
    assert first.shape == second.shape == (3, 5)


def test_any_encoder_goes_in() -> None:
    first, second = Twin(nn.Sequential(nn.Flatten(), nn.Linear(48, 2)))(crops(side=4), crops(side=4))
    assert torch.equal(first, second)
    alexnet = AlexNet()
    assert Twin(Embedder(alexnet, alexnet.channels, 7).eval())(crops(1, 127), crops(1, 127))[0].shape == (1, 7)


def test_pseudo_siamese_branches_are_their_own() -> None:
    other = nn.Sequential(nn.Flatten(), nn.Linear(48, 5))
    net = PseudoSiamese(small_vgg(5, width=4), other).eval()
    assert weights(net) == weights(net.first) + weights(other)
    first, second = net(crops(), crops(side=4))
    torch.testing.assert_close(first, net.first(crops()))
    torch.testing.assert_close(second, other(crops(side=4)))


def test_two_channel() -> None:
    net = TwoChannel(small_vgg(1, inputs=6, width=4)).eval()
    a, b = crops(seed=1), crops(seed=2)
    assert net(a, b).shape == (3,)
    torch.testing.assert_close(net(a, b), net.net(torch.cat((a, b), 1))[:, 0])
    with pytest.raises(ValueError, match="one shape"):
        net(a, crops(side=8))


def test_decision_by_hand() -> None:
    """h = x: |(1, 5) - (4, 3)| = (3, 2), weighted 2 and -1, bias 0.5."""
    net = DecisionNet(Twin(nn.Identity()), 2)
    with torch.no_grad():
        net.decide.weight.copy_(torch.tensor([[2.0, -1.0]]))
        net.decide.bias.fill_(0.5)
    a, b = torch.tensor([[1.0, 5.0]]), torch.tensor([[4.0, 3.0]])
    assert net(a, b).tolist() == net(b, a).tolist() == [4.5]


def test_the_decision_about_twins_has_no_order() -> None:
    net = small_decision_net(8, width=4).eval()
    a, b = crops(seed=1), crops(seed=2)
    torch.testing.assert_close(net(a, b), net(b, a))
    torch.testing.assert_close(net(a, a), net.decide.bias.expand(3))


def test_unit_embeddings() -> None:
    torch.testing.assert_close(small_vgg(5, width=4, unit=True)(crops()).norm(dim=1), torch.ones(3))


def test_small_vgg_has_stride_four_and_stages() -> None:
    net = SmallVgg(width=4)
    assert net(crops(side=32))[0].shape == (3, net.channels, 8, 8)
    assert list(net.stages()) == ["stage1", "stage2", "stage3"]
    assert sum(weights(stage) for stage in net.stages().values()) == weights(net)


def test_simsiam_is_what_the_paper_says() -> None:
    """Projector of three layers, the last norm without weights; predictor of two with a bottleneck and no norm."""
    net = SimSiam(nn.Flatten(), 48, outputs=12, hidden=3)
    output = net(crops(4, 4, 1), crops(4, 4, 2))
    assert all(part.shape == (4, 12) for part in output)
    torch.testing.assert_close(output.projected_a_ND.mean(0), torch.zeros(12), atol=1e-5, rtol=0)
    torch.testing.assert_close(net.predictor(output.projected_b_ND), output.predicted_b_ND)
    assert [layer.weight.shape for layer in net.projector if isinstance(layer, nn.Linear)] == [
        (48, 48),
        (48, 48),
        (12, 48),
    ]
    assert weights(net) == 2 * (48 * 48 + 2 * 48) + 12 * 48 + (12 * 3 + 2 * 3) + (3 * 12 + 12)
    standard = SimSiam(nn.Identity(), 8)
    assert standard.predictor[0].weight.shape == (512, 2048)


@pytest.mark.parametrize("build", [lambda: small_decision_net(16, 4), lambda: TwoChannel(small_vgg(1, 6, 4))])
def test_decisions_can_be_learnt(build) -> None:
    """The same crop with noise, or another: easy, but untrained networks do not know it."""
    torch.manual_seed(0)
    net = build()
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    same = (torch.arange(32) % 2 == 0).float()
    losses = []
    for _ in range(100):
        first = torch.randn(32, 3, 1, 1) + 0.3 * torch.randn(32, 3, 8, 8)
        colour = torch.where(same[:, None, None, None] > 0, first.mean((2, 3), keepdim=True), torch.randn(32, 3, 1, 1))
        logit = net(first, colour + 0.3 * torch.randn(32, 3, 8, 8))
        loss = functional.binary_cross_entropy_with_logits(logit, same)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-10:]) / 10 < 0.75 * sum(losses[:3]) / 3
