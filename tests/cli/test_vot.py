"""`siamtrack vot`, and the official toolkit as another program running what it makes."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import siamtrack
from siamtrack.cli.main import app
from siamtrack.data.datasets.registry import get_dataset

_INITIALISED, _FAILED, _SKIPPED = 1, 2, 0  # codes in place of a box


def init(*arguments):
    return CliRunner().invoke(app, ["vot", "init", *map(str, arguments)])


@pytest.fixture
def deer(shared, tmp_path):
    """OTB's Deer, nine frames of it."""
    source, folder = shared / "data/eval/OTB/Deer", tmp_path / "OTB/Deer"
    (folder / "img").mkdir(parents=True)
    for path in sorted((source / "img").glob("*.jpg"))[:9]:
        (folder / "img" / path.name).symlink_to(path)
    lines = (source / "groundtruth_rect.txt").read_text().splitlines()[:9]
    (folder / "groundtruth_rect.txt").write_text("\n".join(lines) + "\n")
    return tmp_path / "OTB"


def test_init_says_what_to_run_next(deer, tmp_path):
    made = init(tmp_path / "ws", "--dataset", "otb100", "--root", deer, "--device", "cpu")
    assert made.exit_code == 0, made.output
    assert f"cd {tmp_path}/ws && vot test siamtrack-s && vot evaluate siamtrack-s" in made.stdout
    assert "type: unsupervised" in (tmp_path / "ws/stack.yaml").read_text()
    first = (tmp_path / "ws/sequences/Deer/groundtruth.txt").read_text().splitlines()[0]
    assert [float(v) for v in first.split(",")] == [305, 4, 95, 65]  # 306,5 in OTB's file, which counts from 1
    assert f"command = {sys.executable} -m siamtrack.cli vot serve" in (tmp_path / "ws/trackers.ini").read_text()


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"--dataset": "otb99"}, 2, "no data set is called 'otb99'"),
        ({"--model": "siamtrack-xl"}, 2, "siamtrack-xl"),
        ({"--root": "nowhere"}, 1, "nowhere"),
        ({"--sequences": "Deer,Dear"}, 1, "no sequence is called 'Dear'"),
        ({"--weights": "missing.safetensors"}, 1, "missing.safetensors"),
        ({"--stack": "vot1999"}, 2, "vot1999"),
    ],
)
def test_bad_arguments_leave_nothing_behind(deer, tmp_path, change, status, message):
    options = {"--dataset": "otb100", "--root": deer, "--device": "cpu", **change}
    made = init(tmp_path / "ws", *(part for option in options.items() for part in option))
    assert made.exit_code == status
    assert message in made.output.replace("\n", "")
    assert not (tmp_path / "ws").exists()


def test_a_workspace_is_not_written_over(deer, tmp_path):
    arguments = (tmp_path / "ws", "--dataset", "otb100", "--root", deer, "--device", "cpu")
    assert init(*arguments).exit_code == 0
    again = init(*arguments)
    assert again.exit_code == 1 and "ws is not empty" in again.output


