"""Memory does not grow with time."""

from __future__ import annotations

import resource

import numpy as np
import pytest
import torch

from siamtrack.tracking.config import PenaltySelect, TrackConfig
from siamtrack.tracking.tracker import Tracker

from .blob_net import blob_net


def state_bytes(tracker: Tracker) -> int:
    assert tracker.state is not None
    tensors = [field for field in tracker.state if isinstance(field, torch.Tensor)]
    tensors += [*tracker.state.kernels, *tracker.state.memory]
    return sum(tensor.untyped_storage().nbytes() for tensor in tensors)


@pytest.mark.slow
def test_ten_thousand_frames_take_no_more_memory_than_a_hundred():
    config = TrackConfig(PenaltySelect(penalty_k=0.1, window_influence=0.3, size_lr=0.3))
    tracker = Tracker(blob_net().eval(), config, torch.device("cpu"))
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (90, 120, 3), np.uint8) for _ in range(10)]
    tracker.start(frames[0], [[30, 30, 20, 20], [60, 40, 25, 15]])
    for i in range(100):
        tracker.track(frames[i % 10])
    state_before, process_before = state_bytes(tracker), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for i in range(9_900):
        tracker.track(frames[i % 10])
    assert state_bytes(tracker) == state_before
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - process_before < 20_000  # kB
