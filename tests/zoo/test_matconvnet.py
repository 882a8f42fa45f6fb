"""MATLAB files of MatConvNet: written here from a network of ours, by rules of their own, and read back."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from siamtrack.cli.main import app
from siamtrack.nets.siamese import SiameseNet
from siamtrack.zoo.weights import WeightsError, load_weights, read_state

from ..random_nets import random_crops, random_net

io = pytest.importorskip("scipy.io")


def parameters(net: SiameseNet, prefix: str) -> dict[str, np.ndarray]:
    """What `vl_nnconv` and `vl_nnbnorm` would need to compute what the backbone computes."""
    values = {}
    for number in range(1, 6):
        conv, *norm = getattr(net.backbone, f"conv{number}")
        values[f"{prefix}conv{number}f"] = np.einsum("oihw->hwio", conv.weight.numpy())
        values[f"{prefix}conv{number}b"] = conv.bias.numpy()[:, None]
        for bn in norm:
            sigma = np.sqrt(bn.running_var.numpy().astype(float) + bn.eps)
            values[f"{prefix}bn{number}m"] = bn.weight.numpy()[:, None]
            values[f"{prefix}bn{number}b"] = bn.bias.numpy()[:, None]
            values[f"{prefix}bn{number}x"] = np.stack((bn.running_mean.numpy(), sigma), 1)
    return values


def write(path: Path, values: Mapping[str, np.ndarray]) -> Path:
    """As `save(path, 'net', 'stats')` writes a DagNN: a struct whose `params` is an array of structs."""
    params = np.zeros((1, len(values)), [("name", object), ("value", object), ("learningRate", object)])
    for column, (name, value) in enumerate(values.items()):
        params[0, column] = (name, value.astype(np.float32), 1.0)
    net: dict[str, Any] = {"layers": np.zeros((1, 3)), "params": params, "meta": {"a": 1.0}}
    io.savemat(path, {"net": net, "stats": {"train": 0.5}})
    return path


@pytest.fixture(scope="module")
def siamfc() -> SiameseNet:
    return random_net("siamfc_3s")


def assert_same_responses(path: Path, model: str, net: SiameseNet) -> None:
    loaded = random_net(model, seed=1)
    load_weights(loaded, model, path)
    crops = random_crops(net)
    with torch.inference_mode():
        torch.testing.assert_close(loaded(*crops).cls_NCHW, net(*crops).cls_NCHW, rtol=0, atol=1e-4)


@pytest.fixture
def published(siamfc: SiameseNet, tmp_path: Path) -> Path:
    adjust = {"adjust_f": np.array([[2e-3]]), "adjust_b": np.array([[-0.5]])}
    return write(tmp_path / "2016-08-17.net.mat", parameters(siamfc, "") | adjust)


def test_siamese_fc(siamfc: SiameseNet, published: Path) -> None:
    assert_same_responses(published, "siamfc_3s", siamfc)


def test_siamese_fc_converted(siamfc: SiameseNet, published: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    ran = CliRunner().invoke(app, ["convert", str(published), "-o", str(out), "--model", "siamfc_5s"])
    assert ran.exit_code == 0, ran.output
    assert ran.stdout == f"{out}: siamfc_5s, from the layout of MatConvNet\n"
    assert_same_responses(out, "siamfc_5s", siamfc)


def test_cfnet_s_baseline(tmp_path: Path) -> None:
    """Its response passes a batch norm: 4 (r - 1000) / 2000 + 1.5 = 0.002 r - 0.5."""
    net = random_net("siamfc_v2")
    norm = {"m": np.array([[4.0]]), "b": np.array([[1.5]]), "x": np.array([[1000.0, 2000.0]])}
    final = {f"fin_adjust_bn{part}": value for part, value in norm.items()}
    path = write(tmp_path / "baseline-conv5_e55.mat", parameters(net, "br_") | final)
    assert_same_responses(path, "siamfc_v2", net)


def test_a_file_for_another_model_says_what_it_is(published: Path) -> None:
    with pytest.raises(
        WeightsError, match=r"does not fit siamfc: it looks like MatConvNet and fits siamfc_3s, siamfc_5s"
    ):
        load_weights(random_net("siamfc"), "siamfc", published)


@pytest.mark.parametrize("content", [{"net": {"layers": 1.0}}, {"images": np.ones((2, 2))}, {"net": np.ones((2, 2))}])
def test_other_matlab_files_are_named(tmp_path: Path, content: dict[str, Any]) -> None:
    io.savemat(tmp_path / "other.mat", content)
    with pytest.raises(WeightsError, match=r"other\.mat is not readable.*expected a MatConvNet network"):
        read_state(tmp_path / "other.mat")


def test_damaged_matlab_files_are_named(siamfc: SiameseNet, tmp_path: Path) -> None:
    data = write(tmp_path / "whole.mat", parameters(siamfc, "")).read_bytes()
    for share in (0.0, 0.001, 0.5, 0.999):
        (tmp_path / "cut.mat").write_bytes(data[: int(len(data) * share)])
        with pytest.raises(WeightsError, match=r"cut\.mat"):
            read_state(tmp_path / "cut.mat")


def test_without_scipy_the_extra_is_named(siamfc: SiameseNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "net.mat", parameters(siamfc, ""))
    imported = builtins.__import__

    def no_scipy(name: str, *rest: Any) -> Any:
        if name.startswith("scipy"):
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_scipy)
    with pytest.raises(WeightsError, match=r"pip install 'siamtrack\[matlab\]'"):
        read_state(path)