def test_without_vot_trax_it_says_what_to_install(deer, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trax", None)
    made = init(tmp_path / "ws", "--dataset", "otb100", "--root", deer, "--device", "cpu")
    assert made.exit_code == 1 and "pip install 'siamtrack[eval]'" in made.output


def test_serve_keeps_standard_output_for_the_protocol():
    command = [sys.executable, "-m", "siamtrack.cli", "vot", "serve", "--device", "cpu"]
    ran = subprocess.run(command, input="", capture_output=True, text=True, timeout=60)  # a client that goes at once
    assert ran.returncode == 1 and "error: TraX" in ran.stderr
    assert ran.stdout.startswith("@@TRAX:hello")
    assert all(line.startswith("@@TRAX:") for line in ran.stdout.splitlines())


@pytest.fixture
def roots(shared, tmp_path):
    """Data sets of two sequences each, by name."""
    for name, folder in (("book", "VOT2018/book"), ("bag", "VOT2015/bag")):
        (tmp_path / "VOT").mkdir(exist_ok=True)
        (tmp_path / "VOT" / name).symlink_to(shared / "data/eval" / folder)
    return {"vot2018": tmp_path / "VOT", "otb100": shared / "data/eval/OTB"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset", "names", "stack"),
    [
        ("vot2018", ["bag", "book"], "supervised"),
        ("vot2018", ["book"], "multistart"),
        ("otb100", ["Deer"], "unsupervised"),
        ("otb100", ["Crossing", "Deer"], "longterm"),
    ],
)
def test_the_official_toolkit_runs_the_workspace(roots, vot_toolkit, tmp_path, dataset, names, stack):
    root, workspace = roots[dataset], tmp_path / "ws"
    options = ("--dataset", dataset, "--root", root, "--sequences", ",".join(names), "--stack", stack)
    made = init(workspace, *options, "--device", "cpu")
    assert made.exit_code == 0, made.output

    def vot(*arguments):
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        ran = subprocess.run(
            [vot_toolkit / "vot", *arguments], cwd=workspace, env=environment, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    assert "Test concluded successfuly" in vot("test", "siamtrack-s")  # its spelling; errors leave its status at 0
    assert "Evaluation concluded successfuly" in vot("evaluate", "siamtrack-s")
    vot("analysis", "--format", "json", "--name", "a", "siamtrack-s")

    report = json.loads((workspace / "analysis/a.json").read_text())
    assert report["toolkit"] == "0.7.4" and sorted(report["sequences"]) == names
    ((experiment, found),) = report["results"].items()
    score = _SCORE[stack](found["results"])
    assert 0.1 < score < 1
    if stack in _OURS:
        assert score_by_us(workspace, stack, tmp_path / "ours.json") == pytest.approx(score, abs=1e-4)

    sequences = {sequence.name: sequence for sequence in get_dataset(dataset).load(root)}
    for name in names:
        files = sorted((workspace / "results/siamtrack-s" / experiment / name).glob("*.bin"))
        assert len(files) == (5 if stack == "multistart" else 1)  # anchors at 0, 50, 100, 150 and the last frame
        for path in files:
            start = int(path.stem.rsplit("_", 1)[1]) if stack == "multistart" else 0
            backwards = start > len(sequences[name]) - 1 - start
            frames = range(start, -1, -1) if backwards else range(start, len(sequences[name]))
            compare(sequences[name], frames, path)


# Protocol, data set for the interval of lengths, and number that is the toolkit's main one.
_OURS = {
    "supervised": ("reset", "vot2018", "eao"),
    "multistart": ("anchor", "vot2018", "eao"),
    "longterm": ("long-term", "vot2018-lt", "f"),
}


def score_by_us(workspace, stack, path):
    """What `siamtrack report` makes of the toolkit's raw results by the toolkit's rules."""
    protocol, dataset, key = _OURS[stack]
    arguments = ["report", "--dataset", dataset, "--protocol", protocol, "--annotations", workspace / "sequences"]
    arguments += ["--results", workspace / "results", "--convention", "vot-toolkit", "--json", path]
    ran = CliRunner().invoke(app, [str(one) for one in arguments])
    assert ran.exit_code == 0, ran.output
    (tracker,) = json.loads(path.read_text())["trackers"]
    return tracker[key]


# The toolkit's main number of each experiment, in the order of the analyses that we ask for; it may not be NaN.
_SCORE = {
    "supervised": lambda results: results[1][0][0],  # expected average overlap
    "multistart": lambda results: results[1][0][0],
    "unsupervised": lambda results: results[0][0][0],  # accuracy
    "longterm": lambda results: results[0][0][2],  # F
}


def compare(sequence, frames, path: Path):
    """The boxes that the toolkit recorded are our tracker's on the same frames, with the same restarts."""
    rows = read_binary(path)
    assert len(rows) == len(frames) and rows[0] == _INITIALISED
    tracker, compared = siamtrack.load("siamtrack-s", "cpu"), 0
    confidences = path.with_name(f"{path.stem}_confidence.value").read_text().split("\n")
    for number, (frame, row) in enumerate(zip(frames, rows, strict=True)):
        if row == _SKIPPED:
            continue
        image = sequence.images.read(frame)
        if row == _INITIALISED:
            tracker.start(image, sequence.boxes_T4[frame])
            continue
        result = tracker.track(image)
        if row != _FAILED:
            np.testing.assert_allclose(row, result.boxes[0], atol=2e-3)  # TraX carries four decimals
            assert float(confidences[number]) == pytest.approx(result.scores[0], abs=1e-4)
            compared += 1
    assert compared > len(frames) / 2


def read_binary(path: Path):
    """A trajectory as vot-toolkit 0.7 writes it: version, length, then a type and its numbers: code or rectangle."""
    data = path.read_bytes()
    (_, length), offset, rows = struct.unpack_from("<hI", data), 6, []
    for _ in range(length):
        kind = data[offset]
        assert kind in (0, 1)
        row = struct.unpack_from("<I" if kind == 0 else "<ffff", data, offset + 1)
        offset += 5 if kind == 0 else 17
        rows.append(row[0] if kind == 0 else row)
    return rows
