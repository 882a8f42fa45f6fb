import numpy as np
import pytest

from siamtrack.data.textfile import parse_rows, split_numbers


@pytest.mark.parametrize("line", ["1,2,nan", "1\t2\tnan", " 1; 2 ;nan ", "1, 2  nan,"])
def test_separators_of_all_data_sets(line):
    assert split_numbers(line) == ["1", "2", "nan"]


@pytest.mark.parametrize("line", ["", "  ", "\t", ","])
def test_an_empty_line_has_no_numbers(line):
    assert split_numbers(line) == []


def test_rows_of_numbers():
    np.testing.assert_array_equal(parse_rows("1,2\n3\t4\n\n", 2, "a.txt"), [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    "text, message",
    [
        ("1,2\n3\n", r"a.txt line 2: '3', expected 2 numbers"),
        ("1,2,3\n4\n", r"a.txt line 1: '1,2,3', expected 2 numbers"),
        ("1,2\n3,x\n", r"a.txt line 2: '3,x', expected 2 numbers"),
        ("\n", "a.txt is empty"),
    ],
)
def test_wrong_rows_are_named(text, message):
    with pytest.raises(ValueError, match=message):
        parse_rows(text, 2, "a.txt")
