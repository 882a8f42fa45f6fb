import pytest
import torch

from siamtrack.training.unfreeze import parameter_groups, set_trainable
from siamtrack.zoo.presets import PRESETS

from .tiny import tiny_config, tiny_net, tiny_trainer

_STAGES = [{"stages": ["top"], "from_epoch": 1, "norms": "fixed"}, {"stages": ["stem"], "from_step": 5}]


def trained(module: torch.nn.Module) -> bool:
    (state,) = {parameter.requires_grad for parameter in module.parameters()}
    return state


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, (False, False, False)), (2, (True, False, False)), (4, (True, False, False)), (5, (True, True, True))],
)
def test_stages_are_trained_from_their_time_on(step, expected):
    net, config = tiny_net(), tiny_config(unfreeze=_STAGES, pairs_per_epoch=16)
    set_trainable(net, config, step)
    trunk = net.backbone
    assert (trained(trunk.top), trained(trunk.stem), trunk.stem[1].training) == expected
    assert not trunk.top[1].training  # its norms stay fixed
    assert trained(net.head) and net.head.neck[1].training


def test_frozen_parts_of_the_head_stay_as_they_are():
    net = tiny_net()
    set_trainable(net, tiny_config(frozen=["neck"]), 0)
    assert not trained(net.head.neck) and not net.head.neck[1].training
    assert trained(net.head.cls)
    with pytest.raises(ValueError, match="the head has no part 'nick'; did you mean 'neck'"):
        set_trainable(net, tiny_config(frozen=["nick"]), 0)


def test_groups_hold_every_parameter_that_will_ever_be_trained_once():
    net, config = tiny_net(), tiny_config(unfreeze=_STAGES, pairs_per_epoch=16)
    groups = parameter_groups(net, config.unfreeze)
    found = [parameter for group in groups for parameter in group["params"]]
    assert len(found) == len(set(found)) and set(found) == set(net.parameters())
    head_alone = parameter_groups(net, ())
    assert set(head_alone[0]["params"]) == set(net.head.parameters()) and len(head_alone) == 1


def test_unknown_and_repeated_stages_are_named():
    with pytest.raises(ValueError, match="no stage 'steam'; did you mean 'stem'"):
        parameter_groups(tiny_net(), tiny_config(unfreeze=[{"stages": ["steam"]}]).unfreeze)
    with pytest.raises(ValueError, match="names top twice"):
        parameter_groups(tiny_net(), tiny_config(unfreeze=[{"stages": ["top"]}, {"stages": ["top"]}]).unfreeze)


def test_weights_and_statistics_move_when_their_time_has_come_and_not_before(pack, tmp_path):
    trainer = tiny_trainer(pack, tmp_path, unfreeze=[{"stages": ["stem"], "from_step": 1}])
    states = []
    for step in range(2):
        trainer._train_step([trainer.train_pairs.batch(range(4))])
        trainer.step = step + 1
        states.append({key: value.clone() for key, value in trainer.net.backbone.state_dict().items()})
    fresh = tiny_net().backbone.state_dict()
    assert all(torch.equal(states[0][key], fresh[key]) for key in fresh)
    moved = {key for key in fresh if not torch.equal(states[1][key], fresh[key])}
    assert moved == {key for key in fresh if key.startswith("stem")}


@pytest.mark.parametrize("name", PRESETS)
def test_every_trunk_has_stages_that_hold_all_of_it(name):
    with torch.device("meta"):
        trunk = PRESETS[name].build().backbone
    held = [parameter for stage in trunk.stages().values() for parameter in stage.parameters()]
    assert set(held) == set(trunk.parameters()) and len(held) == len(set(held))
