import json
from pathlib import Path

import pytest

from siamtrack.data.datasets import lasot

from .trees import numbered, write_images, write_lines


def make_sequence(folder):
    write_images(folder / "img", numbered(1, 3, 8))
    write_lines(folder / "groundtruth.txt", ["1,1,3,4", "0,0,0,0", "2,2,3,4"])
    write_lines(folder / "full_occlusion.txt", ["0,1,0"])
    write_lines(folder / "out_of_view.txt", ["0,0,1"])


@pytest.mark.parametrize("flat", [True, False])
def test_splits_by_the_official_list(tmp_path, flat):
    for name in ("airplane-1", "airplane-10", "airplane-9", "airplane-2", "atv-1", "zebra-10"):
        make_sequence(tmp_path / ("" if flat else lasot.category(name)) / name)
    test = lasot.load_test(tmp_path)
    assert [s.name for s in test] == ["airplane-1", "airplane-9", "zebra-10"]
    assert [s.name for s in lasot.load_train(tmp_path)] == ["airplane-2", "airplane-10"]
    assert [s.name for s in lasot.load_extension(tmp_path)] == ["atv-1"]
    assert test[0].category == "airplane"
    assert test[0].absent_T.tolist() == [False, True, True]
    assert test[0].annotated_T.tolist() == [True, False, True]


def test_the_list_has_four_numbers_of_each_class():
    table = json.loads((Path(lasot.__file__).parent / "lasot_test.json").read_text())
    assert len(table) == 70 and all(len(set(numbers)) == 4 for numbers in table.values())


def test_the_list_is_that_of_the_got10k_toolkit():
    toolkit = pytest.importorskip("got10k")
    splits = json.loads((Path(toolkit.__file__).parent / "datasets/lasot.json").read_text())
    assert lasot.keep_test(splits["test"]) == splits["test"] and not lasot.keep_train(splits["test"])
    assert lasot.keep_train(splits["train"]) == splits["train"] and not lasot.keep_test(splits["train"])


def test_labels_of_another_length_are_an_error(tmp_path):
    make_sequence(tmp_path / "airplane-1")
    write_lines(tmp_path / "airplane-1/out_of_view.txt", ["0,0"])
    with pytest.raises(ValueError, match=r"out_of_view.txt: 2 labels, but 3 frames"):
        lasot.load_test(tmp_path)
