"""Scores worked out by hand: boxes of 10 x 10 pixels that are off by whole pixels, so that overlaps are known."""

import numpy as np
import pytest

from siamtrack.data.sequence import NO_IMAGES, Sequence
from siamtrack.evaluation.vot import CONVENTIONS, MEASURES, PLOTS, rules, score
from siamtrack.evaluation.vot.eao import Fragment, expected_overlap, mean_within
from siamtrack.evaluation.vot.trajectory import FAILURE, INIT, REGION, UNKNOWN, Trajectory

from .made_up import make_sequence, with_resets
from .writing import write_trajectory


def still(name, frames, **others):
    return Sequence(name, NO_IMAGES, np.tile([50.0, 50, 10, 10], (frames, 1)), size=(200, 200), **others)


def answered(codes, overlap):
    """Boxes whose overlap with the still target is `overlap`: a narrower box in it."""
    codes_T = np.array(codes)
    boxes_T4 = np.tile([50, 50, 10 * overlap, 10], (len(codes), 1))
    boxes_T4[codes_T != REGION] = np.nan
    return Trajectory(codes_T, boxes_T4)


def test_expected_overlap_of_fragments():
    tracked = Fragment(np.array([9, 0.5, 0.7]), lost=False, weight=1.0)
    lost = Fragment(np.array([9, 0.8]), lost=True, weight=3.0)
    longer = Fragment(np.array([9, 0, 0, 0, 0.0]), lost=False, weight=0.0)
    curve = expected_overlap([tracked, lost, longer])
    # At length 2: (0.5 + 3 x 0.8) / 4; at 3: (0.6 + 3 x 0.4) / 4; then only the lost one counts.
    np.testing.assert_allclose(curve, [0, 0.725, 0.45, 0.8 / 3, 0.8 / 4])
    assert expected_overlap([lost], 4, lost_delay=1)[3] == pytest.approx(0.8 / 2)
    assert mean_within(curve, 1, 2) == pytest.approx(0.5875)
    assert np.isnan(mean_within(curve, 5, 9))


@pytest.fixture
def lost_once(tmp_path):
    """Two sequences; in the first the target is lost in frame 20 of 40."""
    late = np.arange(40) >= 20
    sequences = [still("a", 40, tags={"late": late}), still("b", 20, tags={"late": np.zeros(20, bool)})]
    codes = [INIT] + [REGION] * 19 + [FAILURE] + [UNKNOWN] * 4 + [INIT] + [REGION] * 14
    write_trajectory(tmp_path, "a", answered(codes, 0.6))
    write_trajectory(tmp_path, "b", answered([INIT] + [REGION] * 19, 0.9))
    return sequences, tmp_path


@pytest.mark.parametrize("convention", ["siamtrack", "vot-toolkit"])
def test_reset_based(lost_once, convention):
    sequences, folder = lost_once
    report = score("Ours", "reset", sequences, folder, convention, (2, 4))
    # After 10 frames of burn-in there are 10 + 5 frames at 0.6 and 10 at 0.9.
    pooled, by_frames = (15 * 0.6 + 10 * 0.9) / 25, (40 * 0.6 + 20 * 0.9) / 60
    assert report.measures["accuracy"] == pytest.approx(pooled if convention == "siamtrack" else by_frames)
    assert report.measures["failures"] == 1
    assert report.measures["robustness"] == pytest.approx(100 / 60)
    assert report.measures["weighted_failures"] == pytest.approx(40 / 60)
    assert report.measures["eao"] == pytest.approx((0.6 + 0.6 + 0.9) / 3)
    assert report.sequences["a"] == pytest.approx({"accuracy": 0.6, "failures": 1})
    assert report.sequences["b"] == pytest.approx({"accuracy": 0.9, "failures": 0})
    assert report.attributes["late"] == pytest.approx({"accuracy": 0.6, "failures": 1})


