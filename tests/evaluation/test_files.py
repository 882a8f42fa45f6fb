"""Result folders: what is read, and what is refused with which words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siamtrack.data.annotations import load_annotations
from siamtrack.data.datasets.files import plain
from siamtrack.data.sequence import NO_IMAGES, Sequence
from siamtrack.evaluation.files import (
    _match,
    _result_files,
    find_trackers,
    first_row_notes,
    read_boxes,
    read_fps,
    repetition_notes,
)

ROWS = [[11.0, 21.0, 30.0, 40.0], [12.5, 21.0, 30.0, 40.0], [13.0, 22.25, 30.0, 41.0]]
VIDEOS = [Sequence(name, NO_IMAGES, np.array(ROWS) - [1, 1, 0, 0], origin=1.0) for name in ("Jogging.1", "CarDark")]


def write(folder, names=("jogging_1", "carDark"), separator=",", rows=ROWS, end="\n"):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.txt").write_text(end.join(separator.join(f"{v:g}" for v in row) for row in rows) + end)
    return folder


@pytest.mark.parametrize("name", ["jogging_1", "Jogging-1", "Jogging.1", "JOGGING1"])
def test_names_are_matched_as_the_toolkits_spell_them(name):
    assert plain(name) == plain("Jogging.1")


@pytest.mark.parametrize(("separator", "end"), [(",", "\n"), ("\t", "\n"), (" ", "\n"), (", ", "\r\n")])
def test_boxes_are_read_whatever_the_separator(tmp_path, separator, end):
    boxes = read_boxes(write(tmp_path / "t", separator=separator, end=end), VIDEOS)
    np.testing.assert_array_equal(boxes["Jogging.1"], VIDEOS[0].boxes_T4)
    assert list(boxes) == ["Jogging.1", "CarDark"]


def test_layouts(tmp_path):
    """A tracker's folder, trackers in a folder, got10k's folder a sequence, pytracking's parameters and times."""
    write(tmp_path / "pysot/A")
    write(tmp_path / "pysot/B/default_000")
    (tmp_path / "pysot/B/default_000/carDark_time.txt").write_text("0.1\n0.02\n0.02\n")
    for video in VIDEOS:
        write(tmp_path / f"got10k/C/{video.name}", [f"{video.name}_001"])
    found = find_trackers([tmp_path / "pysot", tmp_path / "got10k"], VIDEOS)
    assert list(found) == ["A", "B/default_000", "C"]
    assert list(find_trackers([tmp_path / "pysot/A"], VIDEOS)) == ["A"]
    for folder in found.values():
        np.testing.assert_array_equal(read_boxes(folder, VIDEOS)["CarDark"], VIDEOS[1].boxes_T4)
    assert read_fps(found["B/default_000"]) == pytest.approx(50)
    assert np.isnan(read_fps(found["A"]))


def test_a_looser_spelling_counts_only_where_it_leaves_no_doubt(tmp_path):
    """UAV123 has car1_1 and car11."""
    videos = [Sequence(name, NO_IMAGES, np.array(ROWS) + n) for n, name in enumerate(("car1_1", "car11", "Person2_1"))]
    for video in videos:
        write(tmp_path / "t", [video.name.lower()], rows=video.boxes_T4)
    for video in videos:
        np.testing.assert_array_equal(read_boxes(tmp_path / "t", videos)[video.name], video.boxes_T4)
    (tmp_path / "t/car1_1.txt").rename(tmp_path / "t/car1-1.txt")
    with pytest.raises(ValueError, match="car1_1 is missing"):
        read_boxes(tmp_path / "t", videos)


def test_every_sequence_of_uav123_finds_its_own_file(shared):
    videos = load_annotations("uav123", shared / "data/anno/UAV123")
    whole = [replace(video, boxes_T4=np.nan_to_num(video.boxes_T4)) for video in videos]
    folder = shared / "data/anno/UAV123"
    assert all(
        _match([v.name for v in whole], _result_files(folder))[v.name] == [folder / f"{v.name}.txt"] for v in whole
    )


