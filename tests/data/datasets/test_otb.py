import json
from pathlib import Path

import numpy as np
import pytest

from siamtrack.data.datasets import otb

from .trees import image_names, numbered, write_images, write_lines

# How often each attribute stands in the titles of published OTB-100 plots.
PUBLISHED = {
    "IV": 38,
    "OPR": 63,
    "SV": 64,
    "OCC": 49,
    "DEF": 44,
    "MB": 29,
    "FM": 39,
    "IPR": 51,
    "OV": 14,
    "BC": 31,
    "LR": 9,
}


def make_sequence(root, name, lines, images=None, boxes="groundtruth_rect.txt"):
    write_lines(root / name / boxes, lines)
    write_images(root / name / "img", numbered(1, 2) if images is None else images)


@pytest.mark.parametrize("lines", [["3,4,5,6", "4,4,5,6"], ["3\t4\t5\t6", "4 4 5 6"], ["3 4 5 6", "4\t4\t5\t6"]])
def test_boxes_become_zero_based_whatever_the_separator(tmp_path, lines):
    make_sequence(tmp_path, "Ball", lines)
    (sequence,) = otb.load(tmp_path)
    assert sequence.name == "Ball"
    assert sequence.boxes_T4.tolist() == [[2, 3, 5, 6], [3, 3, 5, 6]]
    assert image_names(sequence) == ["0001.jpg", "0002.jpg"]


def test_more_boxes_than_images_is_an_error(tmp_path):
    make_sequence(tmp_path, "Ball", ["1,1,2,2"] * 3)
    with pytest.raises(ValueError, match="2 images, but 3 boxes"):
        otb.load(tmp_path)


def test_a_line_that_is_no_box_is_named(tmp_path):
    make_sequence(tmp_path, "Ball", ["1,1,2,2", "1,1,two,2"])
    with pytest.raises(ValueError, match="line 2"):
        otb.load(tmp_path)


def test_a_folder_without_sequences_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no OTB sequence"):
        otb.load(tmp_path)


def test_several_targets_in_one_folder(tmp_path):
    for number in (1, 2):
        make_sequence(tmp_path, "Jogging", [f"{number},1,2,2"] * 2, boxes=f"groundtruth_rect.{number}.txt")
    make_sequence(tmp_path, "Human4", [], boxes="groundtruth_rect.1.txt")
    make_sequence(tmp_path, "Human4", ["9,1,2,2"] * 2, boxes="groundtruth_rect.2.txt")
    sequences = otb.load_100(tmp_path)
    assert [s.name for s in sequences] == ["Human4.2", "Jogging.1", "Jogging.2"]
    assert [s.boxes_T4[0, 0] for s in sequences] == [8, 0, 1]


@pytest.mark.parametrize("name, first, last, before, after", [("David", 300, 770, 299, 5), ("Freeman3", 1, 460, 0, 14)])
@pytest.mark.parametrize("cut_boxes, cut_images", [(False, False), (True, False), (True, True)])
def test_late_starts_and_early_ends(tmp_path, name, first, last, before, after, cut_boxes, cut_images):
    """Some copies have images or boxes that do not belong to the sequence."""
    lines = [f"{number},1,2,2" for number in range(first - before, last + after + 1)]
    lines = lines[before : len(lines) - after] if cut_boxes else lines
    images = numbered(first, last) if cut_images else numbered(first - before, last + after)
    (tmp_path / name / "img").mkdir(parents=True)
    for image in images:
        (tmp_path / name / "img" / image).touch()
    write_lines(tmp_path / name / "groundtruth_rect.txt", lines)
    (sequence,) = otb.load(tmp_path)
    assert image_names(sequence) == numbered(first, last)
    np.testing.assert_array_equal(sequence.boxes_T4[:, 0] + 1, np.arange(first, last + 1))


def test_a_late_start_that_was_numbered_anew(tmp_path):
    make_sequence(tmp_path, "Football1", ["1,1,2,2"] * 74, numbered(101, 174))
    assert len(otb.load(tmp_path)[0]) == 74


def test_tiger1_starts_with_its_sixth_frame(tmp_path):
    make_sequence(tmp_path, "Tiger1", [f"{number},1,2,2" for number in range(1, 355)], numbered(1, 354))
    (sequence,) = otb.load(tmp_path)
    assert len(sequence) == len(sequence.images) == 349
    assert (image_names(sequence)[0], sequence.boxes_T4[0, 0]) == ("0006.jpg", 5)


def test_only_the_sequences_of_the_list_under_their_own_names(tmp_path):
    for name in ("carDark", "jogging-1", "Biker", "Ball"):
        make_sequence(tmp_path, name, ["1,1,2,2"] * 2)
    assert [s.name for s in otb.load_2013(tmp_path)] == ["CarDark", "Jogging.1"]
    assert [s.name for s in otb.load_50(tmp_path)] == ["Biker", "CarDark"]
    assert [(s.name, s.attributes) for s in otb.load_100(tmp_path)][1] == ("CarDark", ("IV", "BC"))
    assert [s.attributes for s in otb.load(tmp_path)] == [()] * 4
    with pytest.raises(FileNotFoundError, match="no OTB-2013 sequence"):
        make_sequence(tmp_path / "other", "Ball", ["1,1,2,2"] * 2)
        otb.load_2013(tmp_path / "other")


def test_lists_and_attributes():
    assert [len(set(otb.names(version))) for version in (2013, 50, 100)] == [51, 50, 100]
    assert set(otb.names(50)) | set(otb.names(2013)) <= set(otb.names(100))
    table = json.loads((Path(otb.__file__).parent / "otb_attributes.json").read_text())
    labels = [label for labels in table.values() for label in labels]
    assert {label: labels.count(label) for label in PUBLISHED} == PUBLISHED and set(labels) == set(PUBLISHED)


def test_names_are_those_of_the_got10k_toolkit():
    """But for Human4, whose only target is the second one of its folder."""
    toolkit = pytest.importorskip("got10k.datasets").OTB
    for version, theirs in (
        (2013, toolkit._OTB__otb13_seqs),
        (50, toolkit._OTB__tb50_seqs),
        (100, toolkit._OTB__tb100_seqs),
    ):
        assert {name.partition(".")[0] for name in otb.names(version)} == set(theirs)


def test_real_sequences(shared):
    sequences = otb.load_100(shared / "data/eval/OTB")
    assert [len(s) for s in sequences] == [142, 120, 71, 500, 84, 134, 164, 228]
    assert all(len(s.images) == len(s) and s.attributes for s in sequences)
