import struct
from dataclasses import replace

import numpy as np
import pytest

from siamtrack.evaluation.vot.files import read_trajectory
from siamtrack.evaluation.vot.trajectory import FAILURE, INIT, REGION, UNKNOWN

from .made_up import make_sequence, with_resets
from .writing import write_trajectory


def written(tmp_path, text, name="bag_001.txt"):
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("codes", [("1", "2", "0"), ("1.0", "2.0", "0.0"), ("1.0000", "2.0000", "0.0000")])
def test_codes_boxes_and_polygons(tmp_path, codes):
    started, lost, skipped = codes
    text = f"{started}\n1,2,3,4\n5\t6 7, 8\n{lost}\n{skipped}\n10,10,14,12,12,16,8,14\n"
    trajectory = read_trajectory(written(tmp_path, text))
    assert trajectory.codes_T.tolist() == [INIT, REGION, REGION, FAILURE, UNKNOWN, REGION]
    assert trajectory.boxes_T4[1].tolist() == [1, 2, 3, 4]
    assert trajectory.boxes_T4[2].tolist() == [5, 6, 7, 8]
    assert trajectory.boxes_T4[5].tolist() == [8, 10, 6, 6]  # round the polygon
    assert trajectory.polygons_T8[5].tolist() == [10, 10, 14, 12, 12, 16, 8, 14]
    assert np.isnan(trajectory.boxes_T4[[0, 3, 4]]).all() and np.isnan(trajectory.polygons_T8[:5]).all()
    assert trajectory.failures == 1
    assert trajectory.confidence_T is None and trajectory.times_T is None


def test_files_that_count_pixels_from_one(tmp_path):
    trajectory = read_trajectory(written(tmp_path, "1\n1,2,3,4\n11,11,15,13,13,17,9,15\n"), origin=1.0)
    assert trajectory.boxes_T4[1].tolist() == [0, 1, 3, 4]
    assert trajectory.polygons_T8[2].tolist() == [10, 10, 14, 12, 12, 16, 8, 14]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("3", "unknown code 3, expected 0 "),
        ("1.5", "unknown code 1.5"),
        ("nan,nan,nan,nan", "is no region, expected finite numbers"),
        ("1,2,inf,4", "is no region"),
        ("1,2,-3,4", r"is no box, expected x,y,w,h with w, h >= 0"),
        ("1,2,3", r"'1,2,3', expected a code \(0, 1, 2\), 4 or 8 numbers"),
        ("1,2,x,4", "'1,2,x,4', expected"),
        ("", "'', expected"),
        ("m1,2,3,4,5", "is a mask; expected boxes"),
    ],
)
def test_lines_that_are_no_region(tmp_path, line, message):
    path = written(tmp_path, f"1\n1,2,3,4\n{line}\n1,2,3,4\n")
    with pytest.raises(ValueError, match=f"bag_001.txt line 3: .*{message}|bag_001.txt line 3: {message}"):
        read_trajectory(path)


def test_an_empty_file(tmp_path):
    with pytest.raises(ValueError, match="bag_001.txt is empty"):
        read_trajectory(written(tmp_path, "\n"))


def test_nothing_said_in_a_long_term_run(tmp_path):
    trajectory = read_trajectory(written(tmp_path, "1\nnan,nan,nan,nan\n1,2,3,4\n"), gaps=True)
    assert trajectory.codes_T.tolist() == [INIT, UNKNOWN, REGION]


def test_scores_and_times(tmp_path):
    path = written(tmp_path, "1\n1,2,3,4\n1,2,3,4\n")
    written(tmp_path, "\n0.5\n0.25\n", "bag_001_confidence.value")
    written(tmp_path, "0.1\n0.2\n0.3\n", "bag_001_time.value")
    trajectory = read_trajectory(path)
    np.testing.assert_array_equal(trajectory.confidence_T, [np.nan, 0.5, 0.25])
    assert trajectory.times_T.tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize("text", ["9,0.1\n9,0.2\n9,0.3\n", "0.1,0.2,0.3\n"], ids=["a column a run", "in one line"])
