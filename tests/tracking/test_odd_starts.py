"""Starts that are odd but allowed, and weights that are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.load import load
from siamtrack.zoo.weights import WeightsError, bundled_weights, read_state


def test_a_box_larger_than_the_frame_still_looks_at_the_frame(random_tracker: Callable[..., Tracker]) -> None:
    tracker = random_tracker("siamfc")
    image = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    tracker.start(image, [-10, -10, 5000, 5000])
    assert tracker.state is not None
    assert tracker.state.center_N2.tolist() == [[320, 240]] and tracker.state.size_N2.tolist() == [[320, 240]]
    assert tracker.state.kernels[0].std() > 0


def test_color_must_be_one_of_two(random_tracker: Callable[..., Tracker]) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    with pytest.raises(ValueError, match="'RGB'"):
        random_tracker("siamfc").start(image, [1, 1, 9, 9], color="RGB")  # type: ignore[arg-type]


def test_weights_with_a_nan_are_refused(tmp_path: Path) -> None:
    path = bundled_weights("siamtrack-s")
    assert path is not None
    state = read_state(path)
    state["head.cls.bias"] = torch.full_like(state["head.cls.bias"], float("nan"))
    torch.save(state, tmp_path / "nan.pth")
    with pytest.raises(WeightsError, match="head.cls.bias"):
        load("siamtrack-s", "cpu", tmp_path / "nan.pth")


def test_a_checkpoint_that_contains_itself_is_refused(tmp_path: Path) -> None:
    loop: dict[str, object] = {}
    loop["model"] = loop
    torch.save(loop, tmp_path / "loop.pth")
    with pytest.raises(WeightsError, match="dict of tensors"):
        load("siamtrack-s", "cpu", tmp_path / "loop.pth")
