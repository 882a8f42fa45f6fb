"""What staged unfreezing relies on: every backbone names its stages, and they are all of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from siamtrack.nets.siamese import SiameseNet
from siamtrack.zoo import builders

_STAGES: list[tuple[Callable[[], SiameseNet], list[str]]] = [
    (builders.siamtrack_s, ["stem", "top"]),
    (builders.siamfc, ["conv1", "conv2", "conv3", "conv4", "conv5"]),
    (builders.siamdw_fc_res22, ["stem", "layer1", "layer2"]),
    (builders.siamfcpp_googlenet, ["stem", "mixed5", "mixed6", "reduce"]),
    (builders.siamdw_fc_incep22, ["stem", "layer1", "layer2"]),
    (builders.siamdw_fc_next22, ["stem", "layer1", "layer2"]),
    (builders.siamrpn_r50, ["stem", "layer1", "layer2", "layer3", "layer4"]),
    (builders.siammask, ["stem", "layer1", "layer2", "layer3"]),
    (builders.siamrpn_mobilev2, [f"layer{number}" for number in range(8)]),
    (builders.nanotrack_v1, [f"layer{number}" for number in range(9)]),
    (builders.nanotrack_v3, [f"layer{number}" for number in range(10)]),
    (builders.lighttrack_m, ["stem", *(f"layer{number}" for number in range(5))]),
]


@pytest.mark.parametrize(("build", "names"), _STAGES, ids=lambda value: getattr(value, "__name__", ""))
def test_stages_in_order_hold_every_parameter_once(build: Callable[[], SiameseNet], names: list[str]) -> None:
    with torch.device("meta"):
        backbone = build().backbone
    stages = backbone.stages()
    assert list(stages) == names
    ours = [parameter for stage in stages.values() for parameter in stage.parameters()]
    assert len(ours) == len({id(parameter) for parameter in ours})
    assert {id(parameter) for parameter in ours} == {id(parameter) for parameter in backbone.parameters()}
    assert {key.split(".")[0] for key in backbone.state_dict()} == set(names)
