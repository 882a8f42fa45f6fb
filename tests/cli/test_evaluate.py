"""`siamtrack evaluate`, `report` and `compare` as a person calls them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from siamtrack.cli.main import app

from ..evaluation.conftest import otb_root  # noqa: F401

COMMAND = [sys.executable, "-m", "siamtrack.cli"]
STILL = ["--tracker", "tests.evaluation.still_tracker:StillTracker"]


def siamtrack(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def boxes_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.glob("*.txt")) + sorted(folder.glob("*.value"))}


def test_run_score_and_compare(otb_root, tmp_path):  # noqa: F811
    """The default model and another one over a data set, their report, and what sets them apart."""
    out = tmp_path / "results"
    run = siamtrack("evaluate", "otb100", "--root", otb_root, "-o", out, "--json")
    assert run.exit_code == 0, run.output
    summary = json.loads(run.stdout.strip().splitlines()[-1])
    assert (summary["runs"], summary["kept"], summary["frames"], summary["failures"]) == (4, 0, 38, {})
    assert "4 of 100 sequences of otb100, 38 frames" in run.stderr
    assert siamtrack("evaluate", "otb100", "--root", otb_root, "-o", out, *STILL, "--name", "still").exit_code == 0

    arguments = ["--dataset", "otb100", "--annotations", otb_root]
    report = siamtrack("report", *arguments, "--results", out, "-o", tmp_path / "page", "--json", tmp_path / "r.json")
    assert report.exit_code == 0, report.output
    trackers = {one["name"]: one for one in json.loads((tmp_path / "r.json").read_text())["trackers"]}
    assert trackers["still"]["success_auc"] == pytest.approx(20 / 21)  # the ground truth of these stands still
    assert trackers["siamtrack-s"]["success_auc"] == pytest.approx(summary["scores"]["success_auc"])
    assert 1 < trackers["siamtrack-s"]["fps"] < 1000
    names = {path.name for path in (tmp_path / "page").iterdir()}
    assert {"report.html", "report.md", "report.json", "success.png", "precision.png"} <= names

    compared = siamtrack("compare", out / "still", out / "siamtrack-s", *arguments, "--json", tmp_path / "c.json")
    assert compared.exit_code == 0, compared.output
    found = json.loads((tmp_path / "c.json").read_text())
    effect = sum(one["effect"] for one in found["sequences"])
    assert effect == pytest.approx(trackers["siamtrack-s"]["success_auc"] - trackers["still"]["success_auc"])
    assert {one["differs"] for one in found["sequences"]} == {1}


def test_killed_and_resumed_gives_the_same_bytes(otb_root, tmp_path):  # noqa: F811
    arguments = ["evaluate", "otb100", "--root", str(otb_root), "--lanes", "1", "--quiet", "-o"]
    assert siamtrack(*arguments, tmp_path / "whole").exit_code == 0

    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([*COMMAND, *arguments, str(tmp_path / "killed")], env=environment)
    folder, give_up = tmp_path / "killed/siamtrack-s", time.monotonic() + 60
    while not list(folder.glob("*.txt")) and process.poll() is None and time.monotonic() < give_up:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = len(list(folder.glob("*.txt")))
    assert 1 <= done < 4, "killed too late or too early to show anything"

    assert siamtrack(*arguments, tmp_path / "killed", "--resume").exit_code == 0
    assert boxes_of(folder) == boxes_of(tmp_path / "whole/siamtrack-s")
    assert len(list(folder.glob("*.txt"))) == 4 and not list(folder.rglob("*.part"))


def test_what_went_wrong_is_said_and_the_rest_is_there(otb_root, tmp_path):  # noqa: F811
    fainting = ["--tracker", "tests.evaluation.still_tracker:FaintingTracker"]
    run = siamtrack("evaluate", "otb100", "--root", otb_root, "-o", tmp_path, *fainting, "--json")
    assert run.exit_code == 1
    assert "Jump: " in run.stderr and "0002.jpg: ZeroDivisionError: fainted" in run.stderr
    assert "3 of 4 runs are in" in run.stderr
    assert len(list((tmp_path / "FaintingTracker").glob("*.txt"))) == 3
    assert list(json.loads(run.stdout.strip().splitlines()[-1])["failures"]) == ["Jump"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["otb10", "--root", "."], 2, "did you mean 'otb100'"),
        (["otb100", "--root", "nowhere"], 1, "nowhere holds no OTB sequence"),
        (["otb100", "--root", ".", "--model", "siamtrack-xl"], 2, "siamtrack-xl"),
        (["otb100", "--root", "ROOT", "--protocol", "ope"], 2, "no protocol is called 'ope'"),
        (["otb100", "--root", "ROOT", "--sequences", "Man,Cat"], 1, "no sequence is called 'Cat'"),
        (["otb100", "--root", "ROOT", "--tracker", "nothing"], 1, "expected module:factory"),
        (["otb100", "--root", "ROOT", "--name", "../elsewhere"], 2, "expected the name of one folder"),
    ],
)
def test_bad_arguments(otb_root, tmp_path, arguments, status, message):  # noqa: F811
    arguments = [str(otb_root) if one == "ROOT" else one for one in arguments]
    run = siamtrack("evaluate", *arguments, "-o", tmp_path)
    assert run.exit_code == status
    assert message in " ".join(run.stderr.replace("│", " ").split())


def test_names_are_no_markup_and_numbers_that_do_not_exist_are_null(otb_root, tmp_path):  # noqa: F811
    arguments = ["evaluate", "otb100", "--root", otb_root, "-o", tmp_path, *STILL, "--name", "[bold]x"]
    run = siamtrack(*arguments, "--sequences", "Walking")
    assert run.exit_code == 0 and "[bold]x" in run.stderr, run.output
    only = tmp_path / "one.json"
    first = {"Walking": {"gt_rect": [[1, 2, 30, 40]], "init_rect": [1, 2, 30, 40], "img_names": ["0001.jpg"]}}
    only.write_text(json.dumps(first))
    (tmp_path / "one").mkdir()
    (tmp_path / "one/Walking.txt").write_text("1,2,30,40\n")
    options = ["--dataset", "otb100", "--annotations", only, "--json", tmp_path / "c.json"]
    compared = siamtrack("compare", tmp_path / "one", *options)
    assert compared.exit_code == 0, compared.output
    found = json.loads((tmp_path / "c.json").read_text(), parse_constant=pytest.fail)
    assert None in [one["measures"]["ao"] for one in next(iter(found["rules"].values()))]


def test_two_kinds_of_robustness(otb_root, tmp_path):  # noqa: F811
    """The ground truth stands still, so a tracker that does scores in full, wherever and however it is started."""
    for protocol in ("tre", "sre"):
        arguments = ["otb100", "--root", otb_root, "-o", tmp_path / protocol, *STILL, "--protocol", protocol]
        run = siamtrack("evaluate", *arguments, "--sequences", "Walking,Man", "--json")
        assert run.exit_code == 0, run.output
        scores = json.loads(run.stdout.strip().splitlines()[-1])["scores"]
        expected = 20 / 21 if protocol == "tre" else pytest.approx(0.73, abs=0.05)
        assert scores["success_auc"] == expected and scores["fps"] > 1


def test_reports_refuse_what_does_not_fit(otb_root, tmp_path):  # noqa: F811
    assert siamtrack("evaluate", "otb100", "--root", otb_root, "-o", tmp_path, *STILL).exit_code == 0
    arguments = ["report", "--dataset", "otb100", "--annotations", otb_root, "--results", tmp_path]
    run = siamtrack(*arguments, "--convention", "pysott")
    assert run.exit_code == 1 and "did you mean 'pysot'" in run.stderr
    (tmp_path / "StillTracker/Car1.txt").write_text("1,2,3,4\n")
    run = siamtrack(*arguments)
    assert run.exit_code == 1 and "Car1.txt has 1 rows for 14 annotated frames" in run.stderr
