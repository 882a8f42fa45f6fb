import cv2
import numpy as np
import pytest

from siamtrack.data.datasets import otb


def make_sequence(root, name, lines, frames=2):
    folder = root / name
    (folder / "img").mkdir(parents=True)
    (folder / "groundtruth_rect.txt").write_text("\n".join(lines) + "\n")
    for i in range(frames):
        cv2.imwrite(str(folder / "img" / f"{i + 1:04d}.jpg"), np.zeros((8, 8, 3), np.uint8))


@pytest.mark.parametrize("lines", [["3,4,5,6", "4,4,5,6"], ["3\t4\t5\t6", "4\t4\t5\t6"], ["3 4 5 6", "4 4 5 6"]])
def test_boxes_become_zero_based_whatever_the_separator(tmp_path, lines):
    make_sequence(tmp_path, "Ball", lines)
    (sequence,) = otb.load(tmp_path)
    assert sequence.name == "Ball"
    assert sequence.boxes_T4.tolist() == [[2, 3, 5, 6], [3, 3, 5, 6]]
    assert [path.name for path in sequence.images.paths] == ["0001.jpg", "0002.jpg"]


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
