import numpy as np
import pytest

from siamtrack.evaluation.vot.results import read_results
from siamtrack.evaluation.vot.trajectory import INIT, UNKNOWN

from .made_up import make_sequence, with_resets
from .writing import write_trajectory


@pytest.fixture
def sequences():
    return [make_sequence(name, frames, seed) for seed, (name, frames) in enumerate({"bag": 20, "book": 30}.items())]


@pytest.fixture
def folder(tmp_path, sequences):
    """Complete results of a reset-based run."""
    for sequence in sequences:
        write_trajectory(tmp_path / "Ours", sequence.name, with_resets(sequence, 1))
    return tmp_path / "Ours"


def replace_lines(folder, name, lines):
    (folder / f"baseline/{name}/{name}_001.txt").write_text("".join(f"{line}\n" for line in lines))


def test_complete_results(folder, sequences):
    results = read_results(folder, sequences, "reset")
    assert [video.name for video, _ in results] == ["bag", "book"]
    assert [len(runs) for _, runs in results] == [1, 1]


@pytest.mark.parametrize("name", ["unusual", "."])
def test_other_names_of_the_experiment(folder, sequences, name, tmp_path):
    (folder / "baseline").rename(tmp_path / "moved")
    if name == ".":
        folder.rmdir()
    (tmp_path / "moved").rename(folder / name)
    assert len(read_results(folder, sequences, "reset")) == 2


def test_several_experiments_of_one_protocol(folder, sequences):
    (folder / "baseline").rename(folder / "one")
    for sequence in sequences:
        write_trajectory(folder, sequence.name, with_resets(sequence, 2))
    (folder / "baseline").rename(folder / "two")
    with pytest.raises(ValueError, match=r"several reset experiments \(one, two\)"):
        read_results(folder, sequences, "reset")


def test_a_folder_without_results(tmp_path, sequences):
    with pytest.raises(FileNotFoundError, match=r"no reset results .* baseline/bag/bag_001.txt"):
        read_results(tmp_path, sequences, "reset")
    with pytest.raises(FileNotFoundError, match=r"no anchor results .* baseline/bag/bag_00000001.txt"):
        read_results(tmp_path, sequences, "anchor")


def test_results_of_other_annotations_name_every_sequence(folder, sequences):
    replace_lines(folder, "bag", ["1"] + ["1,2,3,4"] * 18)
    replace_lines(folder, "book", ["1"] + ["1,2,3,4"] * 40)
    missing = make_sequence("fish", 10, 0)
    with pytest.raises(ValueError) as caught:
        read_results(folder, [*sequences, missing], "reset")
    message = str(caught.value)
    assert str(folder) in message
    assert "baseline/bag/bag_001.txt has 19 rows for 20 annotated frames" in message
    assert "baseline/book/book_001.txt has 41 rows for 30 annotated frames" in message
    assert "baseline/fish/fish_001.txt is missing" in message


_BOX = "1,2,3,4"


@pytest.mark.parametrize(
    ("start", "line", "message"),
    [
        ([_BOX], 1, r"a region, expected 1 \(started\)"),
        (["1", _BOX, "1"], 3, r"1 \(started\), expected a region"),
        (["1", _BOX, "0"], 3, r"0 \(not asked\), expected a region"),
        (["1", "2", "0", "0", "0", "0", "0"], 7, r"0 \(not asked\), expected 1 \(started\)"),
        (["1", "2", "0", "0", "1"], 5, r"1 \(started\), expected 0 \(not asked\)"),
        (["1", "2", _BOX], 3, r"a region, expected 0 \(not asked\)"),
        (["1", "2", "0", "0", "0", "0", _BOX], 7, r"a region, expected 1 \(started\)"),
    ],
)
def test_codes_that_break_the_reset_protocol(folder, sequences, start, line, message):
    replace_lines(folder, "bag", (start + [_BOX] * 20)[:20])
    with pytest.raises(ValueError, match=rf"bag_001.txt line {line}: {message}; a lost target is followed 5 frames"):
        read_results(folder, sequences, "reset")


@pytest.mark.parametrize("end", [["2"], ["2", "0"], ["2", *"0000"], ["2", *"0000", "1"]])
def test_a_target_lost_near_the_end(folder, sequences, end):
    replace_lines(folder, "bag", ["1"] + [_BOX] * (19 - len(end)) + end)
    read_results(folder, sequences, "reset")


def test_the_first_frame_of_a_long_term_run_may_repeat_the_box(tmp_path, sequences):
    for sequence in sequences:
        path = tmp_path / f"longterm/{sequence.name}/{sequence.name}_001.txt"
        path.parent.mkdir(parents=True)
        path.write_text(f"{_BOX}\n0\n" + f"{_BOX}\n" * (len(sequence) - 2))
    for _, (run,) in read_results(tmp_path, sequences, "long-term"):
        assert run.trajectory.codes_T[:2].tolist() == [INIT, UNKNOWN]
        assert np.isnan(run.trajectory.boxes_T4[:2]).all()
    path.write_text(f"1\n{_BOX}\n1\n" + f"{_BOX}\n" * (len(sequence) - 3))
    with pytest.raises(
        ValueError, match=r"book_001.txt line 3: 1 \(started\), expected a region; a run is started once"
    ):
        read_results(tmp_path, sequences, "long-term")


def test_runs_from_anchors_see_their_frames_in_their_order(tmp_path):
    sequence = make_sequence("bag", 20, 0, anchors=[(5, 1), (12, -1)])
    for name, frames in (("bag_00000005", 15), ("bag_00000012", 13)):
        path = tmp_path / f"baseline/bag/{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1\n" + f"{_BOX}\n" * (frames - 1))
    (forward, backward) = read_results(tmp_path, [sequence], "anchor")[0].runs
    np.testing.assert_array_equal(forward.video.boxes_T4, sequence.boxes_T4[5:])
    np.testing.assert_array_equal(backward.video.polygons_T8, sequence.polygons_T8[12::-1])
    path.unlink()
    with pytest.raises(ValueError, match="bag_00000012.txt is missing"):
        read_results(tmp_path, [sequence], "anchor")
    with pytest.raises(ValueError, match="bag has no anchors"):
        read_results(tmp_path, [make_sequence("bag", 20, 0)], "anchor")