def test_times_of_earlier_years(tmp_path, text):
    path = written(tmp_path, "1\n1,2,3,4\n1,2,3,4\n", "bag_002.txt")
    written(tmp_path, text, "bag_time.txt")
    assert read_trajectory(path).times_T.tolist() == [0.1, 0.2, 0.3]


def test_scores_of_another_length_or_kind(tmp_path):
    path = written(tmp_path, "1\n1,2,3,4\n")
    written(tmp_path, "0.5\n", "bag_001_confidence.value")
    with pytest.raises(ValueError, match="bag_001_confidence.value has 1 lines for 2 frames"):
        read_trajectory(path)
    written(tmp_path, "0.5\nhigh\n", "bag_001_confidence.value")
    with pytest.raises(ValueError, match="bag_001_confidence.value line 2: 'high', expected a number"):
        read_trajectory(path)


def binary(*regions, frames=None, version=1):
    return struct.pack("<hI", version, len(regions) if frames is None else frames) + b"".join(regions)


CODE, BOX = struct.pack("<BI", 0, 1), struct.pack("<B4f", 1, 1, 2, 3, 4)


def test_the_toolkits_binary_form(tmp_path):
    path = tmp_path / "bag_001.bin"
    path.write_bytes(binary(CODE, BOX, struct.pack("<BH8f", 2, 4, 10, 10, 14, 12, 12, 16, 8, 14)))
    trajectory = read_trajectory(path)
    assert trajectory.codes_T.tolist() == [INIT, REGION, REGION]
    assert trajectory.boxes_T4[1:].tolist() == [[1, 2, 3, 4], [8, 10, 6, 6]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\1", "too short"),
        (binary(CODE, version=2), "version 2"),
        (binary(CODE, BOX)[:-1], "ends in frame 2 of 2"),
        (binary(CODE, BOX, frames=3), "ends in frame 3 of 3"),
        (binary(CODE, BOX) + b"\0", "1 bytes after its last frame"),
        (binary(CODE, b"\3" + bytes(12)), "frame 2: a mask"),
        (binary(CODE, b"\x07"), "frame 2: an unknown kind"),
        (binary(CODE, struct.pack("<BH6f", 2, 3, *range(6))), "frame 2: a polygon of 3 corners"),
        (binary(struct.pack("<BI", 0, 9)), "frame 1: unknown code 9"),
    ],
)
def test_binary_files_that_are_broken(tmp_path, data, message):
    path = tmp_path / "bag_001.bin"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"bag_001.bin.*{message}"):
        read_trajectory(path)


def test_written_files_are_read_again(tmp_path):
    trajectory = with_resets(make_sequence("bag", 60, 1), 1)
    times_T = np.arange(60) / 8
    path = write_trajectory(tmp_path, "bag", replace(trajectory, times_T=times_T))
    assert path == tmp_path / "baseline/bag/bag_001.txt"
    back = read_trajectory(path)
    assert (back.codes_T == trajectory.codes_T).all()
    np.testing.assert_allclose(back.boxes_T4, trajectory.boxes_T4, atol=5e-5)
    np.testing.assert_allclose(back.times_T, times_T)
    assert sorted(p.name for p in path.parent.iterdir()) == ["bag_001.txt", "bag_001_time.value"]


def test_written_polygons_stay_polygons(tmp_path):
    sequence = make_sequence("bag", 5, 1)
    trajectory = replace(with_resets(sequence, 1), polygons_T8=sequence.polygons_T8.copy())
    trajectory.polygons_T8[0] = np.nan
    np.testing.assert_allclose(
        read_trajectory(write_trajectory(tmp_path, "bag", trajectory)).polygons_T8, trajectory.polygons_T8
    )
