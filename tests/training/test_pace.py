"""The clock is a list of times, one for each look at it."""

import pytest

from siamtrack.training.pace import Pace


def test_pairs_a_second_and_share_of_waiting(monkeypatch):
    times = iter([0.0, 1.0, 2.0, 5.0, 9.0, 10.0, 10.0, 11.0, 12.0, 14.0, 14.0])
    monkeypatch.setattr("siamtrack.training.pace.time.monotonic", lambda: next(times))
    pace = Pace()  # at 0
    with pace.waiting(12):  # from 1 to 2
        pass
    with pace.aside():  # from 5 to 9
        pass
    assert pace.take() == {"rate": pytest.approx(12 / 6), "wait": pytest.approx(1 / 6)}  # at 10, then anew
    with pace.waiting(8):  # from 11 to 12
        pass
    assert pace.take() == {"rate": pytest.approx(8 / 4), "wait": pytest.approx(1 / 4)}  # at 14
