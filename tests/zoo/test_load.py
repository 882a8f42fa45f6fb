"""From a name and a file to a tracker, and what is said where that does not work."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from siamtrack.nets.siamese import SiameseNet
from siamtrack.zoo.load import list_models, load, resolve_device
from siamtrack.zoo.presets import PRESETS
from siamtrack.zoo.weights import WeightsError, bundled_weights, load_weights, provenance, read_state, save_weights

from ..random_nets import random_net

_MODEL = "siamtrack-s"


@pytest.fixture(scope="module")
def net() -> SiameseNet:
    return random_net(_MODEL)


@pytest.fixture
def good(net: SiameseNet, tmp_path: Path) -> Path:
    save_weights(net, tmp_path / "good.safetensors", {})
    return tmp_path / "good.safetensors"


def assert_loads(path: Path, net: SiameseNet) -> None:
    other = random_net(_MODEL, seed=1)
    load_weights(other, _MODEL, path)
    state = net.state_dict()
    assert all(value.equal(state[key]) for key, value in other.state_dict().items())


def test_save_and_load_round_trip(net: SiameseNet, good: Path) -> None:
    assert_loads(good, net)


def test_a_loaded_tracker_computes_what_the_net_computes(net: SiameseNet, good: Path) -> None:
    tracker = load(_MODEL, "cpu", good)
    generator = torch.Generator().manual_seed(0)
    z, x = (torch.rand(1, 3, side, side, generator=generator) * 255 for side in (128, 256))
    box = torch.tensor([[1.0, -2.0, 60.0, 50.0]])
    with torch.inference_mode():
        for ours, expected in zip(tracker.net(z, box, x), net(z, box, x), strict=True):
            torch.testing.assert_close(ours, expected, rtol=0, atol=1e-3)


def test_metadata_keeps_provenance(net: SiameseNet, tmp_path: Path) -> None:
    said = {"scores": {"OTB": 0.75}, "steps": 1000, "data": ["a", "b"], "commit": "abc"}
    save_weights(net, tmp_path / "w.safetensors", said)
    with safe_open(tmp_path / "w.safetensors", framework="pt") as file:
        assert {key: json.loads(value) for key, value in file.metadata().items()} == said


def test_bundled_weights_load_and_say_where_they_come_from() -> None:
    assert bundled_weights("siamfc") is None
    assert provenance("siamfc") == {}
    names = [name for name in PRESETS if bundled_weights(name) is not None]
    if not names:
        pytest.skip("no weights are bundled yet")
    for name in names:
        load(name, "cpu")
        assert provenance(name)


def test_the_default_is_the_bundled_model() -> None:
    if bundled_weights(_MODEL) is None:
        pytest.skip("no weights are bundled yet")
    tracker = load(device="cpu")
    frame = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    tracker.start(frame, (10, 10, 20, 20))
    assert np.isfinite(tracker.track(frame).boxes).all()


def test_models_without_bundled_weights_say_where_to_find_them() -> None:
    with pytest.raises(WeightsError, match="siamfc.*weights=PATH.*siamfc_alexnet_e50.pth"):
        load("siamfc", "cpu")


def test_listing_says_which_weights_are_bundled() -> None:
    for info in list_models():
        assert info.bundled == (bundled_weights(info.name) is not None)


@pytest.mark.parametrize("wrap", ["plain", "state_dict", "module"])
def test_pytorch_checkpoints_plain_wrapped_or_prefixed(net: SiameseNet, tmp_path: Path, wrap: str) -> None:
    state: Any = net.state_dict()
    if wrap == "state_dict":
        state = {"epoch": 20, "state_dict": state, "optimizer": {"lr": 0.1}}
    elif wrap == "module":
        state = {"state_dict": {f"module.{key}": value for key, value in state.items()}}
    torch.save(state, tmp_path / "w.pth")
    assert_loads(tmp_path / "w.pth", net)


def test_numpy_numbers_beside_the_tensors(net: SiameseNet, tmp_path: Path) -> None:
    """An optimizer's learning rate is one where NumPy computed the schedule."""
    torch.save({"state_dict": net.state_dict(), "optimizer": {"lr": np.float64(0.1)}}, tmp_path / "w.pth")
    assert_loads(tmp_path / "w.pth", net)
    torch.save({"state_dict": {"w": np.float64(0.1)}}, tmp_path / "number.pth")
    with pytest.raises(WeightsError, match="expected a dict of tensors"):
        read_state(tmp_path / "number.pth")
    torch.save({"state_dict": net.state_dict(), "lr": np.array([0.1], object)}, tmp_path / "array.pth")
    with pytest.raises(WeightsError, match="code"):
        read_state(tmp_path / "array.pth")


