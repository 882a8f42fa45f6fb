"""What was converted, read by the toolkit that it is for; VOT workspaces are run in `tests/compat`."""

import numpy as np
import pytest

from siamtrack.data.convert import convert

from .test_convert import make_sequence

FRAMES = 8


def make_set(root):
    """Two targets; one of them leaves the image, is absent for a frame, and comes back."""
    boxes_T4 = np.arange(FRAMES)[:, None] * [1.5, 0.5, 0, 0] + [2, 3, 10, 8]
    leaving_T4 = np.array([[5, 5, 10, 10], [-4, 5, 10, 10], [np.nan] * 4, *[[3, 5, 10, 10]] * (FRAMES - 3)])
    absent_T = np.isnan(leaving_T4).any(1)
    return [
        make_sequence(root, "steady", FRAMES, boxes_T4=boxes_T4),
        make_sequence(root, "leaving", FRAMES, boxes_T4=leaving_T4, absent_T=absent_T, origin=1.0),
    ]


class GroundTruth:
    """A got10k tracker that answers with given boxes, five pixels to the right if told so."""

    is_deterministic = True

    def __init__(self, name, sequences, shift=0.0):
        self.name = name
        self._boxes = {tuple(s.boxes_T4[0]): np.nan_to_num(s.boxes_T4) + [shift, 0, 0, 0] for s in sequences}

    def track(self, img_files, box, visualize=False):
        assert len(img_files) == FRAMES
        return self._boxes[tuple(box)], np.full(FRAMES, 0.01)


def test_got10k_runs_and_reports_on_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    experiments = pytest.importorskip("got10k.experiments")
    sequences = make_set(tmp_path / "in")
    convert(sequences, tmp_path / "in", tmp_path / "root/val", "got10k")
    experiment = experiments.ExperimentGOT10k(
        str(tmp_path / "root"), subset="val", result_dir=str(tmp_path / "res"), report_dir=str(tmp_path / "rep")
    )
    for name, shift in (("right", 0.0), ("shifted", 5.0)):
        experiment.run(GroundTruth(name, sequences, shift))
    report = experiment.report(["right", "shifted"])
    assert report["right"]["overall"]["ao"] == pytest.approx(1)
    # The frame without a box is not counted. The toolkit moves the box that is cut off to x = 0 and keeps its width.
    expected = [5 / 15] * (FRAMES - 1) + [9 / 11] + [5 / 15] * (FRAMES - 3)
    assert report["shifted"]["overall"]["ao"] == pytest.approx(np.mean(expected), abs=1e-6)
    assert experiment.dataset["leaving"][2]["absence"].tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
