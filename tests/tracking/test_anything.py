"""Whatever is tracked in whatever frames: no crash, no NaN, boxes finite and of positive size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siamtrack.tracking.tracker import Tracker


@st.composite
def _scene(draw: st.DrawFn) -> tuple[int, tuple[int, int], list[tuple[float, ...]]]:
    """Seed of the frames, their width and height, and boxes that overlap them."""
    width, height = draw(st.integers(1, 90)), draw(st.integers(1, 90))

    def box() -> tuple[float, ...]:
        w, h = (draw(st.floats(0.01, 3) | st.floats(3, 3.0 * side)) for side in (width, height))
        x, y = (draw(st.floats(-0.99 * s, 0.99 * side)) for s, side in ((w, width), (h, height)))
        return x, y, w, h

    return draw(st.integers(0, 10_000)), (width, height), [box() for _ in range(draw(st.integers(1, 3)))]


def frames(seed: int, width: int, height: int, count: int) -> list[np.ndarray]:
    """Noise, or every pixel alike."""
    rng = np.random.default_rng(seed)
    if seed % 4 == 0:
        return [np.full((height, width, 3), rng.integers(0, 256), np.uint8) for _ in range(count)]
    return [rng.integers(0, 256, (height, width, 3), np.uint8) for _ in range(count)]


def check(tracker: Tracker, scene: tuple[int, tuple[int, int], list[tuple[float, ...]]], steps: int) -> None:
    seed, (width, height), boxes = scene
    first, *others = frames(seed, width, height, steps + 1)
    tracker.start(first, boxes)
    for image in others:
        result = tracker.track(image)
        assert result.boxes.shape == (len(boxes), 4)
        assert np.isfinite(result.boxes).all()
        assert (result.boxes[:, 2:] > 0).all()
        assert ((result.scores >= 0) & (result.scores <= 1)).all()


_same_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(_same_fixture, max_examples=40)
@given(scene=_scene())
def test_light_net(random_tracker: Callable[..., Tracker], scene) -> None:  # type: ignore[no-untyped-def]
    check(random_tracker("siamtrack-s"), scene, steps=3)


@pytest.mark.parametrize("name", ["siamfc", "siamrpn_alex_dwxcorr"])
@settings(_same_fixture, max_examples=4)
@given(scene=_scene())
def test_published_nets(random_tracker: Callable[..., Tracker], name: str, scene) -> None:  # type: ignore[no-untyped-def]
    check(random_tracker(name), scene, steps=2)
