"""Lanes: lockstep equals sequential, whatever runs beside; what fails fails alone."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from siamtrack.data import images
from siamtrack.data.datasets import otb
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.campaign import evaluate
from siamtrack.evaluation.foreign import ForeignTracker, find_factory
from siamtrack.evaluation.lanes import BatchedLanes, OwnTracker, SeparateLanes
from siamtrack.evaluation.protocols import one_pass
from siamtrack.evaluation.runner import Job, run
from siamtrack.evaluation.vot.files import read_trajectory
from siamtrack.evaluation.vot.overlap import overlaps
from siamtrack.geometry.polygons import around

from ..tracking.shape_net import picture, shape_tracker, tilted
from .still_tracker import Answering, FaintingTracker, StillTracker


def own(tracker, lanes, threads):
    return SeparateLanes(lambda: OwnTracker(tracker), lanes, threads)


def results(folder):
    """Everything but what time it took."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in _files(folder)}


def _files(folder):
    return [p for p in folder.rglob("*.*") if p.suffix in (".txt", ".value") and "_time" not in p.name]


@pytest.fixture(scope="module")
def sequential(sequences, tracker, tmp_path_factory):
    """Results with one lane."""
    folder = tmp_path_factory.mktemp("sequential")
    evaluate(sequences, "one-pass", own(tracker, 1, 1), folder / "run", {})
    return results(folder / "run")


def test_one_lane_is_the_tracker_itself(sequences, tracker, sequential):
    for sequence in sequences:
        tracker.start(sequence.images.read(0), sequence.boxes_T4[0])
        boxes = [sequence.boxes_T4[0]]
        boxes += [tracker.track(sequence.images.read(i)).boxes[0] for i in range(1, len(sequence))]
        written = np.loadtxt(sequential[f"{sequence.name}.txt"].decode().splitlines(), delimiter=",")
        np.testing.assert_allclose(written, np.array(boxes) + [1, 1, 0, 0], atol=6e-4)


@pytest.mark.parametrize(("lanes", "threads"), [(2, 1), (3, 2), (8, 4)])
def test_any_lanes_and_threads_give_the_same_bytes(sequences, tracker, sequential, tmp_path, lanes, threads):
    outcome = evaluate(sequences, "one-pass", own(tracker, lanes, threads), tmp_path / "run", {})
    assert results(tmp_path / "run") == sequential
    assert (outcome.runs, outcome.kept, outcome.frames, outcome.failures) == (4, 0, 38, {})


@pytest.mark.parametrize("lanes", [1, 3])
def test_rows_of_one_batch_follow_as_lanes_of_their_own(sequences, tracker, sequential, tmp_path, lanes):
    evaluate(sequences, "one-pass", BatchedLanes(tracker, lanes), tmp_path / "run", {})
    batched = results(tmp_path / "run")
    assert batched.keys() == sequential.keys()
    for name in (sequence.name for sequence in sequences):
        one, other = (
            np.loadtxt(files[f"{name}.txt"].decode().splitlines(), delimiter=",") for files in (batched, sequential)
        )
        np.testing.assert_allclose(one, other, atol=2e-3)


@pytest.mark.parametrize("protocol", ["reset", "sre"])
def test_rows_of_one_batch_start_anew_where_lanes_do(sequences, tracker, tmp_path, protocol):
    """Restarts and runs of different lengths; the still ground truth makes the tracker fail."""
    few = sequences if protocol == "reset" else [sequence for sequence in sequences if sequence.name == "Walking"]
    evaluate(few, protocol, own(tracker, 3, 2), tmp_path / "lanes", {})
    evaluate(few, protocol, BatchedLanes(tracker, 3), tmp_path / "batch", {})
    lanes, batch = results(tmp_path / "lanes"), results(tmp_path / "batch")
    assert lanes.keys() == batch.keys() and len(lanes) >= 8
    for name in lanes:
        one, other = (np.array(files[name].replace(b",", b" ").split(), float) for files in (lanes, batch))
        np.testing.assert_allclose(one, other, atol=2e-3)


