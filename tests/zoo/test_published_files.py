"""Published checkpoints as files: old formats and wrappings, given for another model, converted.

MATLAB files are in test_matconvnet.py.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from typer.testing import CliRunner

from siamtrack.cli.main import app
from siamtrack.version import __version__
from siamtrack.zoo.convert import fitting_layout
from siamtrack.zoo.presets import get_preset
from siamtrack.zoo.recognise import Fit
from siamtrack.zoo.weights import WeightsError, load_weights, read_state

from ..random_nets import MARGIN_PX, random_crops, tensors
from .published import PUBLISHED, empty_state, published_keys, published_state

_FILES = [row for row in PUBLISHED if row[1] != "MatConvNet"]


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize(("golden", "layout", "model"), _FILES)
def test_plain_prefixed_and_wrapped(
    shared: Path, tmp_path: Path, golden: str, layout: str, model: str, legacy: bool
) -> None:
    """In both formats of PyTorch; the older one, of the years 2017 to 2020, is no zip."""
    state, target = published_state(shared, golden), empty_state(model)
    prefixed = {f"module.{key}": value for key, value in state.items()}
    old = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    training = {"epoch": 20, "arch": "x", "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}}
    contents: list[dict[str, Any]] = [state, prefixed, old, {"state_dict": prefixed} | training]
    contents += [{"model": state}, {"net": state}, {"model_state_dict": state, "optimizer_state": {}}]
    for content in contents:
        torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=not legacy)
        read = read_state(tmp_path / "w.pth")
        assert all(value.equal(state[key]) for key, value in read.items())
        assert fitting_layout(read, target) == layout


@pytest.fixture(scope="module")
def small() -> Any:
    return get_preset("nanotrack_v1").build(), get_preset("siamtrack-s").build()


@pytest.mark.parametrize(("golden", "layout", "model"), _FILES)
def test_given_for_another_model_it_says_what_it_is(
    shared: Path, tmp_path: Path, small: Any, golden: str, layout: str, model: str
) -> None:
    torch.save(published_state(shared, golden), tmp_path / "w.pth")
    with pytest.raises(WeightsError) as caught:
        load_weights(small[1], "siamtrack-s", tmp_path / "w.pth")
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'w.pth'} does not fit siamtrack-s: it looks like ")
    looks, fits = message.split("it looks like ")[1].split(" and fits ")
    assert looks == Fit(model, layout).origin
    assert model in fits.split(", ")


def test_an_unknown_variant_names_the_nearest_model_and_what_differs(shared: Path, tmp_path: Path, small: Any) -> None:
    """pysot's SiamRPN with six anchors."""
    state = published_state(shared, "siamrpn_alex_dwxcorr_s0")
    for branch, channels in (("cls", 12), ("loc", 24)):
        for part, shape in (("weight", (channels, 256, 1, 1)), ("bias", (channels,))):
            state[f"rpn_head.{branch}.head.3.{part}"] = torch.zeros(1).expand(shape)
    torch.save(state, tmp_path / "w.pth")
    expected = r"it looks like pysot, near to siamrpn_alex_dwxcorr; but head\.cls\.head\.3\.bias is 12 instead of 10$"
    with pytest.raises(WeightsError, match=expected):
        load_weights(small[0], "nanotrack_v1", tmp_path / "w.pth")


_LARGE = ("siamrpn_r50_l234_dwxcorr", "siammask_r50_l3", "siamban", "siamcar", "siamdw_rpn_res22")


@pytest.mark.parametrize(
    ("golden", "layout", "model"),
    [pytest.param(*row, marks=pytest.mark.slow if row[2].startswith(_LARGE) else ()) for row in _FILES],
)
def test_converted_it_gives_the_same_outputs(
    shared: Path, tmp_path: Path, golden: str, layout: str, model: str
) -> None:
    rng = np.random.default_rng(0)
    state = {}
    for key, (shape, dtype) in published_keys(shared, golden).items():
        values = (
            rng.standard_normal(shape) / np.prod(shape[1:]) ** 0.5 if len(shape) > 1 else rng.uniform(0.5, 1, shape)
        )
        state[key] = torch.from_numpy(np.asarray(values)).to(getattr(torch, dtype))
    torch.save(state, tmp_path / "w.pth")
    assert_converts(tmp_path / "w.pth", layout, model, tmp_path)


_REAL = {
    "nanotrackv1.pth": ("NanoTrack v1", "nanotrack_v1"),
    "nanotrackv2.pth": ("NanoTrack v2", "nanotrack_v2"),
    "nanotrackv3.pth": ("NanoTrack v3", "nanotrack_v3"),
    "LightTrackM_reassembled.pth": ("LightTrack", "lighttrack_m"),
    "siamfc_3s_color_int8dequant.pth": ("siamtrack", "siamfc"),
}


@pytest.mark.parametrize("file", _REAL)
def test_real_files_convert(shared: Path, tmp_path: Path, file: str) -> None:
    assert_converts(shared / "data/weights" / file, *_REAL[file], tmp_path)


def assert_converts(source: Path, layout: str, model: str, folder: Path) -> None:
    out = folder / "out.safetensors"
    ran = CliRunner().invoke(app, ["convert", str(source), "-o", str(out), "--model", model])
    assert ran.exit_code == 0, ran.output
    with safe_open(out, framework="pt") as file:
        said = {key: json.loads(value) for key, value in file.metadata().items()}
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    assert said == {
        "model": model,
        "layout": Fit(model, layout).origin,
        "source": [source.name],
        "sha256": [sha256],
        "siamtrack": __version__,
    }
    nets = get_preset(model).build().eval(), get_preset(model).build().eval()
    for net, path in zip(nets, (source, out), strict=True):
        load_weights(net, model, path)
    with torch.inference_mode():
        crops = random_crops(nets[0], margin=MARGIN_PX)
        for published, converted in zip(*(tensors(net(*crops)) for net in nets), strict=True):
            assert published.isfinite().all() and published.equal(converted)
