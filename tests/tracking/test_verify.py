"""The numpy face of a verifier."""

from __future__ import annotations

import numpy as np
import pytest

from siamtrack.tracking.verify import score

from .lights import GREEN, RED, box_round, color_verifier, lights


def test_same_and_different() -> None:
    verifier = color_verifier()
    frame = lights(((60, 60), RED), ((300, 200), RED), ((400, 60), GREEN))
    seen = verifier.embed(frame, [box_round(center) for center in ((60, 60), (300, 200), (400, 60))])
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(score(seen[:1], seen), [1, 1, 0], atol=1e-6)
    assert verifier.same(seen[:1], seen).tolist() == [True, True, False]
    assert seen.dtype == np.float32


def test_frames_of_either_channel_order() -> None:
    verifier, frame = color_verifier(), lights(((60, 60), RED))
    turned = verifier.embed(frame[..., ::-1], box_round((60, 60)), color="rgb")
    np.testing.assert_array_equal(turned, verifier.embed(frame, box_round((60, 60))))


def test_many_boxes_are_embedded_as_one_by_one() -> None:
    verifier, frame = color_verifier(), lights(((60, 60), RED), ((300, 200), GREEN))
    boxes = np.random.default_rng(0).uniform(20, 200, (9, 4))
    np.testing.assert_allclose(
        verifier.embed(frame, boxes), np.concatenate([verifier.embed(frame, box) for box in boxes]), atol=1e-6
    )


def test_thresholds_are_interpolated_over_the_logarithm() -> None:
    verifier = color_verifier()
    verifier._thresholds = {0.001: 0.9, 0.01: 0.7, 0.1: 0.4}
    assert verifier.threshold(0.01) == pytest.approx(0.7)
    assert verifier.threshold(10**-1.5) == pytest.approx(0.55)
    for rate in (0.0005, 0.2, 0.0):
        with pytest.raises(ValueError, match=r"expected 0.001 to 0.1"):
            verifier.threshold(rate)
    verifier._thresholds = {}
    with pytest.raises(ValueError, match="no measured thresholds"):
        verifier.threshold()


@pytest.mark.parametrize(("box", "said"), [([500, 0, 10, 10], "outside"), ([0, 0, 0, 5], "no area")])
def test_bad_boxes_are_named(box: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        color_verifier().embed(lights(), box)
