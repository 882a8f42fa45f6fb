"""`siamtrack verify` as a person calls it, and its training from a drawn pack."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner, Result

from siamtrack.cli.main import app
from siamtrack.video import open_source
from siamtrack.zoo.load import load_verifier

from ..training.tiny import draw_pack

ROOT = Path(__file__).parents[2]
_CAR, _OTHER = "305,140,235,186", "30,110,120,140"


def siamtrack(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two frames of the example clip, a few apart."""
    folder = tmp_path_factory.mktemp("frames")
    with open_source(ROOT / "examples/market_street_1906.mp4", end=6) as source:
        images = [frame.image for frame in source]
    paths = [folder / "first.png", folder / "later.png"]
    for path, image in zip(paths, (images[0], images[5]), strict=True):
        cv2.imwrite(str(path), image)
    return paths


def test_the_same_and_another_object(frames: list[Path]) -> None:
    ran = siamtrack("verify", *frames, "--box-a", _CAR, "--box-b", _CAR, "--json")
    said = json.loads(ran.stdout)
    assert ran.exit_code == 0 and said["same"] and said["score"] >= said["threshold"]
    ran = siamtrack("verify", *frames, "--box-a", _CAR, "--box-b", _OTHER)
    assert ran.exit_code == 3 and ran.stdout.startswith("different: score ")


def test_whole_images_and_other_rates(frames: list[Path]) -> None:
    strict, loose = (
        json.loads(siamtrack("verify", *frames, "--false-accepts", rate, "--json").stdout) for rate in (0.001, 0.1)
    )
    assert strict["score"] == loose["score"] and strict["threshold"] > loose["threshold"]


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (["--box-a", "900,0,10,10"], 1, "first.png: box (900.0, 0.0, 10.0, 10.0) lies outside the 540x360 frame"),
        (["--box-a", "1,2,3"], 2, "is not a box"),
        (["--box-b", "5,1,2,3,4"], 2, "five numbers"),
        (["--false-accepts", "0.5"], 1, "false accepts of 0.5, expected 0.001 to 0.1"),
        (["--device", "abacus"], 2, "abacus"),
    ],
)
def test_what_is_wrong_is_said(frames: list[Path], more: list[str], status: int, said: str) -> None:
    ran = siamtrack("verify", *frames, *more)
    assert ran.exit_code == status and said in " ".join(ran.output.split())


def test_unreadable_images_are_named(frames: list[Path], tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_text("no image")
    for path in (tmp_path / "broken.png", tmp_path / "nowhere.png"):
        ran = siamtrack("verify", frames[0], path)
        assert ran.exit_code == 1 and f"{path} is not a readable image" in ran.output


def test_from_a_pack_to_weights_that_verify(frames: list[Path], tmp_path: Path) -> None:
    """Two steps of the shipped configuration on drawn tracks; a checkpoint has no thresholds yet."""
    recipe = yaml.safe_load((ROOT / "configs/train/verifier.yaml").read_text())
    recipe |= {"init": "random", "steps": 2, "batch": 4, "micro_batch": 4, "log_every": 1, "validate_pairs": 8}
    recipe["data"] = {"holdout_percent": 50, "sources": {"pack": {}}}
    config, out = tmp_path / "verifier.yaml", tmp_path / "run"
    config.write_text(yaml.safe_dump(recipe))
    pack = draw_pack(tmp_path / "pack", tracks=8)
    cv2.imwrite(str(pack / "photos/wall.png"), np.full((90, 90, 3), 99, np.uint8))
    ran = siamtrack("train", config, "--data", f"pack={pack}", "-o", out, "--device", "cpu")
    assert ran.exit_code == 0, ran.output
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert 0 <= lines[-1]["pair_auc"] <= 1 and "track_auc" not in lines[-1] and (out / "pictures/000002.jpg").is_file()
    assert load_verifier(device="cpu", weights=out / "last.pt").embed(cv2.imread(str(frames[0])), [0, 0, 50, 50]).any()
    ran = siamtrack("verify", *frames, "--weights", out / "last.pt")
    assert ran.exit_code == 1 and "no measured thresholds" in ran.output
