"""The loss by hand, and the collapse that its stop-gradient prevents."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from siamtrack.losses.simsiam import output_spread, simsiam_loss
from siamtrack.nets.embedding import SimSiam


def test_by_hand() -> None:
    """Cosines 1 and 0, so -1/2; by eq. 2 and 4 the value is the same with and without the stop-gradient."""
    p_a, p_b = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    z_a, z_b = torch.tensor([[5.0, 0.0]]), torch.tensor([[7.0, 0.0]])
    assert simsiam_loss(p_a, p_b, z_a, z_b).item() == pytest.approx(-0.5)
    assert simsiam_loss(p_a, p_b, z_a, z_b, stop_gradient=False).item() == pytest.approx(-0.5)


def test_the_gradient_reaches_predictions_alone() -> None:
    p_a, p_b, z_a, z_b = (torch.randn(4, 3, requires_grad=True) for _ in range(4))
    simsiam_loss(p_a, p_b, z_a, z_b).backward()
    assert p_a.grad is not None and p_b.grad is not None and z_a.grad is None and z_b.grad is None
    simsiam_loss(p_a, p_b, z_a, z_b, stop_gradient=False).backward()
    assert z_a.grad is not None and z_a.grad.abs().sum() > 0


@given(st.integers(0, 999))
def test_between_minus_one_and_one_and_symmetric(seed: int) -> None:
    p_a, p_b, z_a, z_b = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(seed))
    loss = simsiam_loss(p_a, p_b, z_a, z_b)
    assert -1 <= loss.item() <= 1
    torch.testing.assert_close(simsiam_loss(p_b, p_a, z_b, z_a), loss)
    torch.testing.assert_close(simsiam_loss(3 * p_a, p_b, z_a, 9 * z_b), loss)
    assert simsiam_loss(z_b, z_a, z_a, z_b).item() == pytest.approx(-1, abs=1e-6)


def test_the_spread_of_gaussians_and_of_a_collapse() -> None:
    healthy = torch.randn(4000, 64, generator=torch.Generator().manual_seed(0))
    assert output_spread(healthy).item() == pytest.approx(1 / math.sqrt(64), rel=0.02)
    assert output_spread(healthy * torch.rand(4000, 1)).item() == pytest.approx(output_spread(healthy).item())
    assert output_spread(torch.ones(9, 64)).item() < 1e-6
    with pytest.raises(ValueError, match="1 rows have no spread"):
        output_spread(torch.ones(1, 64))


def test_bad_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(4, 3\), \(4, 3\), \(1, 3\), \(4, 3\)"):
        simsiam_loss(torch.ones(4, 3), torch.ones(4, 3), torch.ones(1, 3), torch.ones(4, 3))


def spread_after_training(stop_gradient: bool) -> float:
    """Relative to a healthy 1 / sqrt(D); noisy views of random vectors, a few thousand weights."""
    torch.manual_seed(0)
    net = SimSiam(nn.Sequential(nn.Linear(32, 32), nn.BatchNorm1d(32), nn.ReLU()), inputs=32, outputs=32, hidden=8)
    optimiser = torch.optim.SGD(net.parameters(), 0.2, momentum=0.9, weight_decay=1e-4)
    for _ in range(600):
        things = torch.randn(64, 32)
        output = net(things + 0.3 * torch.randn(64, 32), things + 0.3 * torch.randn(64, 32))
        optimiser.zero_grad()
        simsiam_loss(*output, stop_gradient=stop_gradient).backward()
        optimiser.step()
    return output_spread(output.projected_a_ND.detach()).item() * math.sqrt(32)


def test_without_the_stop_gradient_the_outputs_collapse(record_property) -> None:
    """Section 4.1, figure 2. The last batch norm, which rescales what has shrunk, makes it a matter of some time."""
    kept, lost = spread_after_training(True), spread_after_training(False)
    record_property("spread with and without stop-gradient", (kept, lost))
    assert kept > 0.9
    assert lost < 0.65
