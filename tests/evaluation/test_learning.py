"""Learning curves: records, the line and what it says, table and picture."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.evaluation.learning import column, markdown, read_records, trend
from siamtrack.evaluation.render.learning import learning_figure
from siamtrack.evaluation.render.pictures import png

RECORDS = [
    {"pairs": 1000 * 2**n, "success": 0.5 + 0.04 * n, "bag": None if n == 0 else 0.3, "seconds": 3} for n in range(5)
]


def write(path, records):
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n\n")
    return path


def test_a_straight_line_goes_on():
    found = trend(column(RECORDS, "pairs"), column(RECORDS, "success"))
    assert (found.pairs, found.records) == (32000, 4)
    assert found.gain == pytest.approx(0.04) and found.score == pytest.approx(0.7)
    assert found.error == pytest.approx(0, abs=1e-6)


def test_the_line_is_laid_through_the_last_records_only():
    bent = [{"pairs": 1, "success": -9.0}, *({"pairs": 1000 * 2**n, "success": 0.1 * n} for n in range(4))]
    assert trend(column(bent, "pairs"), column(bent, "success")).gain == pytest.approx(0.1)


def test_the_error_of_the_slope_by_hand():
    """Residuals 0.01 x (1, -2, 1) about doublings 0, 1, 2: sqrt(6e-4 / 1 / 2)."""
    found = trend(np.array([1.0, 2, 4]), np.array([0.31, 0.28, 0.31]))
    assert found.gain == pytest.approx(0) and found.error == pytest.approx(0.01 * np.sqrt(3))


@pytest.mark.parametrize(("pairs", "score"), [([1.0], [0.5]), ([2.0, 2.0], [0.4, 0.5]), ([1.0, 2.0], [np.nan, 0.5])])
def test_no_line_through_one_point(pairs, score):
    assert trend(np.array(pairs), np.array(score)) is None
    two = trend(np.array([1.0, 2]), np.array([0.4, 0.5]))
    assert two.gain == pytest.approx(0.1) and np.isnan(two.error)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.floats(0.01, 100))
def test_units_of_pairs_do_not_matter(scores, factor):
    pairs = 2.0 ** np.arange(len(scores)) * 1000
    one, other = trend(pairs, np.array(scores)), trend(pairs * factor, np.array(scores))
    assert one.gain == pytest.approx(other.gain, abs=1e-6) and one.score == pytest.approx(other.score, abs=1e-6)


def test_records_are_read_in_order_of_pairs(tmp_path):
    assert read_records(write(tmp_path / "r.jsonl", RECORDS[::-1])) == RECORDS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1 is not JSON"),
        ("[1]", "line 1: pairs is None"),
        ('{"pairs": 5}\n{"pairs": null}', "line 2: pairs is None, expected a positive number"),
        ('{"pairs": 0}', "pairs is 0"),
        ('{"pairs": true}', "pairs is True"),
        ("\n", "holds no record"),
    ],
)
def test_what_is_no_record_is_named(tmp_path, text, message):
    (tmp_path / "r.jsonl").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_records(tmp_path / "r.jsonl")


def test_the_table_has_a_row_a_record_and_the_next_doubling():
    lines = markdown(RECORDS).splitlines()
    assert lines[0] == "| pairs | OTB success | overlap, bag |"
    assert lines[2] == "| 1,000 | 0.500 | - |" and lines[6] == "| 16,000 | 0.660 | 0.300 |"
    assert lines[7].startswith("| *gain a doubling* | +0.040") and lines[8].endswith("| 0.700 | 0.300 |")
    assert len(markdown(RECORDS[:1]).splitlines()) == 3


def test_the_picture_goes_on_by_a_doubling():
    figure = learning_figure(RECORDS)
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert [line.get_xdata()[0] for line in hollow] == [32000, 32000]
    assert hollow[0].get_ydata()[0] == pytest.approx(0.7)
    assert png(figure).startswith(b"\x89PNG")
