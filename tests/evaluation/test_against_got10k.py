"""The got10k toolkit scores the same files: the numbers must be the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siamtrack.data.convert import got10k as got10k_tree
from siamtrack.data.datasets.registry import get_dataset
from siamtrack.evaluation.scoring import make_report

experiments = pytest.importorskip("got10k.experiments", reason="the eval extra is not installed")
datasets = pytest.importorskip("got10k.datasets")


@pytest.fixture(autouse=True)
def _headless(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")


def drifting(sequences, seed=0):
    """0-based boxes of a tracker that drifts away, by sequence."""
    random = np.random.default_rng(seed)
    moved = {}
    for sequence in sequences:
        boxes = sequence.boxes_T4 + random.normal(0, 12, (len(sequence), 4)).cumsum(0) * [1, 1, 0.3, 0.3]
        moved[sequence.name] = np.hstack((boxes[:, :2], boxes[:, 2:].clip(4)))
    return moved


def test_otb(otb_root, sequences, tmp_path):
    for name, boxes in drifting(sequences).items():
        (tmp_path / "OTB/drift").mkdir(parents=True, exist_ok=True)
        np.savetxt(tmp_path / f"OTB/drift/{name}.txt", boxes + [1, 1, 0, 0], fmt="%.3f", delimiter=",")
    # Its constructor wants to download what is missing, so it is not called.
    experiment = experiments.ExperimentOTB.__new__(experiments.ExperimentOTB)
    experiment.dataset = datasets.OTB.__new__(datasets.OTB)
    experiment.dataset.seq_names = [sequence.name for sequence in sequences]
    experiment.dataset.seq_dirs = [str(otb_root / sequence.name) for sequence in sequences]
    experiment.dataset.anno_files = [f"{folder}/groundtruth_rect.txt" for folder in experiment.dataset.seq_dirs]
    experiment.result_dir, experiment.report_dir = str(tmp_path / "OTB"), str(tmp_path / "report")
    experiment.nbins_iou, experiment.nbins_ce = 21, 51
    theirs = experiment.report(["drift"])["drift"]

    report = make_report("otb100", "one-pass", sequences, [tmp_path / "OTB"], "got10k")
    (ours,) = report.trackers
    assert 0.1 < ours.measures["success_auc"] < 0.9
    assert ours.measures["success_auc"] == pytest.approx(theirs["overall"]["success_score"], abs=1e-6)
    assert ours.measures["precision"] == pytest.approx(theirs["overall"]["precision_score"], abs=1e-6)
    assert ours.measures["sr50"] == pytest.approx(theirs["overall"]["success_rate"], abs=1e-6)
    np.testing.assert_allclose(ours.curves["success"].y_K, theirs["overall"]["success_curve"], atol=1e-6)
    np.testing.assert_allclose(ours.curves["precision"].y_K, theirs["overall"]["precision_curve"], atol=1e-6)
    for name, numbers in theirs["seq_wise"].items():
        assert ours.sequences[name]["success_auc"] == pytest.approx(numbers["success_score"], abs=1e-6)


def test_uav123(sequences, tmp_path):
    """Frames whose box is NaN are left out there, where OTB has failures."""
    hidden = [replace(s, boxes_T4=np.where(np.arange(len(s))[:, None] % 4 == 2, np.nan, s.boxes_T4)) for s in sequences]
    experiment = experiments.ExperimentUAV123.__new__(experiments.ExperimentUAV123)
    experiment.nbins_iou, experiment.nbins_ce = 21, 51
    (tmp_path / "drift").mkdir()
    curves = []
    for sequence in hidden:
        boxes = drifting(sequences)[sequence.name].round(3)
        np.savetxt(tmp_path / f"drift/{sequence.name}.txt", boxes + [1, 1, 0, 0], fmt="%.3f", delimiter=",")
        boxes[0] = sequence.boxes_T4[0]
        curves.append(experiment._calc_curves(*experiment._calc_metrics(boxes, sequence.boxes_T4)))
    report = make_report("uav123", "one-pass", hidden, [tmp_path / "drift"], "got10k")
    (ours,) = report.trackers
    np.testing.assert_allclose(ours.curves["success"].y_K, np.mean([s for s, _ in curves], 0), atol=1e-6)
    np.testing.assert_allclose(ours.curves["precision"].y_K, np.mean([p for _, p in curves], 0), atol=1e-6)


def test_got10k(sequences, tmp_path):
    """With frames in which the target is absent or cut by the image's border, and boxes that leave the image."""
    hidden = [replace(s, absent_T=np.arange(len(s)) % 4 == 2) for s in sequences]
    got10k_tree.write(hidden, tmp_path / "root/val")
    for name, boxes in drifting(sequences).items():
        folder = tmp_path / "results/GOT-10k/drift" / name
        folder.mkdir(parents=True)
        np.savetxt(folder / f"{name}_001.txt", boxes, fmt="%.3f", delimiter=",")
        np.savetxt(folder / f"{name}_time.txt", np.full(len(boxes), 0.02), fmt="%.8f")
    experiment = experiments.ExperimentGOT10k(
        str(tmp_path / "root"), subset="val", result_dir=str(tmp_path / "results"), report_dir=str(tmp_path / "report")
    )
    theirs = experiment.report(["drift"])["drift"]

    videos = get_dataset("got10k-val").load(tmp_path / "root")
    report = make_report("got10k-val", "got10k", videos, [tmp_path / "results/GOT-10k/drift"], "got10k")
    (ours,) = report.trackers
    assert 0.1 < ours.measures["ao"] < 0.9
    assert ours.measures["ao"] == pytest.approx(theirs["overall"]["ao"], abs=1e-6)
    assert ours.measures["sr50"] == pytest.approx(theirs["overall"]["sr"], abs=1e-6)
    assert ours.measures["fps"] == pytest.approx(theirs["overall"]["speed_fps"], rel=1e-6)
    np.testing.assert_allclose(ours.curves["success"].y_K, theirs["overall"]["succ_curve"], atol=1e-6)
    for name, numbers in theirs["seq_wise"].items():
        assert ours.sequences[name]["ao"] == pytest.approx(numbers["ao"], abs=1e-6)