@pytest.fixture
def turning(tmp_path):
    """A shape that turns, annotated by its corners."""
    shapes = [tilted((150, 140), (70, 40), 20 + 10 * number) for number in range(6)]
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for path, shape in zip(paths, shapes, strict=True):
        cv2.imwrite(str(path), picture(shape))
    polygons_T8 = np.array([shape.flatten() for shape in shapes])
    files = images.ImageFiles(paths)
    return Sequence("turning", files, around(polygons_T8), size=(400, 320), polygons_T8=polygons_T8)


@pytest.mark.parametrize("batched", [False, True])
def test_vot_results_have_the_polygons_of_trackers_with_masks(turning, tmp_path, batched):
    tracker = shape_tracker()
    lanes = BatchedLanes(tracker, 1) if batched else own(tracker, 1, 1)
    evaluate([turning], "reset", lanes, tmp_path / "run", {})
    trajectory = read_trajectory(tmp_path / "run/baseline/turning/turning_001.txt")
    assert trajectory.codes_T.tolist() == [1, *[-1] * 5]
    assert overlaps(trajectory, turning, "polygon")[1:].min() > 0.9
    evaluate([turning], "one-pass", lanes, tmp_path / "boxes", {})
    assert np.loadtxt(tmp_path / "boxes/turning.txt", delimiter=",").shape == (6, 4)


def test_a_video_is_decoded_once(tracker, tmp_path, monkeypatch):
    """Reads ahead that overtook one another would each decode from the beginning again."""
    opened = []
    read_video = images.read_video
    monkeypatch.setattr(images, "read_video", lambda *arguments: opened.append(1) or read_video(*arguments))
    boxes = np.tile([305.0, 140, 235, 186], (30, 1))
    clip = images.VideoImages(Path(__file__).parents[2] / "examples/market_street_1906.mp4")
    sequence = Sequence("clip", clip, np.vstack((boxes, np.full((len(clip) - 30, 4), np.nan))))
    rows = []
    lanes = SeparateLanes(lambda: ForeignTracker(StillTracker()), 1, 1)
    run(
        [Job("clip", sequence, one_pass, len(clip))],
        lanes,
        lambda job, done: rows.extend(done),
        pytest.fail,
        decoders=4,
    )
    assert len(rows) == len(clip) and len(opened) == 1


def test_a_batch_that_fails_ends_its_own_sequences(sequences, tracker, tmp_path, monkeypatch):
    """Out of memory, say."""

    def fail(*arguments):
        raise RuntimeError("out of memory")

    monkeypatch.setattr("siamtrack.evaluation.lanes.track_step", fail)
    outcome = evaluate(sequences, "one-pass", BatchedLanes(tracker, 2), tmp_path / "run", {})
    assert len(outcome.failures) == 4 and all("out of memory" in text for text in outcome.failures.values())


def broken_copy(otb_root, tmp_path, content):
    root = tmp_path / "broken"
    shutil.copytree(otb_root, root)
    (root / "Man/img/0006.jpg").write_bytes(content)
    return otb.load(root)


def test_a_corrupt_image_ends_its_own_sequence_only(otb_root, tracker, sequential, tmp_path):
    sequences = broken_copy(otb_root, tmp_path, b"no jpeg")
    outcome = evaluate(sequences, "one-pass", own(tracker, 3, 2), tmp_path / "run", {})
    assert list(outcome.failures) == ["Man"]
    assert "Man/img/0006.jpg is not a readable image" in outcome.failures["Man"]
    assert results(tmp_path / "run") == {n: b for n, b in sequential.items() if not n.startswith("Man")}
    shutil.copy(otb_root / "Man/img/0006.jpg", tmp_path / "broken/Man/img/0006.jpg")
    outcome = evaluate(sequences, "one-pass", own(tracker, 1, 1), tmp_path / "run", {}, resume=True)
    assert (outcome.kept, outcome.frames) == (3, 10)
    assert results(tmp_path / "run") == sequential


def test_an_image_of_another_size_is_named(otb_root, tracker, tmp_path):
    other = cv2.imencode(".jpg", np.zeros((50, 60, 3), np.uint8))[1].tobytes()
    outcome = evaluate(broken_copy(otb_root, tmp_path, other), "one-pass", own(tracker, 1, 1), tmp_path / "run", {})
    assert "0006.jpg is 60x50 pixels; the images before it are 540x360" in outcome.failures["Man"]


