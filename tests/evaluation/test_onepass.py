"""Scores of one-pass runs: by hand, by the published numbers, and by got10k itself."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import numpy as np
import pytest

from siamtrack.data.annotations import load_annotations
from siamtrack.data.sequence import NO_IMAGES, Sequence
from siamtrack.evaluation.onepass import gather, score
from siamtrack.evaluation.rules import Rules, get_rules
from siamtrack.evaluation.scoring import make_report

STILL = np.tile([10.0, 20.0, 30.0, 40.0], (10, 1))


def video(name="a", boxes=STILL, **fields):
    return Sequence(name, NO_IMAGES, np.array(boxes, float), **fields)


def measures(boxes, rules=None, *videos):
    rules, videos = rules or Rules(), videos or (video(),)
    boxes = {one.name: np.array(boxes, float)[: len(one)] for one in videos}
    return score("t", gather(videos, rules), boxes, rules).measures


def shifted(pixels, frames):
    """Right of the target in the last frames."""
    boxes = STILL.copy()
    boxes[10 - frames :, 0] += pixels
    return boxes


def test_a_perfect_run_scores_20_of_21():
    found = measures(STILL)
    assert found["success_auc"] == pytest.approx(20 / 21)
    assert (found["precision"], found["norm_precision"], found["ao"], found["sr75"]) == (1, 1, 1, 1)


def test_success_thresholds_are_strict():
    """An IoU of 0.5 passes 0, 0.05 ... 0.45: ten of 21, and 0.5 itself only where that is the rule."""
    half = STILL * [1, 1, 0.5, 1]
    rules = Rules(first="file")
    assert measures(half, rules)["success_auc"] == pytest.approx(10 / 21)
    assert measures(half, replace(rules, strict=False))["success_auc"] == pytest.approx(11 / 21)
    assert measures(half, rules)["sr50"] == 0 and measures(half, replace(rules, strict=False))["sr50"] == 1


def test_precision_includes_twenty_pixels():
    assert measures(shifted(20, 3))["precision"] == 1
    assert measures(shifted(20.1, 3))["precision"] == pytest.approx(0.7)
    # 0.2 target widths are 6 pixels
    assert measures(shifted(6, 4))["norm_precision"] == 1
    assert measures(shifted(6.1, 4))["norm_precision"] == pytest.approx(0.6)


@pytest.mark.parametrize(("first", "share"), [("truth", 0.1), ("file", 0.0), ("skip", 0.0)])
def test_the_first_frame(first, share):
    away = STILL + [500, 0, 0, 0]
    assert measures(away, Rules(first=first))["precision"] == pytest.approx(share)
    assert measures(np.vstack((away[:1], STILL[1:])), Rules(first="skip"))["ao"] == pytest.approx(1)


@pytest.mark.parametrize("empty", [[0, 0, 0, 0], [np.nan] * 4])
def test_frames_without_a_target(empty):
    truth = np.vstack((STILL[:8], [empty, empty]))
    run = lambda **changes: measures(STILL, Rules(**changes), video(boxes=truth))  # noqa: E731
    assert (run()["ao"], run()["precision"]) == pytest.approx((0.8, 0.8))
    assert run()["success_auc"] == pytest.approx(0.8 * 20 / 21)
    assert run(absent_center="hit")["precision"] == 1 and run(absent_norm="hit")["norm_precision"] == 1
    assert (run(absent="skip")["ao"], run(absent="skip")["precision"]) == (1, 1)


def test_flags_of_absence():
    absent = np.arange(10) >= 6
    flagged = video(absent_T=absent)
    assert measures(STILL, Rules(), flagged)["ao"] == 1
    assert measures(STILL, Rules(flagged=True), flagged)["ao"] == pytest.approx(0.6)
    assert measures(STILL, Rules(flagged=True, absent="skip"), flagged)["ao"] == 1


def test_means_of_sequences_frames_and_classes():
    """Two perfect short sequences of one class, one long that is lost at once, of another."""
    videos = [video("a", STILL[:2], category="cat"), video("b", STILL[:2], category="cat")]
    videos.append(video("c", category="dog"))
    boxes = {"a": STILL[:2], "b": STILL[:2], "c": STILL + [500, 0, 0, 0]}
    expected = {"sequences": 2 / 3, "frames": 4 / 14, "classes": 1 / 2}
    for average, value in expected.items():
        rules = Rules(first="file", average=average)
        report = score("t", gather(videos, rules), boxes, rules)
        assert report.measures["ao"] == pytest.approx(value)
        assert report.sequences["c"]["ao"] == 0 and report.sequences["a"]["ao"] == 1


def test_whole_pixels():
    boxes = STILL + 0.9
    assert measures(boxes, Rules(first="file", pixels="truncated"))["ao"] == 1
    assert measures(boxes - 1.3, Rules(first="file", pixels="rounded"))["ao"] == 1
    assert measures(boxes, Rules(first="file"))["ao"] < 1


def test_an_empty_box_is_the_one_before_it():
    boxes = STILL.copy()
    boxes[4:6, 2:] = 0
    assert measures(boxes)["ao"] == pytest.approx(0.8)
    assert measures(boxes, Rules(repeat_empty=True))["ao"] == 1


def test_attributes_are_means_of_their_sequences():
    videos = [video("a", attributes=("OCC",)), video("b", attributes=("OCC", "FM"))]
    rules = Rules(first="file")
    report = score("t", gather(videos, rules), {"a": STILL, "b": STILL + [500, 0, 0, 0]}, rules)
    assert report.attributes["OCC"]["ao"] == 0.5 and report.attributes["FM"]["ao"] == 0


def test_a_sequence_without_a_counted_frame_has_no_score():
    videos = [video("a"), video("b", STILL[:1])]
    rules = Rules(first="skip")
    report = score("t", gather(videos, rules), {"a": STILL, "b": STILL[:1]}, rules)
    assert report.measures["ao"] == 1 and np.isnan(report.sequences["b"]["ao"])


def test_sequences_with_a_first_box_alone_are_left_out_and_told(tmp_path):
    first_only = video("a", np.vstack((STILL[:1], np.full((9, 4), np.nan))))
    sparse = video("b", np.vstack((STILL[:5], np.full((5, 4), np.nan))))
    for name in "ab":
        np.savetxt(tmp_path / f"{name}.txt", STILL, delimiter=",")
    report = make_report("folder", "one-pass", [first_only, sparse], [tmp_path])
    assert list(report.trackers[0].sequences) == ["b"] and report.trackers[0].measures["ao"] == 1
    assert "a: only the first box is known" in report.notes[0]
    assert make_report("otb100", "one-pass", [sparse], [tmp_path]).trackers[0].measures["ao"] == 0.5
    with pytest.raises(ValueError, match="only the first box .* is known"):
        make_report("folder", "one-pass", [first_only], [tmp_path])


def test_the_report_says_how_much_of_the_data_set_it_is_about(tmp_path):
    np.savetxt(tmp_path / "a.txt", STILL, delimiter=",")
    assert make_report("otb100", "one-pass", [video()], [tmp_path]).extent == "1 of 100 sequences, 10 frames"
    assert make_report("folder", "one-pass", [video()], [tmp_path]).extent == "1 sequence, 10 frames"


def test_clipping_needs_the_size_of_the_image():
    with pytest.raises(ValueError, match="a: the size of its images is not known"):
        gather([video()], Rules(clip=True))


# AUC: the figures that the issue trackers and papers of these trackers quote; precision: recomputed independently.
OTB100 = {
    "SiamRPN++": (0.6956, 0.9054),
    "SiamBAN": (0.6962, 0.9103),
    "Ocean-online": (0.6843, 0.9196),
    "MDNet": (0.6776, 0.9089),
    "Ocean": (0.6709, 0.8992),
    "ATOM": (0.6670, 0.8791),
    "DaSiamRPN": (0.6578, 0.8802),
    "SiamRPN": (0.6320, 0.8502),
    "SiamFC": (0.5868, 0.7716),
    "CFNet": (0.5871, 0.7776),
}


@pytest.fixture(scope="module")
def otb100(shared):
    videos = load_annotations("otb100", shared / "data/anno/OTB2015.json")
    return make_report("otb100", "one-pass", videos, [shared / "data/results/OTB100"])


@pytest.mark.parametrize("name", OTB100)
def test_published_trackers_on_otb100(otb100, name):
    (tracker,) = (tracker for tracker in otb100.trackers if tracker.name == name)
    found = (tracker.measures["success_auc"], tracker.measures["precision"])
    assert found == pytest.approx(OTB100[name], abs=5e-4)


def test_the_report_tells_of_first_rows_that_are_corners(otb100):
    assert [note.split(":")[0] for note in otb100.notes] == ["SiamRPN"]
    assert "first row of 100 sequences is the given box as x1,y1,x2,y2" in otb100.notes[0]
    assert [tracker.name for tracker in otb100.trackers][:2] == ["SiamBAN", "SiamRPN++"]
    assert len(otb100.trackers[0].attributes) == 11


def test_atom_and_dimp_on_lasot(shared, tmp_path):
    """Commonly cited: ATOM 0.515, DiMP-50 0.569 (the mean of five runs; this is one of them)."""
    for name in ("results", "anno"):
        zipfile.ZipFile(shared / f"data/{name}/LaSOT.zip").extractall(tmp_path / name)
    videos = load_annotations("lasot", tmp_path / "anno/LaSOT")
    assert len(videos) == 280
    report = make_report("lasot", "one-pass", videos, [tmp_path / "results/LaSOT"])
    found = {tracker.name: tracker.measures for tracker in report.trackers}
    assert found["ATOM"]["success_auc"] == pytest.approx(0.5154, abs=1e-4)
    assert found["DiMP50"]["success_auc"] == pytest.approx(0.5719, abs=1e-4)
    assert found["ATOM"]["norm_precision"] == pytest.approx(0.5774, abs=1e-3)
    assert found["DiMP50"]["norm_precision"] == pytest.approx(0.6524, abs=1e-3)
    by_pytracking = make_report("lasot", "one-pass", videos, [tmp_path / "results/LaSOT"], "pytracking")
    found = {tracker.name: tracker.measures["success_auc"] for tracker in by_pytracking.trackers}
    assert found == pytest.approx({"ATOM": 0.5143, "DiMP50": 0.5708}, abs=1e-4)


def test_unknown_conventions_are_named():
    with pytest.raises(ValueError, match="'pysott'; did you mean 'pysot'"):
        get_rules("pysott", "otb100")


def test_conventions_have_rules_of_their_own_for_some_sets():
    assert get_rules("got10k", "got10k-val").first == "skip" and get_rules("got10k", "otb100").first == "truth"
    assert get_rules("pytracking", "uav123").absent_center == "hit"
