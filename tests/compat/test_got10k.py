"""The adapter under the toolkit's own experiments, on a few real frames."""

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

import siamtrack
from siamtrack.compat.got10k import Got10kTracker

os.environ.setdefault("MPLBACKEND", "Agg")  # the toolkit draws its reports
datasets = pytest.importorskip("got10k.datasets")
experiments = pytest.importorskip("got10k.experiments")

_FRAMES = 12


def by_hand(paths, box):
    """(T, 4) what `siamtrack.load` says of these files."""
    tracker = siamtrack.load("siamtrack-s", "cpu")
    tracker.start(cv2.imread(str(paths[0])), box)
    return np.array([box] + [tracker.track(cv2.imread(str(path))).boxes[0] for path in paths[1:]], np.float64)


@pytest.fixture
def otb_root(shared, tmp_path):
    """Deer and Crossing, the first frames of each."""
    for name in ("Deer", "Crossing"):
        source, folder = shared / "data/eval/OTB" / name, tmp_path / "OTB" / name
        (folder / "img").mkdir(parents=True)
        for path in sorted((source / "img").glob("*.jpg"))[:_FRAMES]:
            (folder / "img" / path.name).symlink_to(path)
        lines = (source / "groundtruth_rect.txt").read_text().splitlines()[:_FRAMES]
        (folder / "groundtruth_rect.txt").write_text("\n".join(lines) + "\n")
    return tmp_path / "OTB"


@pytest.fixture
def got10k_root(shared, tmp_path):
    """One sequence in the layout of GOT-10k's validation set; the last frame is fully covered."""
    source, folder = shared / "data/eval/VOT2015/bag", tmp_path / "GOT-10k/val/bag"
    folder.mkdir(parents=True)
    for path in sorted(source.glob("*.jpg"))[:_FRAMES]:
        (folder / path.name).symlink_to(path)
    corners_T42 = np.loadtxt(source / "groundtruth.txt", delimiter=",")[:_FRAMES].reshape(-1, 4, 2)
    boxes_T4 = np.concatenate((corners_T42.min(1), np.ptp(corners_T42, 1)), 1)
    np.savetxt(folder / "groundtruth.txt", boxes_T4, fmt="%.4f", delimiter=",")
    for label, last in (("cover", 0), ("absence", 0), ("cut_by_image", 0)):
        np.savetxt(folder / f"{label}.label", [8] * (_FRAMES - 1) + [last], fmt="%d")
    (folder / "meta_info.ini").write_text("[METAINFO]\nresolution: (480, 360)\n")
    (tmp_path / "GOT-10k/val/list.txt").write_text("bag\n")
    return tmp_path / "GOT-10k"


def test_experiment_got10k(got10k_root, tmp_path):
    experiment = experiments.ExperimentGOT10k(
        str(got10k_root), subset="val", result_dir=str(tmp_path / "results"), report_dir=str(tmp_path / "reports")
    )
    tracker = Got10kTracker(device="cpu")
    experiment.run(tracker)
    folder = tmp_path / "results/GOT-10k/siamtrack-s/bag"
    written = sorted(path.name for path in folder.iterdir())
    assert written == ["bag_001.txt", "bag_time.txt"]  # deterministic: run once
    boxes_T4 = np.loadtxt(folder / "bag_001.txt", delimiter=",")
    first = np.loadtxt(got10k_root / "val/bag/groundtruth.txt", delimiter=",")[0]
    np.testing.assert_allclose(boxes_T4, by_hand(sorted((got10k_root / "val/bag").glob("*.jpg")), first), atol=5.1e-4)

    performance = experiment.report(["siamtrack-s"])["siamtrack-s"]["overall"]
    assert 0.5 < performance["ao"] < 1 and performance["speed_fps"] > 0
    assert (tmp_path / "reports/GOT-10k/siamtrack-s/success_plot.png").is_file()


def test_experiment_otb_counts_from_one(otb_root, tmp_path):
    experiment = experiments.ExperimentOTB.__new__(experiments.ExperimentOTB)  # its constructor wants to download
    experiment.dataset = datasets.OTB(str(otb_root), 2015, download=False)
    experiment.result_dir, experiment.report_dir = str(tmp_path / "results"), str(tmp_path / "reports")
    experiment.nbins_iou, experiment.nbins_ce = 21, 51
    experiment.run(Got10kTracker("ours", device="cpu", origin=1.0))
    for name in ("Deer", "Crossing"):
        boxes_T4 = np.loadtxt(tmp_path / "results/ours" / f"{name}.txt", delimiter=",")
        paths, truth_T4 = experiment.dataset[name]
        expected_T4 = by_hand(paths, truth_T4[0] - [1, 1, 0, 0]) + [1, 1, 0, 0]
        np.testing.assert_allclose(boxes_T4, expected_T4, atol=5.1e-4)

    experiment.report(["ours"])
    performance = json.loads((tmp_path / "reports/ours/performance.json").read_text())["ours"]
    assert set(performance["seq_wise"]) == {"Deer", "Crossing"}
    assert performance["overall"]["success_score"] > 0.5


def test_init_and_update_take_pil_images(shared):
    """What the toolkit's base class would pass: RGB, and the box as the file has it."""
    paths = sorted((shared / "data/eval/VOT2015/bag").glob("*.jpg"))[:4]
    box = np.array([334.02, 128.36, 51.67, 54.18])
    tracker = Got10kTracker(device="cpu")
    tracker.init(Image.open(paths[0]), box)
    boxes_T4 = np.array([box] + [tracker.update(Image.open(path)) for path in paths[1:]])
    np.testing.assert_allclose(boxes_T4, by_hand(paths, box), atol=5e-4)
    assert boxes_T4.dtype == np.float64 and boxes_T4[1].shape == (4,)


def test_an_unreadable_image_is_named(tmp_path):
    broken = tmp_path / "00000001.jpg"
    broken.write_bytes(b"no image")
    with pytest.raises(ValueError, match="00000001.jpg"):
        Got10kTracker(device="cpu").track([str(broken)], (1, 2, 3, 4))


def test_importing_the_adapter_needs_no_toolkit():
    code = "import sys; sys.modules['got10k'] = None; import siamtrack.compat.got10k"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
