"""The command on a drawn pack, from nothing to a checkpoint that can be tracked with."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from typer.testing import CliRunner

from siamtrack.cli.main import app
from siamtrack.training.ema import mean_weights
from siamtrack.zoo.load import load
from siamtrack.zoo.weights import bundled_weights, provenance, provenance_of, read_state

from ..training.tiny import draw_pack

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return draw_pack(tmp_path_factory.mktemp("train") / "pack", tracks=8)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "run.yaml"
    settings = {
        "model": "siamtrack-s",
        "init": "random",
        "steps": 2,
        "batch": 4,
        "micro_batch": 2,
        "amp": "none",
        "unfreeze": [{"stages": ["top"], "norms": "fixed"}],
        "loss": {"kind": "point"},
        "log_every": 1,
        "validate_pairs": 4,
        "validate_tracks": 1,
        "data": {"holdout_percent": 50, "sources": {"pack": {}}},
        "pairs": {"search_shift_px": 32},
    }
    path.write_text(yaml.safe_dump(settings))
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


def test_from_nothing_to_weights_that_load(data, config, tmp_path):
    out = tmp_path / "run"
    ran = run(config, "steps=1", "keep_at=[1]", "--data", f"pack={data}", "-o", out, "--device", "cpu")
    assert ran.exit_code == 0, ran.output
    ran = run(config, "--data", f"pack={data}", "-o", out, "--device", "cpu")  # two steps: it goes on from the first
    assert ran.exit_code == 0, ran.output
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 1, 2, 2]
    assert {"track_auc", "best_iou"} <= lines[-1].keys()
    load("siamtrack-s", "cpu", out / "last.pt")

    made, tool = tmp_path / "packed.safetensors", [sys.executable, ROOT / "tools/package_weights.py"]
    bundled, copy, last = bundled_weights("siamtrack-s"), out / "step-1.pt", out / "last.pt"
    parts = ["--earlier", bundled, "--copies", bundled, copy, "--beside", last]
    subprocess.run([*tool, last, "siamtrack-s", "--data", "drawn", *parts, "-o", made], check=True)
    torch.testing.assert_close(
        read_state(made), mean_weights([read_state(path) for path in (bundled, copy, last, last)])
    )
    runs = provenance_of(made)["runs"]
    assert runs[:-2] == provenance("siamtrack-s")["runs"]
    assert runs[-2]["mean of the copies after steps"] == [0, 1, 2] and runs[-1]["averaged with"] == "the run before"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("stepz=3", "did you mean 'steps'"),
        ("init=trunk", "a file to begin with"),
        ("unfreeze=[{stages: [tip]}]", "'top'"),
        ("compile=true", "compile is for GPUs"),
    ],
)
def test_what_is_wrong_is_said(data, config, tmp_path, change, said):
    ran = run(config, change, "--data", f"pack={data}", "-o", tmp_path / "run", "--device", "cpu")
    assert ran.exit_code == 1 and said in ran.output


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [("somewhere", 2, "expected NAME=FOLDER"), ("coco-train=somewhere", 1, "given were those of ['coco-train']")],
)
def test_folders_are_given_by_name(config, tmp_path, given, status, said):
    ran = run(config, "--data", given, "-o", tmp_path / "run", "--device", "cpu")
    assert ran.exit_code == status and said in ran.output


def test_a_corrupt_image_is_named(config, tmp_path):
    broken = draw_pack(tmp_path / "pack", tracks=8)
    for path in broken.glob("*.png"):
        path.write_bytes(path.read_bytes()[:50])
    ran = run(config, "--data", f"pack={broken}", "-o", tmp_path / "run", "--device", "cpu")
    assert ran.exit_code == 1 and ".png is not a readable image" in ran.output


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--processes", "torchrun"])
def test_two_processes_from_the_command_line(data, config, tmp_path, how):
    start = [sys.executable, "-m"]
    start += ["torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m"] if how == "torchrun" else []
    command = [*start, "siamtrack.cli", "train", config, "--data", f"pack={data}", "--device", "cpu"]
    command += ["-o", tmp_path / "run"]
    command += ["--processes", "2"] if how != "torchrun" else []
    ran = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert [json.loads(line)["step"] for line in (tmp_path / "run/log.jsonl").read_text().splitlines()] == [1, 2, 2]


def test_the_tool_of_the_checkout_is_the_command():
    shown = subprocess.run(
        [sys.executable, ROOT / "tools/train.py", "--help"], capture_output=True, text=True, check=True
    )
    assert "KEY=VALUE" in shown.stdout and "--data" in shown.stdout