def test_one_sequence_in_two_files_is_refused(tmp_path):
    write(tmp_path / "t")
    write(tmp_path / "t", ["Jogging-1"])
    with pytest.raises(ValueError, match="Jogging.1 is Jogging-1.txt and jogging_1.txt"):
        read_boxes(tmp_path / "t", VIDEOS)


def test_further_repetitions_and_broken_times_are_told(tmp_path):
    write(tmp_path / "t/carDark", ["carDark_001", "carDark_002"])
    assert "t: 1 sequences were run several times" in repetition_notes({"t": tmp_path / "t"})[0]
    (tmp_path / "t/carDark/carDark_time.txt").write_text("0.1\nfast\n")
    with pytest.raises(ValueError, match="carDark_time.txt line 2: 'fast', expected seconds"):
        read_fps(tmp_path / "t")


def test_rows_may_be_missing_where_there_is_no_target_at_the_end(tmp_path):
    videos = [Sequence("CarDark", NO_IMAGES, np.vstack((VIDEOS[1].boxes_T4, [[-1, -1, 0, 0]])), origin=1.0)]
    assert read_boxes(write(tmp_path / "t"), videos)["CarDark"].shape == (4, 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "carDark.txt").unlink(), "t does not fit .* 2 sequences: CarDark is missing"),
        (lambda folder: write(folder, ["carDark"], rows=ROWS[:2]), "carDark.txt has 2 rows for 3 annotated frames"),
        (lambda folder: write(folder, ["carDark"], rows=ROWS * 2), "carDark.txt has 6 rows for 3 annotated frames"),
        (lambda folder: write(folder, ["carDark"], separator=":"), "carDark.txt line 1: '11:21:30:40', expected 4"),
        (lambda folder: write(folder, ["carDark"], rows=[[1, 2, 3]] * 3), "carDark.txt line 1: '1,2,3', expected 4"),
        (
            lambda folder: write(folder, ["carDark"], rows=[*ROWS[:2], [np.nan] * 4]),
            r"carDark.txt line 3: \[nan, nan, nan, nan\] is no box",
        ),
        (lambda folder: write(folder, ["carDark"], rows=[[1, 2, 3, -4]] * 3), "line 1: .*-4.0.* is no box.*3 such"),
        (lambda folder: (folder / "carDark.txt").write_text(""), "carDark.txt is empty"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, message):
    folder = write(tmp_path / "t")
    change(folder)
    with pytest.raises(ValueError, match=message):
        read_boxes(folder, VIDEOS)


def test_folders_without_results(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere is not a folder"):
        find_trackers([tmp_path / "nowhere"], VIDEOS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no results .*Jogging.1.txt"):
        find_trackers([tmp_path / "empty"], VIDEOS)


def test_one_name_for_two_trackers(tmp_path):
    write(tmp_path / "mine/A"), write(tmp_path / "yours/A")
    with pytest.raises(ValueError, match="two trackers are called 'A'"):
        find_trackers([tmp_path / "mine", tmp_path / "yours"], VIDEOS)


def test_first_rows_that_are_corners_are_noted(tmp_path):
    """As SiamRPN's published OTB results have them: 198,214,34,81 stands there as 197,213,231,294."""
    given = np.array([[197.0, 213, 34, 81], [193, 212, 34, 81]])
    video = Sequence("basketball", NO_IMAGES, given, origin=1.0)
    corners = np.array([[196.0, 212, 231, 294], [192, 211, 34, 81]])
    (note,) = first_row_notes({"SiamRPN": {"basketball": corners}}, [video])
    assert "SiamRPN: the first row of 1 sequences" in note and "basketball: 197,213,231,294" in note
    assert first_row_notes({"fine": {"basketball": given}}, [video]) == []
