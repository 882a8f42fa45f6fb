"""`siamtrack convert`; every published layout is converted in tests/zoo/test_published_files.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from siamtrack.cli.main import app
from siamtrack.zoo.presets import get_preset
from siamtrack.zoo.weights import bundled_weights, load_weights, provenance, provenance_of


def convert(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["convert", *map(str, arguments)])


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A checkpoint that fits one model alone."""
    torch.save({"state_dict": get_preset("nanotrack_v1").build().state_dict()}, tmp_path / "w.pth")
    return tmp_path / "w.pth"


def test_the_model_is_guessed_where_one_alone_fits(published: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "w.safetensors"
    ran = convert(published, "-o", out)
    assert ran.exit_code == 0, ran.output
    assert ran.stdout == f"{out}: nanotrack_v1, from the layout of siamtrack\n"
    load_weights(get_preset("nanotrack_v1").build(), "nanotrack_v1", out)


def test_several_models_that_fit_are_named(tmp_path: Path) -> None:
    torch.save(get_preset("siamfc_3s").build().state_dict(), tmp_path / "w.pth")
    ran = convert(tmp_path / "w.pth", "-o", tmp_path / "w.safetensors")
    assert ran.exit_code == 1
    assert "fits siamfc_3s, siamfc_5s" in ran.stderr
    assert not (tmp_path / "w.safetensors").exists()


def test_our_own_weights_keep_what_they_say_of_themselves(tmp_path: Path) -> None:
    bundled = bundled_weights("siamtrack-s")
    if bundled is None:
        pytest.skip("no weights are bundled")
    assert convert(bundled, "-o", tmp_path / "w.safetensors").exit_code == 0
    said = provenance_of(tmp_path / "w.safetensors")
    assert said.items() >= provenance("siamtrack-s").items()
    assert said["source"] == [bundled.name]


def test_files_that_were_published_apart_are_joined(tmp_path: Path) -> None:
    """UpdateNet's beside its tracker's."""
    net = get_preset("updatenet").build()
    assert net.update is not None
    files = [tmp_path / "big.pth", tmp_path / "update.pth.tar"]
    published = {f"update.{key.removeprefix('layers.')}": value for key, value in net.update.state_dict().items()}
    torch.save({key: value for key, value in net.state_dict().items() if not key.startswith("update.")}, files[0])
    torch.save({"state_dict": published}, files[1])
    alone = convert(files[1], "-o", tmp_path / "w.safetensors")
    assert alone.exit_code == 1
    assert "a part of updatenet" in alone.stderr
    assert convert(*files, "-o", tmp_path / "w.safetensors").exit_code == 0
    loaded = get_preset("updatenet").build()
    load_weights(loaded, "updatenet", tmp_path / "w.safetensors")
    assert all(value.equal(net.state_dict()[key]) for key, value in loaded.state_dict().items())
    assert provenance_of(tmp_path / "w.safetensors")["source"] == ["big.pth", "update.pth.tar"]
    twice = convert(files[1], files[1], "-o", tmp_path / "w.safetensors")
    assert twice.exit_code == 1
    assert "'update.0.bias', and so does" in twice.stderr


@pytest.mark.parametrize("content", ["", "<!DOCTYPE html><html>quota exceeded</html>", "no weights"])
def test_what_is_no_checkpoint_is_named_and_nothing_written(tmp_path: Path, content: str) -> None:
    (tmp_path / "w.pth").write_text(content)
    ran = convert(tmp_path / "w.pth", "-o", tmp_path / "w.safetensors")
    assert ran.exit_code == 1
    assert "w.pth" in ran.stderr
    assert not (tmp_path / "w.safetensors").exists()


def test_a_model_that_does_not_fit(published: Path, tmp_path: Path) -> None:
    ran = convert(published, "-o", tmp_path / "w.safetensors", "--model", "siamfc")
    assert ran.exit_code == 1
    assert "does not fit siamfc: it looks like siamtrack and fits nanotrack_v1" in ran.stderr


def test_wrong_arguments(published: Path, tmp_path: Path) -> None:
    ours = tmp_path / "w.safetensors"
    ours.write_bytes(b"")
    for arguments, said in (
        ((published, "-o", tmp_path / "w.onnx"), ".safetensors"),
        ((ours, "-o", ours), "itself"),
        ((published, "-o", ours, "--model", "nanotrack_v9"), "nanotrack_v1"),
    ):
        ran = convert(*arguments)
        assert ran.exit_code == 2
        assert said in ran.stderr
    assert ours.read_bytes() == b""
