"""A run over spliced sequences, from drawn images to numbers and pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from siamtrack.data.splice import ABSENCES
from siamtrack.evaluation.judge import judge
from siamtrack.evaluation.lanes import OwnTracker, SeparateLanes
from siamtrack.evaluation.passes import pass_each
from siamtrack.evaluation.presence import reliability
from siamtrack.evaluation.protocols import Place
from siamtrack.evaluation.render.pictures import png
from siamtrack.evaluation.render.presence import presence_figure
from siamtrack.evaluation.spliced import as_json, run_spliced, table

from ..data.drawn import ground, square


class Knowing:
    """Looks for white at the place where the target is drawn; its score is how much of it is there."""

    def start(self, image, box):
        self.box = box

    def track(self, image):
        white = (image == 255).all(2)
        if not white.any():
            return Place(self.box, 0.0)
        rows, columns = np.nonzero(white)
        left, top = columns.min(), rows.min()
        self.box = (float(left), float(top), float(np.ptp(columns) + 1), float(np.ptp(rows) + 1))
        return Place(self.box, min(1.0, white.sum() / 192))


def knowing(lanes=1):
    return SeparateLanes(Knowing, lanes, 1)


VIDEOS = [square("a", 24, 1), ground("b", 10, 2, level=150)]


@pytest.fixture(scope="module")
def runs():
    ticks = []
    found = run_spliced([VIDEOS[0], square("c", 16, 3, step=(-1, 1), level=150)], knowing(), ticks.append)
    assert sum(ticks) == 3 * (24 + 16)
    return found


def test_a_tracker_that_knows_is_told_so(runs):
    numbers = as_json(runs)
    absent = 2 * (3 + 2)  # an eighth of 24 and of 16 frames, twice
    assert numbers["total"]["absent"] == 3 * absent and numbers["total"]["present"] == 3 * (23 + 15 - absent)
    assert numbers["absences"]["removed"]["auc"] == 1.0 and numbers["absences"]["removed"]["followed"] == 1.0
    assert list(numbers["sequences"]) == ["a", "c"] and numbers["sequences"]["a"]["removed"]["absent"] == 6
    # Another scene of the cuts has the same square in it: that is a look-alike, and the score is fooled.
    assert numbers["absences"]["cut"]["auc"] == 0.5
    json.dumps(numbers)


def test_rows_for_people_say_the_same(runs):
    rows = dict(table(runs))
    numbers = as_json(runs)
    assert list(rows) == ["a", "c", "total"]
    assert [one.auc for one in rows["total"][:-1]] == [numbers["absences"][absence]["auc"] for absence in ABSENCES]
    assert rows["total"][-1].auc == numbers["total"]["auc"]
    assert rows["a"][-1].absent == 18


def test_the_picture_has_a_line_a_way_of_absence(runs):
    rocs = {absence: runs.pooled([absence]) for absence in ABSENCES}
    figure = presence_figure("siamtrack-s on $drawn$", rocs, reliability(runs.pooled()))
    left, right, below = figure.axes
    labels = [text.get_text() for text in left.get_legend().get_texts()]
    assert labels[0] == "removed: 1.000" and labels[2] == "cut: 0.500"
    assert "calibration error" in right.get_title()
    counts = [text.get_text() for text in below.texts]
    assert len(counts) == 10 and sum(map(int, counts)) == 3 * (23 + 15)
    assert png(figure).startswith(b"\x89PNG")


def test_passes_are_in_memory_by_name_and_failures_are_named():
    passed = pass_each(VIDEOS, knowing(2))
    assert list(passed) == ["a", "b"]
    np.testing.assert_array_equal(passed["a"].boxes_T4[0], VIDEOS[0].boxes_T4[0])
    assert passed["b"].boxes_T4.shape == (10, 4) and passed["b"].score_T.tolist() == [1.0] + [0.0] * 9
    with pytest.raises(ValueError, match="two sequences have one name"):
        pass_each([VIDEOS[0]] * 2, knowing())
    broken = square("broken", 9)
    broken.images.images[4] = np.zeros((5, 5, 3), np.uint8)
    with pytest.raises(RuntimeError, match="broken: drawn 4 is 5x5 pixels"):
        pass_each([broken], knowing())


def test_one_record_has_all_scores(tracker):
    lanes = SeparateLanes(lambda: OwnTracker(tracker), 1, 1)
    otb = [square("a", 10, 1), square("b", 9, 2, step=(1, 2))]
    record = judge(tracker, lanes, otb, [square("bag", 4, 3)], [square("track", 3, 4, step=(0, 0))])
    assert list(record) == [
        "success", "precision", "restarted", "bag", "held_out",
        "presence", "presence_followed", "calibration", "sequences",
    ]  # fmt: skip
    assert all(0 <= value <= 1 for key, value in record.items() if key != "sequences")
    assert list(record["sequences"]) == ["a", "b"]
    assert record["success"] == pytest.approx(
        np.mean([one["success"] for one in record["sequences"].values()]), abs=1e-4
    )
    assert json.loads(json.dumps(record, allow_nan=False)) == record