def test_results_are_not_overwritten_nor_mixed(sequences, tracker, tmp_path):
    few = [sequence for sequence in sequences if sequence.name == "Walking"]
    evaluate(few, "one-pass", own(tracker, 1, 1), tmp_path / "run", {"model": "a"})
    with pytest.raises(FileExistsError, match="--resume"):
        evaluate(few, "one-pass", own(tracker, 1, 1), tmp_path / "run", {"model": "a"})
    with pytest.raises(ValueError, match="made with model 'a', now it is 'b'"):
        evaluate(few, "one-pass", own(tracker, 1, 1), tmp_path / "run", {"model": "b"}, resume=True)
    (tmp_path / "run/Walking.txt").write_text("1,2,3,4\n")
    with pytest.raises(ValueError, match="Walking.txt has 1 rows, Walking has 6 frames"):
        evaluate(few, "one-pass", own(tracker, 1, 1), tmp_path / "run", {"model": "a"}, resume=True)
    (tmp_path / "new").mkdir()
    (tmp_path / "new/run.json.part").write_text("{")  # all that a crash may have left
    assert evaluate(few, "one-pass", own(tracker, 1, 1), tmp_path / "new", {}, resume=True).frames == 6
    with pytest.raises(ValueError, match="two sequences are called 'Walking'"):
        evaluate(few * 2, "one-pass", own(tracker, 1, 1), tmp_path / "twice", {})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"):
        evaluate(few, "one-pass", own(tracker, 1, 1), tmp_path / "mine", {})


def test_other_peoples_trackers(sequences, tmp_path):
    lanes = SeparateLanes(lambda: ForeignTracker(StillTracker()), 2, 2)
    evaluate(sequences, "one-pass", lanes, tmp_path / "run", {})
    for sequence in sequences:
        written = np.loadtxt(tmp_path / "run" / f"{sequence.name}.txt", delimiter=",")
        np.testing.assert_array_equal(written - [1, 1, 0, 0], sequence.boxes_T4)
    assert not list((tmp_path / "run").glob("*_confidence.value"))


def test_what_another_tracker_raises_is_told_and_the_rest_goes_on(sequences, tmp_path):
    lanes = SeparateLanes(lambda: ForeignTracker(FaintingTracker()), 4, 2)
    outcome = evaluate(sequences, "one-pass", lanes, tmp_path / "run", {})
    assert list(outcome.failures) == ["Jump"]
    assert "Jump/img/0002.jpg: ZeroDivisionError: fainted" in outcome.failures["Jump"]
    assert len(list((tmp_path / "run").glob("*.txt"))) == 3


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "update returned None, expected four finite numbers"),
        ((True, (1, 2, 3, 4)), "expected four finite numbers"),
        ("abc", "update returned 'abc'"),
        ((1, 2, 3), "expected four"),
        ((1, 2, float("nan"), 4), "expected four finite"),
        ((1, 2, -3, 4), "not negative"),
        (lambda: sys.exit(3), r"sys.exit\(3\)"),
    ],
)
def test_answers_that_are_no_box(sequences, tmp_path, answer, message):
    few = [sequence for sequence in sequences if sequence.name == "Walking"]
    lanes = SeparateLanes(lambda: ForeignTracker(Answering(answer)), 1, 1)
    outcome = evaluate(few, "one-pass", lanes, tmp_path / "run", {})
    assert re.search(message, outcome.failures["Walking"]) and not list((tmp_path / "run").glob("*.txt"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "expected module:factory"),
        ("no_such_module:x", "No module named 'no_such_module'"),
        ("tests.evaluation.still_tracker:missing", "missing"),
        ("tests.evaluation.still_tracker:Speechless", "without init and update"),
        ("tests.evaluation.still_tracker:broken", "broken: RuntimeError: no weights"),
        ("tests.evaluation.still_tracker:Answering", "TypeError: .*missing 1 required"),
    ],
)
def test_factories_that_make_no_tracker(text, message):
    with pytest.raises(ValueError, match=message):
        find_factory(text)
