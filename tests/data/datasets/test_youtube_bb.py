import cv2
import numpy as np
import pytest

from siamtrack.data.datasets.faults import collect_faults
from siamtrack.data.datasets.youtube_bb import load_train

from .trees import image_names, write_lines

PERSON = ["a_-b,2000,0,person,0,present,0.5,0.75,0.25,0.5", "a_-b,1000,0,person,0,present,0.25,0.5,0.25,0.75"]
AWAY = "a_-b,3000,0,person,0,absent,-1.,-1.,-1.,-1."
DOG = "a_-b,2000,4,dog,1,present,0.0,1.0,0.5,1.0"
GONE = "zzz,1000,0,person,0,present,0.25,0.5,0.25,0.75"


def write_set(root, *lines, size=(40, 20)):
    """Frames of all lines but those of the video that is gone."""
    write_lines(root / "yt_bb_detection_train.csv", lines)
    for line in lines:
        video, time, kind, _, number, *_ = line.split(",")
        if video != "zzz":
            path = root / f"yt_bb_detection_train/{kind}/{video}_{time}_{kind}_{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.zeros((size[1], size[0], 3), np.uint8))
    return root


def test_targets_of_the_list(tmp_path):
    person, dog = load_train(write_set(tmp_path, *PERSON, GONE, DOG, AWAY))
    assert (person.name, person.category, person.size) == ("a_-b_0_0", "person", (40, 20))
    assert (dog.name, dog.category) == ("a_-b_4_1", "dog")
    assert image_names(person) == [f"a_-b_{time}_0_0.jpg" for time in (1000, 2000, 3000)]
    np.testing.assert_array_equal(person.boxes_T4, [[10, 5, 10, 10], [20, 5, 10, 5], [np.nan] * 4])
    assert person.absent_T.tolist() == [False, False, True] and person.annotated_T.tolist() == [True, True, False]
    assert [others.tolist() for others in person.others] == [[], [[0, 10, 40, 10]], []]
    assert [others.tolist() for others in dog.others] == [[[20, 5, 10, 5]]]


def test_rows_without_a_frame_are_left_out(tmp_path):
    write_set(tmp_path, *PERSON, DOG)
    (tmp_path / "yt_bb_detection_train/0/a_-b_1000_0_0.jpg").unlink()
    person, _ = load_train(tmp_path)
    assert image_names(person) == ["a_-b_2000_0_0.jpg"]


@pytest.mark.parametrize(
    "bad",
    [
        "a_-b,1000,0,person,0,present,0.25,0.5,0.25",
        "a_-b,1000,0,person,0,here,0.25,0.5,0.25,0.75",
        "a_-b,1000,0,person,0,present,0.25,x,0.25,0.75",
        "a_-b,1e3,0,person,0,present,0.25,0.5,0.25,0.75",
    ],
)
def test_a_bad_line_is_named_and_leaves_the_others(tmp_path, bad):
    write_set(tmp_path, *PERSON, DOG)
    write_lines(tmp_path / "yt_bb_detection_train.csv", [DOG, bad, PERSON[0]])
    with pytest.raises(ValueError, match=r"yt_bb_detection_train.csv line 2: .*expected id,timestamp"):
        load_train(tmp_path)
    with collect_faults() as faults:
        assert sorted(len(s) for s in load_train(tmp_path)) == [1, 1]
    assert [name for name, _ in faults] == ["yt_bb_detection_train.csv line 2"]


def test_an_unreadable_first_frame_leaves_the_other_targets(tmp_path):
    write_set(tmp_path, *PERSON, DOG)
    (tmp_path / "yt_bb_detection_train/0/a_-b_1000_0_0.jpg").write_text("no image")
    with collect_faults() as faults:
        assert [s.category for s in load_train(tmp_path)] == ["dog"]
    ((name, error),) = faults
    assert name == "a_-b_0_0" and "a_-b_1000_0_0.jpg is not a readable image" in str(error)


def test_boxes_the_wrong_way_round_have_no_area(tmp_path):
    (sequence,) = load_train(write_set(tmp_path, "v,0,0,person,0,present,0.5,0.25,0.25,0.75"))
    assert sequence.annotated_T.tolist() == [False]