def test_where_curves_begin_and_end(lost_once):
    """pysot counts the given frame, and goes on to the longest sequence: what was lost stays lost."""
    sequences, folder = lost_once
    for convention, first, last in (("siamtrack", 1, 40), ("pysot", 1, 40), ("vot-toolkit", 0, 19)):
        curve = score("Ours", "reset", sequences, folder, convention, (2, 4)).curves["eao"]
        assert (curve.x_K[0], curve.x_K[-1]) == (first, last)


def test_a_target_lost_at_the_very_end_is_lost_but_not_to_pysot(tmp_path):
    sequences = [still("a", 10), still("b", 30)]
    write_trajectory(tmp_path, "a", answered([INIT] + [REGION] * 8 + [FAILURE], 0.7))
    write_trajectory(tmp_path, "b", answered([INIT] + [REGION] * 29, 0.7))
    at_20 = {
        one: score("x", "reset", sequences, tmp_path, one, (21, 21)).measures["eao"] for one in ("siamtrack", "pysot")
    }
    assert at_20["siamtrack"] == pytest.approx((8 * 0.7 / 20 + 0.7) / 2)
    assert at_20["pysot"] == pytest.approx(88 / 121)  # the other alone; 8 x 11 of 11 x 11 pixels


def test_several_runs_on_a_sequence(tmp_path):
    sequence = still("a", 30)
    for run, overlap in ((1, 0.4), (2, 0.8)):
        path = write_trajectory(tmp_path, "a", answered([INIT] + [REGION] * 29, overlap))
        path.rename(path.with_name(f"kept_{run}"))
    for run in (1, 2):
        path.with_name(f"kept_{run}").rename(path.with_name(f"a_{run:03d}.txt"))
    for convention, expected in (("siamtrack", 0.6), ("vot-toolkit", 0.6), ("pysot", 5 / 11)):
        report = score("Ours", "reset", [sequence], tmp_path, convention, (2, 20))
        assert report.measures["accuracy"] == pytest.approx(expected), convention


