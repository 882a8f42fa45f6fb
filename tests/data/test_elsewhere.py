"""A target that is gone for a while and comes back elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from siamtrack.data.elsewhere import return_elsewhere

from .drawn import WIDTH, ground, square

DONOR = ground("donor", 7, seed=9, level=150)


def test_gone_in_the_span_and_back_in_the_other_half():
    sequence, span = square("a", 20), range(8, 12)
    spliced = return_elsewhere(sequence, span, DONOR)
    assert np.flatnonzero(spliced.absent_T).tolist() == [*span]
    assert np.isnan(spliced.boxes_T4[list(span)]).all()
    np.testing.assert_array_equal(spliced.boxes_T4[:8], sequence.boxes_T4[:8])
    for frame in range(20):
        before, image = sequence.images.read(frame), spliced.images.read(frame)
        assert image.shape == before.shape
        if frame in span:
            assert not (image == 255).all(2).any()
            continue
        x, y, w, h = sequence.boxes_T4[frame].astype(int)
        if np.isfinite(spliced.boxes_T4[frame]).all():
            u, v = spliced.boxes_T4[frame, :2].astype(int)
            assert (image[v : v + h, u : u + w] == before[y : y + h, x : x + w]).all()
            assert frame < 8 or abs(u - x) == WIDTH // 2
        else:
            assert x + WIDTH // 2 < WIDTH < x + w + WIDTH // 2  # the seam goes through it
    assert spliced.annotated_T[12:].any()


@pytest.mark.parametrize("span", [range(0, 3), range(15, 20), range(5, 5)])
def test_spans_lie_inside(span):
    with pytest.raises(ValueError, match="expected one inside 20 frames"):
        return_elsewhere(square("a", 20), span, DONOR)
