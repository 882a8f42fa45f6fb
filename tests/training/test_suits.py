"""Losses and heads."""

from __future__ import annotations

import pytest
import torch
from pydantic import TypeAdapter

from siamtrack.data.pairs import PairBatch
from siamtrack.nets.siamese import SiameseNet
from siamtrack.training.criteria import make_criterion
from siamtrack.training.criterion_config import CriterionConfig
from siamtrack.training.suits import _SUITABLE, check_loss
from siamtrack.zoo.presets import PRESETS
from siamtrack.zoo.verifiers import VERIFIERS, build_network


def loss_of(kind: str) -> CriterionConfig:
    parsed: CriterionConfig = TypeAdapter(CriterionConfig).validate_python({"kind": kind})
    return parsed


@pytest.mark.parametrize("name", [*PRESETS, *VERIFIERS])
def test_every_network_has_a_loss(name: str) -> None:
    with torch.device("meta"):
        net = build_network(name)
    kinds = ["batch_hard"] if name in VERIFIERS else _SUITABLE[type(net.head)]
    for kind in kinds:
        check_loss(loss_of(kind), net)
    with pytest.raises(ValueError, match=f"loss.kind is .*; the network's head is taught with {kinds[0]}"):
        check_loss(loss_of("ban" if "ban" not in kinds else "anchor"), net)


@pytest.mark.parametrize("name", ["siamfcpp_alexnet", "nanotrack_v2", "lighttrack_m"])
def test_heads_that_no_recipe_trains_learn_from_their_loss(name: str) -> None:
    torch.manual_seed(0)
    net = build_network(name)
    assert isinstance(net, SiameseNet)
    net.train()
    template, search = torch.rand(2, 3, net.spec.template_px, net.spec.template_px) * 255, net.spec.search_px
    search_N3HW, box_N4 = torch.rand(2, 3, search, search) * 255, torch.tensor([[4.0, -6, 60, 40]] * 2)
    batch = PairBatch(template, box_N4, search_N3HW, box_N4, torch.tensor([True, False]))
    (kind,) = _SUITABLE[type(net.head)]
    losses = make_criterion(loss_of(kind))(net, net(template, box_N4, search_N3HW), batch)
    losses.total.backward()
    gradients = [parameter.grad for parameter in net.head.parameters()]
    assert losses.total.isfinite() and all(grad is not None and grad.isfinite().all() for grad in gradients)
    assert sum(bool(grad.any()) for grad in gradients if grad is not None) > len(gradients) // 2
