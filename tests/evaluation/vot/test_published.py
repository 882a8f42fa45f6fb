"""Published results of VOT2018, scored again. The figures published by their authors came from pysot's toolkit."""

import pytest

from siamtrack.data.annotations import load_annotations
from siamtrack.evaluation.vot import score


@pytest.fixture(scope="module")
def vot2018(shared):
    return load_annotations("vot2018", shared / "data/anno/VOT2018.json")


def _eao(shared, sequences, tracker, convention):
    folder = shared / "data/results/VOT2018" / tracker
    return score(tracker, "reset", sequences, folder, convention, (100, 356)).measures["eao"]


@pytest.mark.parametrize(
    ("tracker", "published", "exact"),
    [
        ("Ocean-online", 0.489, 0.4882),
        ("LightTrack", 0.418, 0.4174),
        ("NanoTrackV3", 0.449, 0.4474),
        ("NanoTrack", 0.311, 0.3068),
    ],
)
def test_published_eao(shared, vot2018, tracker, published, exact):
    found = _eao(shared, vot2018, tracker, "siamtrack")
    assert found == pytest.approx(exact, abs=1e-4)
    assert found == pytest.approx(published, abs=0.005)
    assert _eao(shared, vot2018, tracker, "pysot") == pytest.approx(published, abs=0.0005)


@pytest.mark.parametrize(("tracker", "exact"), [("DaSiamRPN", 0.3691), ("siamban", 0.3319), ("siamcar", 0.3134)])
def test_eao_of_runs_by_others(shared, vot2018, tracker, exact):
    assert _eao(shared, vot2018, tracker, "siamtrack") == pytest.approx(exact, abs=1e-4)


def test_results_that_do_not_fit_are_refused(shared, vot2018):
    with pytest.raises(ValueError) as caught:
        _eao(shared, vot2018, "Ocean", "siamtrack")
    message = str(caught.value)
    assert "VOT2018/Ocean does not fit the annotations" in message
    assert "bag_001.txt has 195 rows for 196" in message and "fish1_001.txt has 436 rows for 366" in message