def _write(folder, name, lines, scores=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    if scores is not None:
        (folder / f"{name}_confidence.value").write_text("".join(f"{value}\n" for value in scores))


@pytest.mark.parametrize("convention", ["siamtrack", "vot-toolkit"])
def test_anchor_based(tmp_path, convention):
    anchors_T = np.array([1] + [0] * 38 + [-1])
    sequence = still("a", 40, anchors_T=anchors_T, tags={"all": np.ones(40, bool)})
    good, bad = "50,50,6,10", "90,90,6,10"
    folder = tmp_path / "baseline/a"
    # Nine bad frames are forgiven; of ten the first is the loss.
    _write(folder, "a_00000000", ["1"] + [good] * 9 + [bad] * 9 + [good] * 21)
    _write(folder, "a_00000039", ["1"] + [good] * 19 + [bad] * 10 + [good] * 10)
    report = score("Ours", "anchor", [sequence], tmp_path, convention, (2, 5))
    expected = {"accuracy": (30 * 0.6 + 19 * 0.6) / (40 + 20), "robustness": 60 / 80}
    assert {key: report.measures[key] for key in expected} == pytest.approx(expected)
    assert report.measures["eao"] == pytest.approx(0.6)
    assert report.sequences["a"] == pytest.approx(expected)
    assert report.attributes["all"] == pytest.approx(expected)


@pytest.mark.parametrize("convention", CONVENTIONS["long-term"])
def test_long_term(tmp_path, convention):
    """Two answers where there is no target, which a threshold can leave out, and two frames without an answer."""
    boxes_T4 = np.tile([50.0, 50, 10, 10], (12, 1))
    boxes_T4[8:] = np.nan
    sequence = Sequence("a", NO_IMAGES, boxes_T4, size=(200, 200), tags={"all": np.ones(12, bool)})
    _write(tmp_path / "longterm/a", "a_001", ["1"] + ["50,50,8,10"] * 9 + ["0", "0"], ["", *"9999999", *"22", *"00"])
    report = score("Ours", "long-term", [sequence], tmp_path, convention, (1, 2))
    # Seven answers of score 9; eight frames have a target, the given one among them.
    overlap = 9 / 11 if convention == "pysot" else 0.8
    precision, recall = overlap, 7 * overlap / 8
    if convention == "vot-toolkit":  # all twelve frames count, and that nothing was said of nothing counts as right
        precision, recall = (7 * 0.8 + 2) / 12, (7 * 0.8 + 2) / 8
    assert report.measures["precision"] == pytest.approx(precision)
    assert report.measures["recall"] == pytest.approx(recall)
    assert report.measures["f"] == pytest.approx(2 * precision * recall / (precision + recall))
    assert report.attributes["all"] == pytest.approx(report.sequences["a"])


def test_pysot_takes_answers_of_score_zero_as_none(tmp_path):
    sequence = still("a", 6)
    _write(tmp_path / "longterm/a", "a_001", ["1"] + ["50,50,10,10"] * 5, ["", "1", "1", "0", "0", "-1"])
    pysot = score("Ours", "long-term", [sequence], tmp_path, "pysot", (1, 2))
    others = score("Ours", "long-term", [sequence], tmp_path, "siamtrack", (1, 2))
    assert (pysot.curves["pr"].x_K[-1], others.curves["pr"].x_K[-1]) == (pytest.approx(2 / 6), pytest.approx(5 / 6))


def test_scores_for_some_sequences_only(tmp_path):
    for name, scores in (("a", ["", "1"]), ("b", None)):
        _write(tmp_path / f"longterm/{name}", f"{name}_001", ["1", "50,50,10,10"], scores)
    with pytest.raises(ValueError, match="b_001.txt has no b_001_confidence.value beside it, as 1 of 2 runs have"):
        score("Ours", "long-term", [still("a", 2), still("b", 2)], tmp_path, "siamtrack", (1, 2))


def test_times(tmp_path):
    _write(tmp_path / "longterm/a", "a_001", ["1", "50,50,10,10", "50,50,10,10"])
    (tmp_path / "longterm/a/a_001_time.value").write_text("9\n0.1\n0.3\n")
    report = score("Ours", "long-term", [still("a", 3)], tmp_path, "siamtrack", (1, 2))
    assert report.measures["fps"] == pytest.approx(5)  # without the start


@pytest.mark.parametrize("protocol", MEASURES)
def test_unknown_conventions_name_the_known(tmp_path, protocol):
    with pytest.raises(ValueError, match=f"{protocol} protocol is called 'got10k'; known: siamtrack"):
        score("Ours", protocol, [], tmp_path, "got10k", (1, 2))
    with pytest.raises(ValueError, match="known: "):
        rules(protocol, "got10k", (1, 2))


@pytest.mark.parametrize("protocol", MEASURES)
def test_the_parts_of_a_report_fit(tmp_path, protocol):
    if protocol == "anchor":
        sequence = make_sequence("a", 30, 1, anchors=[(0, 1)])
        _write(tmp_path / "baseline/a", "a_00000000", ["1"] + ["100,100,50,50"] * 29)
    else:
        sequence = make_sequence("a", 30, 1)
        path = write_trajectory(tmp_path, "a", with_resets(sequence, 1, px=0.1))
        path.parent.parent.rename(tmp_path / "unsupervised")
    keys = {measure.key for measure in MEASURES[protocol]}
    for convention in CONVENTIONS[protocol]:
        report = score("Ours", protocol, [sequence], tmp_path, convention, (2, 10))
        assert report.measures.keys() == keys
        assert report.curves.keys() == {plot.key for plot in PLOTS[protocol]}
        assert {plot.measure for plot in PLOTS[protocol]} <= keys
        assert report.sequences["a"].keys() <= keys and report.attributes["late"].keys() <= keys
        assert rules(protocol, convention, (2, 10))[0].startswith("overlap: ")
