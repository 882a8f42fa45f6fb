"""Templates that are kept up to date by UpdateNet."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.updatenet import UpdateNet
from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.presets import get_preset

from ..random_nets import random_net
from .reference import ReferenceTracker

_MODEL = "siamrpn_alex_dwxcorr"
_CPU = torch.device("cpu")
_BOXES = np.array([(312.6, 146.9, 106.1, 96.4), (200.0, 80.0, 60.0, 90.0), (60.0, 40.0, 50.0, 40.0)], np.float32)


@cache
def updating_net() -> SiameseNet:
    """AlexNet's SiamRPN with an UpdateNet whose templates differ a good deal from the first one."""
    net = random_net(_MODEL)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net.update = UpdateNet(net.backbone.channels).eval().requires_grad_(False)
    return net


def started(net: SiameseNet, frame: np.ndarray, boxes: np.ndarray) -> Tracker:
    tracker = Tracker(net, get_preset(_MODEL).config, _CPU)
    tracker.start(frame, boxes)
    return tracker


def boxes_of(tracker: Tracker, frames: list[np.ndarray]) -> np.ndarray:
    """(T, N, 4)"""
    return np.stack([tracker.track(frame).boxes for frame in frames])


def test_boxes_follow_a_transcription(bag_frames: list[np.ndarray]) -> None:
    first, later = bag_frames[0], bag_frames[1:10]
    tracker = started(updating_net(), first, _BOXES[:1])
    reference = ReferenceTracker(tracker.net, tracker.config, first, tuple(_BOXES[0]))
    boxes_T4 = boxes_of(tracker, later)[:, 0]
    np.testing.assert_allclose(boxes_T4, [reference.track(frame)[0] for frame in later], atol=0.01)
    kept_T4 = boxes_of(started(random_net(_MODEL), first, _BOXES[:1]), later)[:, 0]
    assert np.abs(boxes_T4 - kept_T4).max() > 1  # the update matters


def test_the_first_template_stays_and_the_accumulated_one_moves(bag_frames: list[np.ndarray]) -> None:
    tracker = started(updating_net(), bag_frames[0], _BOXES)
    first, accumulated = tracker.state.memory
    assert first.equal(accumulated)
    tracker.track(bag_frames[1])
    assert tracker.state.memory[0].equal(first)
    assert not tracker.state.memory[1].equal(accumulated)


def test_targets_keep_templates_of_their_own(bag_frames: list[np.ndarray]) -> None:
    first, later = bag_frames[0], bag_frames[1:5]
    together_TN4 = boxes_of(started(updating_net(), first, _BOXES), later)
    alone_TN4 = np.concatenate([boxes_of(started(updating_net(), first, box[None]), later) for box in _BOXES], 1)
    np.testing.assert_allclose(together_TN4, alone_TN4, atol=1e-3)
