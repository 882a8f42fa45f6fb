"""Targets that leave and come back, from the numpy face: looked for everywhere, or in a larger search crop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from siamtrack.data.datasets.registry import get_dataset
from siamtrack.data.elsewhere import return_elsewhere
from siamtrack.evaluation.metrics import iou
from siamtrack.tracking.config import LostSearch
from siamtrack.tracking.longterm import LongTerm
from siamtrack.tracking.redetect import Redetection
from siamtrack.tracking.tracker import Tracker, TrackResult
from siamtrack.zoo.load import load

from .lights import CONFIG, GREEN, RED, box_round, color_verifier, light_net, lights

_CPU = torch.device("cpu")
_EVERY = Redetection().every


def follow(long_term: LongTerm | None, back: np.ndarray) -> list[TrackResult]:
    """A red light goes out and comes back somewhere else."""
    tracker = Tracker(light_net(), CONFIG, _CPU, long_term)
    tracker.start(lights(((60, 60), RED)), box_round((60, 60)))
    return [tracker.track(image) for image in (*[lights()] * (_EVERY + 2), *[back] * _EVERY)]


def test_what_comes_back_elsewhere_is_found_by_looking_everywhere_alone() -> None:
    back = lights(((400, 250), RED))
    without = follow(None, back)
    assert all(result.states == ("lost",) for result in without)
    results = follow(LongTerm(color_verifier()), back)
    assert all(result.states == ("lost",) for result in results[: _EVERY + 2])
    assert results[-1].states == ("tracking",)
    np.testing.assert_allclose(results[-1].boxes[0], box_round((400, 250)), atol=8)


def test_without_a_verifier_the_score_must_do() -> None:
    assert follow(LongTerm(), lights(((400, 250), GREEN)))[-1].states == ("tracking",)
    assert follow(LongTerm(color_verifier()), lights(((400, 250), GREEN)))[-1].states == ("lost",)


def test_targets_that_are_never_lost_are_followed_as_without() -> None:
    frames = [lights(((60 + 3 * step, 60 + step), RED)) for step in range(8)]
    results = []
    for long_term in (None, LongTerm(color_verifier())):
        tracker = Tracker(light_net(), CONFIG, _CPU, long_term)
        tracker.start(frames[0], box_round((60, 60)))
        results.append(np.array([tracker.track(frame).boxes for frame in frames[1:]]))
    np.testing.assert_array_equal(*results)


def test_each_target_keeps_its_identity_when_others_come_and_go() -> None:
    """Red, green and red again; the first is dropped while all lights are out."""
    tracker = Tracker(light_net(), CONFIG, _CPU, LongTerm(color_verifier()))
    tracker.start(lights(((60, 60), RED), ((240, 60), GREEN)), [box_round((60, 60)), box_round((240, 60))])
    (late,) = tracker.add(lights(((420, 60), RED)), box_round((420, 60)))
    tracker.track(lights())
    tracker.drop(1)
    for _ in range(_EVERY):
        result = tracker.track(lights(((150, 260), GREEN), ((330, 260), RED)))
    assert result.ids == (2, late) and result.states == ("tracking", "tracking")
    np.testing.assert_allclose(result.boxes[:, :2] + 20, [(150, 260), (330, 260)], atol=8)


def test_a_larger_search_crop_finds_what_comes_back_elsewhere(shared: Path) -> None:
    """pysot's long-term mode, with the default network; without it the same target is not found again."""
    root = shared / "data/eval/OTB"
    if not root.is_dir():
        pytest.skip(f"no {root}")
    videos = {video.name: video for video in get_dataset("otb100").load(root)}
    away = range(8, 14)
    video = return_elsewhere(videos["Crossing"].part(slice(20)), away, videos["Biker"].part(slice(6)))
    tracker = load(device="cpu")
    for lost, found in ((None, False), (LostSearch(search_px=832), True)):
        follower = Tracker(tracker.net, replace(tracker.config, lost=lost), _CPU)
        follower.start(video.images.read(0), video.boxes_T4[0])
        results = [follower.track(video.images.read(frame)) for frame in range(1, len(video))]
        assert results[away.start].states == ("lost",)
        followed = iou(np.concatenate([result.boxes for result in results[-5:]]), video.boxes_T4[-5:]) > 0.5
        assert followed.all() if found else not followed.any()
