import numpy as np
import pytest
from pydantic import ValidationError

from siamtrack.data.box_limits import BoxLimits


@pytest.mark.parametrize(
    ("size", "image", "holds"),
    [
        ((20, 20), (400, 400), True),
        ((19, 20), (400, 400), False),  # small
        ((501, 400), (2000, 2000), False),  # large
        ((20, 20), (2001, 400), False),  # less than a hundredth of the width
        ((201, 100), (400, 400), False),  # more than half
        ((200, 200), (400, 400), True),
        ((100, 25), (400, 400), True),
        ((101, 25), (400, 400), False),  # slender
    ],
)
def test_what_siamfc_pytorch_keeps(size, image, holds):
    assert BoxLimits().hold(np.array([[3.0, 4, *size]]), image).tolist() == [holds]


def test_unknown_limits_are_an_error():
    with pytest.raises(ValidationError, match="smallest"):
        BoxLimits(smallest=3)
