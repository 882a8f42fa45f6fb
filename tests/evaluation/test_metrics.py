import numpy as np
import pytest

from siamtrack.evaluation.metrics import iou, precision, success_auc


def test_iou_by_hand():
    a = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10]], float)
    b = np.array([[0, 0, 10, 10], [5, 0, 10, 10], [20, 20, 5, 5], [np.nan, 0, 10, 10]], float)
    assert iou(a, b) == pytest.approx([1, 1 / 3, 0, 0])


def test_empty_truth_counts_as_failure():
    a, b = np.array([[0.0, 0, 10, 10]]), np.array([[0.0, 0, 0, 0]])
    assert iou(a, b) == pytest.approx([0])
    assert precision(a, b) == 0


def test_a_perfect_run_scores_20_of_21():
    assert success_auc(np.ones(5)) == pytest.approx(20 / 21)


def test_success_thresholds_are_strict():
    # IoU 0.5 passes the thresholds 0, 0.05 ... 0.45: ten of 21, and not 0.5 itself.
    assert success_auc(np.array([0.5])) == pytest.approx(10 / 21)


def test_precision_includes_twenty_pixels():
    truth = np.array([[0.0, 0, 10, 10]] * 2)
    assert precision(np.array([[20.0, 0, 10, 10], [20.1, 0, 10, 10]]), truth) == 0.5


def test_scores_of_a_published_tracker_on_the_eight_sequences(shared):
    """SiamRPN++'s raw results: success 0.745, precision 0.962 (the table that comes with the data)."""
    from siamtrack.data.datasets import otb
    from siamtrack.data.textfile import read_rows
    from siamtrack.evaluation.ope import score_sequence

    folder = next((shared / "data/results/OTB100").glob("[Ss]iam[Rr][Pp][Nn]++"), None)
    if folder is None:
        pytest.skip("no raw results of SiamRPN++")
    files = {path.stem.lower().replace("-", "").replace("_", ""): path for path in folder.glob("*.txt")}
    scores = []
    for sequence in otb.load(shared / "data/eval/OTB"):
        boxes = read_rows(files[sequence.name.lower()], 4) - [1, 1, 0, 0]
        boxes[0] = sequence.boxes_T4[0]
        scores.append(score_sequence(sequence, boxes))
    assert np.mean([score.success_auc for score in scores]) == pytest.approx(0.745, abs=0.0015)
    assert np.mean([score.precision for score in scores]) == pytest.approx(0.962, abs=0.0015)
