import numpy as np
import pytest

from siamtrack.data.datasets import vot

from .trees import numbered, write_images, write_lines

SQUARE = "2,3,6,3,6,5,2,5"
TILTED = "0,2,2,0,4,2,2,4"


def make_sequence(root, name, lines, images="color"):
    write_lines(root / name / "groundtruth.txt", lines)
    write_images(root / name / images, numbered(1, len(lines), 8))


def test_polygons_and_the_boxes_round_them(tmp_path):
    make_sequence(tmp_path, "bag", [SQUARE, TILTED])
    (sequence,) = vot.load(tmp_path)
    assert sequence.boxes_T4.tolist() == [[2, 3, 4, 2], [0, 0, 4, 4]]
    assert sequence.polygons_T8[1].tolist() == [0, 2, 2, 0, 4, 2, 2, 4]
    assert sequence.absent_T is None and sequence.anchors_T is None and sequence.size is None


def test_boxes_alone_have_no_polygons_and_mixed_ones_have(tmp_path):
    make_sequence(tmp_path, "bag", ["2,3,4,2"])
    make_sequence(tmp_path, "box", ["2,3,4,2", TILTED])
    bag, box = vot.load(tmp_path)
    assert bag.polygons_T8 is None and bag.boxes_T4.tolist() == [[2, 3, 4, 2]]
    assert box.polygons_T8[0].tolist() == [2, 3, 6, 3, 6, 5, 2, 5]


def test_masks_are_read_as_the_box_round_them(tmp_path):
    make_sequence(tmp_path, "bag", ["m2,3,4,2,0,8", "m0,0,0,0,0"])
    (sequence,) = vot.load(tmp_path)
    assert sequence.boxes_T4[0].tolist() == [2, 3, 4, 2] and sequence.polygons_T8 is None
    assert sequence.absent_T.tolist() == [False, True]


@pytest.mark.parametrize("line", ["nan,nan,nan,nan", "NaN,NaN,NaN,NaN", "0", "0,0,0,0", "nan"])
def test_absent_targets(tmp_path, line):
    make_sequence(tmp_path, "bag", ["2,3,4,2", line, "2,3,4,2"])
    (sequence,) = vot.load(tmp_path)
    assert sequence.absent_T.tolist() == [False, True, False] == (~sequence.annotated_T).tolist()


@pytest.mark.parametrize("line", ["2,3,4", "7", "2,3,4,x", "1,2,3,4,5,6", "", "m1,2,3"])
def test_a_line_that_is_no_region_is_named(tmp_path, line):
    make_sequence(tmp_path, "bag", [SQUARE, line, SQUARE])
    with pytest.raises(ValueError, match=r"groundtruth.txt line 2: .*expected 4 or 8 numbers"):
        vot.load(tmp_path)


@pytest.mark.parametrize("images", ["", "color", "frames"])
def test_frames_in_the_folder_itself_in_color_or_where_the_metadata_says(tmp_path, images):
    make_sequence(tmp_path, "bag", [SQUARE] * 2, images)
    if images == "frames":
        write_lines(tmp_path / "bag/sequence", ["channels.color=frames/%08d.jpg", "width=8", "height=6", "name=bag"])
    (sequence,) = vot.load(tmp_path)
    assert len(sequence.images) == 2
    assert sequence.size == ((8, 6) if images == "frames" else None)


def test_tags_and_anchors(tmp_path):
    make_sequence(tmp_path, "bag", [SQUARE] * 3)
    write_lines(tmp_path / "bag/occlusion.tag", [0, 1, 0])
    write_lines(tmp_path / "bag/camera_motion.label", [1])
    write_lines(tmp_path / "bag/motion_change.tag", [])
    write_lines(tmp_path / "bag/anchor.value", [1, 0, -1])
    write_lines(tmp_path / "bag/practical.value", [0.5, 0.5, 0.5])
    (sequence,) = vot.load(tmp_path)
    assert {tag: values_T.tolist() for tag, values_T in sequence.tags.items()} == {
        "camera_motion": [True, False, False],
        "motion_change": [False, False, False],
        "occlusion": [False, True, False],
    }
    assert sequence.anchors_T.tolist() == [1, 0, -1] and sequence.anchors_T.dtype == np.int64
    write_lines(tmp_path / "bag/occlusion.tag", [0, 1, 0, 1])
    with pytest.raises(ValueError, match=r"occlusion.tag: 4 labels, but 3 frames"):
        vot.load(tmp_path)
    write_lines(tmp_path / "bag/occlusion.tag", [0, "one"])
    with pytest.raises(ValueError, match=r"occlusion.tag line 2: 'one'"):
        vot.load(tmp_path)


@pytest.mark.parametrize("below", ["", "sequences"])
def test_the_order_is_that_of_the_list_and_missing_sequences_are_left_out(tmp_path, below):
    for name in ("a", "b", "c"):
        make_sequence(tmp_path / below, name, [SQUARE])
    write_lines(tmp_path / below / "list.txt", ["c", "missing", "a"])
    assert [s.name for s in vot.load(tmp_path)] == ["c", "a"]


def test_real_sequences(shared):
    (book,) = vot.load(shared / "data/eval/VOT2018")
    (bag,) = vot.load(shared / "data/eval/VOT2015")
    assert len(book) == len(book.images) == 175 and len(book.tags) == 5
    assert len(bag) == len(bag.images) == 196 and not bag.tags
    assert book.polygons_T8[0].tolist() == [199, 49, 287, 49, 287, 113, 199, 113]
