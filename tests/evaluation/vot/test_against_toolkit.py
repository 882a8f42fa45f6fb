"""Our numbers against those of the official vot-toolkit, which runs as another program."""

import json
import os
import shutil
import subprocess
from dataclasses import replace

import cv2
import numpy as np
import pytest
import yaml

from siamtrack.data.annotations import load_annotations
from siamtrack.evaluation.vot import score
from siamtrack.evaluation.vot.trajectory import FAILURE, UNKNOWN

from .made_up import drift, make_sequence, with_resets
from .writing import write_trajectory

pytestmark = pytest.mark.slow

_TO_BINARY = """
import sys
from vot.region.io import read_trajectory, write_trajectory
for path in sys.argv[1:]:
    write_trajectory(path[:-3] + "bin", read_trajectory(path))
"""


def _make_workspace(folder, sequences, experiments):
    """A workspace of sequences without images: the toolkit counts them and believes the size that it is told."""
    image = cv2.imencode(".jpg", np.zeros((1, 1, 3), np.uint8))[1].tobytes()
    (folder / "sequences").mkdir(parents=True)
    (folder / "sequences/list.txt").write_text("".join(f"{sequence.name}\n" for sequence in sequences))
    for sequence in sequences:
        own = folder / "sequences" / sequence.name
        (own / "color").mkdir(parents=True)
        for number in range(1, len(sequence) + 1):
            (own / f"color/{number:08d}.jpg").write_bytes(image)
        width, height = sequence.size
        (own / "sequence").write_text(
            f"channels.color=color/%08d.jpg\nchannel.default=color\nfps=30\nwidth={width}\nheight={height}\n"
        )
        truth = sequence.boxes_T4 if sequence.polygons_T8 is None else sequence.polygons_T8
        (own / "groundtruth.txt").write_text("".join(",".join(map(repr, row)) + "\n" for row in truth.tolist()))
        if sequence.anchors_T is not None:
            (own / "anchor.value").write_text("".join(f"{value}\n" for value in sequence.anchors_T))
    (folder / "stack.yaml").write_text(yaml.safe_dump({"title": "a test", "experiments": experiments}))
    (folder / "trackers.ini").write_text("[Drifting]\nlabel = Drifting\nprotocol = trax\ncommand = nothing\n")
    config = {"registry": ["./trackers.ini"], "stack": "./stack.yaml", "sequences": "./sequences"}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def _analyse(programs, folder):
    """Experiment -> what each of its analyses yields."""
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [programs / "vot", "analysis", "--format", "json", "--name", "found", "Drifting"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    report = folder / "analysis/found.json"
    assert report.is_file(), done.stdout + done.stderr
    assert "Drifting" in json.loads(report.read_text())["trackers"]
    results = json.loads(report.read_text())["results"]
    return {name: [per_tracker[0] for per_tracker in results[name]["results"]] for name in results}


def _supervised(low, high):
    return {
        "type": "supervised",
        "skip_initialize": 5,
        "analyses": [
            {"type": "supervised_average_ar", "name": "ar"},
            {"type": "supervised_eao_score", "name": "eao", "low": low, "high": high},
            {"type": "supervised_eao_curve", "name": "curve"},
        ],
    }


def _multistart(low, high):
    return {
        "type": "multistart",
        "analyses": [
            {"type": "multistart_average_ar", "name": "ar"},
            {"type": "multistart_eao_score", "name": "eao", "low": low, "high": high},
            {"type": "multistart_eao_curve", "name": "curve", "high": high},
        ],
    }


_LONG_TERM = {
    "type": "unsupervised",
    "analyses": [{"type": "average_tpr", "name": "tpr"}, {"type": "f_curve", "name": "f_curve"}],
}


def _assert_reset_equal(ours, theirs):
    (accuracy, failures, *_), (eao,), (curve,) = theirs
    assert ours.measures["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert ours.measures["weighted_failures"] == pytest.approx(failures, abs=1e-6)
    assert ours.measures["eao"] == pytest.approx(eao, abs=1e-6)
    np.testing.assert_allclose(ours.curves["eao"].y_K, curve, atol=1e-6)


def _write_run(folder, sequence, number, trajectory):
    """As `write_trajectory`, under the name of another run."""
    written = write_trajectory(folder / "once", sequence.name, trajectory)
    for path in sorted(written.parent.iterdir()):
        end = path.name.removeprefix(f"{sequence.name}_001")
        target = folder / sequence.name / f"{sequence.name}_{number}{end}"
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)


def test_reset_based(vot_toolkit, tmp_path):
    """Boxes and rotated regions, two runs a sequence, failures in the last frames."""
    lengths = {"a": 150, "b": 181, "c": 97}
    sequences = [make_sequence(name, frames, seed) for seed, (name, frames) in enumerate(lengths.items())]
    _make_workspace(tmp_path, sequences, {"baseline": _supervised(40, 120) | {"repetitions": 2}})
    folder = tmp_path / "results/Drifting/baseline"
    for seed, sequence in enumerate(sequences):
        for run in (1, 2):
            trajectory = with_resets(sequence, 10 * seed + run)
            codes_T, boxes_T4 = trajectory.codes_T.copy(), trajectory.boxes_T4.copy()
            if run == 2:
                codes_T[-2:] = (FAILURE, UNKNOWN)
                boxes_T4[-2:] = np.nan
            _write_run(folder, sequence, f"{run:03d}", replace(trajectory, codes_T=codes_T, boxes_T4=boxes_T4))
    theirs = _analyse(vot_toolkit, tmp_path)["baseline"]
    ours = score("Drifting", "reset", sequences, folder, "vot-toolkit", (40, 120))
    assert ours.measures["failures"] > 5
    _assert_reset_equal(ours, theirs)


def test_anchor_based(vot_toolkit, tmp_path):
    """From files in the toolkit's own binary form."""
    anchors = [(0, 1), (50, 1), (80, -1), (149, -1)]
    sequences = [
        make_sequence("a", 150, 1, anchors),
        make_sequence("b", 181, 2, anchors, absent=(20, 21, 22, 120)),
        make_sequence("c", 97, 3, anchors[:3]),
    ]
    _make_workspace(tmp_path, sequences, {"baseline": _multistart(30, 110)})
    folder = tmp_path / "results/Drifting/baseline"
    for sequence in sequences:
        for frame in np.flatnonzero(sequence.anchors_T).tolist():
            forward = sequence.anchors_T[frame] > 0
            order = np.arange(frame, len(sequence)) if forward else np.arange(frame, -1, -1)
            _write_run(folder, sequence, f"{frame:08d}", drift(sequence, order, frame, px=0.6, gaps=0.02))
    texts = sorted(folder.rglob("*.txt"))
    subprocess.run([vot_toolkit / "python", "-c", _TO_BINARY, *texts], check=True)
    for path in texts:
        path.unlink()
    (accuracy, robustness, *_), (eao,), (curve,) = _analyse(vot_toolkit, tmp_path)["baseline"]
    ours = score("Drifting", "anchor", sequences, tmp_path / "results/Drifting", "vot-toolkit", (30, 110))
    assert 0.2 < ours.measures["robustness"] < 0.95
    assert ours.measures["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert ours.measures["robustness"] == pytest.approx(robustness, abs=1e-6)
    assert ours.measures["eao"] == pytest.approx(eao, abs=1e-6)
    np.testing.assert_allclose(ours.curves["eao"].y_K, curve, atol=1e-6)


@pytest.mark.parametrize("frames", [20, 150], ids=["fewer scores than thresholds", "more"])
def test_long_term(vot_toolkit, tmp_path, frames):
    """With frames in which there is no target, and frames in which the tracker says nothing."""
    absent = tuple(range(frames // 3, frames // 2))
    sequences = [make_sequence("a", frames, 1, absent=absent), make_sequence("b", frames + 13, 2)]
    _make_workspace(tmp_path, sequences, {"longterm": _LONG_TERM})
    folder = tmp_path / "results/Drifting/longterm"
    for seed, sequence in enumerate(sequences):
        _write_run(folder, sequence, "001", drift(sequence, np.arange(len(sequence)), seed, gaps=0.05))
    (precision, recall, f), (curve, _) = _analyse(vot_toolkit, tmp_path)["longterm"]
    ours = score("Drifting", "long-term", sequences, tmp_path / "results/Drifting", "vot-toolkit", (1, 2))
    assert ours.measures["precision"] == pytest.approx(precision, abs=1e-6)
    assert ours.measures["recall"] == pytest.approx(recall, abs=1e-6)
    assert ours.measures["f"] == pytest.approx(f, abs=1e-6)
    np.testing.assert_allclose(ours.curves["f"].y_K, curve, atol=1e-6)


def test_published_results_of_vot2018(vot_toolkit, tmp_path, shared):
    """All 60 sequences as NanoTrack tracked them."""
    sequences = load_annotations("vot2018", shared / "data/anno/VOT2018.json")
    _make_workspace(tmp_path, sequences, {"baseline": _supervised(100, 356)})
    folder = shared / "data/results/VOT2018/NanoTrack"
    shutil.copytree(folder, tmp_path / "results/Drifting")
    theirs = _analyse(vot_toolkit, tmp_path)["baseline"]
    ours = score("NanoTrack", "reset", sequences, folder, "vot-toolkit", (100, 356))
    _assert_reset_equal(ours, theirs)