def test_legacy_pytorch_files(net: SiameseNet, tmp_path: Path) -> None:
    """Published checkpoints are often older than the zip format."""
    torch.save(net.state_dict(), tmp_path / "w.model", _use_new_zipfile_serialization=False)
    assert_loads(tmp_path / "w.model", net)


def test_unknown_model_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="'siamtrack_s'.*did you mean 'siamtrack-s'"):
        load("siamtrack_s")


@pytest.mark.parametrize("device", ["gpu", "", "cuda:x", "tpu:0", "meta"])
def test_unknown_devices_are_named(device: str) -> None:
    with pytest.raises(ValueError, match=f"device '{device}'"):
        resolve_device(device)


def test_devices() -> None:
    assert resolve_device("cpu") == torch.device("cpu")
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    absent = "cuda" if not torch.cuda.is_available() else f"cuda:{torch.cuda.device_count()}"
    with pytest.raises(ValueError, match=absent):
        resolve_device(absent)
    if not torch.backends.mps.is_available():
        with pytest.raises(ValueError, match="mps"):
            resolve_device("mps")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nothing.pth is not a file"):
        load(_MODEL, "cpu", tmp_path / "nothing.pth")
    with pytest.raises(WeightsError, match="is a folder"):
        load(_MODEL, "cpu", tmp_path)


def assert_unreadable(path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        read_state(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
@pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
def test_truncated_files_are_named(net: SiameseNet, good: Path, tmp_path: Path, kind: str, share: float) -> None:
    path = tmp_path / ("cut.safetensors" if kind == "safetensors" else "cut.pth")
    if kind == "safetensors":
        path.write_bytes(good.read_bytes())
    else:
        torch.save(net.state_dict(), path, _use_new_zipfile_serialization=kind == "zip")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert_unreadable(path)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("text", ["", "hello world\n", "<!DOCTYPE html>\n<html>404</html>", "404: Not Found", "{}"])
def test_text_files_are_named(tmp_path: Path, text: str, suffix: str) -> None:
    """Such as the page that a failed download left."""
    path = tmp_path / f"page{suffix}"
    path.write_text(text)
    assert_unreadable(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title>", "is a web page"),
        (b"<HTML><body>404</body></HTML>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9364633\n", "git lfs pull"),
        (b"\x1f\x8b\x08\x00", "is a gzip archive"),
    ],
)
def test_what_a_failed_download_leaves_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(WeightsError, match=said):
        read_state(tmp_path / "w.pth")


@given(data=st.binary(max_size=40), suffix=st.sampled_from([".pth", ".safetensors"]))
def test_random_bytes_are_unreadable(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"random{suffix}"
    path.write_bytes(data)
    assert_unreadable(path)


def test_corrupt_safetensors_header(good: Path) -> None:
    data = bytearray(good.read_bytes())
    data[8:40] = b"x" * 32
    good.write_bytes(data)
    assert_unreadable(good)


def test_checkpoints_without_tensors_are_named(tmp_path: Path) -> None:
    for number, content in enumerate([{"epoch": 3}, [1, 2], {}, torch.ones(2)]):
        torch.save(content, tmp_path / f"{number}.pth")
        assert_unreadable(tmp_path / f"{number}.pth")


@pytest.mark.parametrize("other", ["nanotrack_v3", "siamrpn_alex_dwxcorr"])
def test_weights_of_another_model_name_that_model(tmp_path: Path, other: str) -> None:
    torch.save(random_net(other).state_dict(), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=f"w.pth does not fit siamrpn: it looks like siamtrack and fits {other}$"):
        load("siamrpn", "cpu", tmp_path / "w.pth")


def test_weights_of_no_model_say_so(tmp_path: Path) -> None:
    torch.save({"layer.weight": torch.ones(3)}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="'layer.weight'.*fits no known model"):
        load("siamrpn", "cpu", tmp_path / "w.pth")


class Bomb:
    """Runs code when it is unpickled the ordinary way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("writer", ["torch", "torch legacy", "pickle"])
def test_code_in_a_checkpoint_is_not_run(tmp_path: Path, writer: str) -> None:
    trace, path = tmp_path / "executed", tmp_path / "bomb.pth"
    content = {"state_dict": {"backbone.w": torch.ones(1)}, "bomb": Bomb(trace)}
    if writer == "pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=writer == "torch")
    with pytest.raises(WeightsError, match="bomb.pth.*code"):
        load(_MODEL, "cpu", path)
    assert not trace.exists()
    if writer == "pickle":
        pickle.loads(path.read_bytes())
        assert trace.exists()  # the bomb is live: it was the reader that kept it from going off
