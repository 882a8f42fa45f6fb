import numpy as np

from siamtrack.data.eao import eao_interval
from siamtrack.data.sequence import NO_IMAGES, Sequence


def _sequences(*lengths):
    return [Sequence(str(length), NO_IMAGES, np.ones((length, 4))) for length in lengths]


def test_a_year_has_its_interval():
    assert eao_interval("vot2018", _sequences(4)) == (100, 356)


def test_elsewhere_it_is_the_middle_half_of_the_lengths():
    assert eao_interval("otb100", _sequences(10, 20, 30, 40, 90)) == (20, 40)
    assert eao_interval("otb100", _sequences(10)) == (9, 10)  # never empty
