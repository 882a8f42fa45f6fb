"""Clips as rows of one batch follow as they would alone; the pick is no fluke."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.metrics import iou
from siamtrack.evaluation.tune import Tuned, follow, load_clips, smooth, start, success, tune
from siamtrack.tracking.config import PyramidSelect
from siamtrack.tracking.tracker import Tracker

from ..data.drawn import square

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def videos() -> list[Sequence]:
    """Of several lengths, the longest not first."""
    return [square("short", 3, 1), square("long", 5, 2, step=(3, -2)), square("middle", 4, 3, step=(-2, 2))]


def test_rows_of_one_batch_follow_as_alone_and_end_when_they_end(tracker, videos):
    clips = load_clips(videos, CPU)
    assert clips.names == ("long", "middle", "short") and [len(truth) for truth in clips.truth] == [3, 3, 3, 2, 1]
    overlap_TN = follow(tracker, tracker.config, clips, start(tracker, clips))
    assert overlap_TN.shape == (4, 3)
    assert np.isfinite(overlap_TN).tolist() == [[True] * 3, [True] * 3, [True, True, False], [True, False, False]]
    for column, name in enumerate(clips.names):
        video = next(video for video in videos if video.name == name)
        tracker.start(video.images.read(0), video.boxes_T4[0])
        boxes = [tracker.track(video.images.read(i)).boxes[0] for i in range(1, len(video))]
        alone = iou(np.array(boxes, np.float64), video.boxes_T4[1:])
        np.testing.assert_allclose(overlap_TN[: len(alone), column], alone, atol=1e-3)


def test_success_by_hand():
    """Thresholds 0, 0.05 ... 1, overlap strictly above; what has ended does not count."""
    overlap_TN = np.array([[1.0, 0.52], [0.0, np.nan]])
    np.testing.assert_allclose(success(overlap_TN), [10 / 21, 11 / 21])


def test_smoothing_by_hand():
    np.testing.assert_allclose(smooth(np.array([0.0, 3, 0, 0])), [1, 1.5, 0.75, 0])
    values = np.random.default_rng(0).random((3, 1, 4))
    np.testing.assert_allclose(smooth(np.full((3, 1, 4), 0.7)), 0.7)
    np.testing.assert_allclose(smooth(values)[:, 0], smooth(values[:, 0]))
    np.testing.assert_allclose(smooth(values.T), smooth(values).T)


def test_the_pick_is_where_neighbours_are_good_too():
    mean = np.array([0.9, 0.1, 0.6, 0.7, 0.7, 0.65])
    tuned = Tuned({"size_lr": tuple(range(6))}, np.stack([mean, mean + 0.2], 1), np.array([0.5, 0.8]), ("a", "b"))
    assert np.argmax(tuned.mean_G) == 0 and tuned.pick == (4,)
    assert tuned.setting(tuned.pick) == {"size_lr": 4}
    gain, error = tuned.gain(tuned.pick)
    assert gain == pytest.approx((0.2 + 0.1) / 2) and error == pytest.approx(0.05)
    walks = replace(
        tuned, success_GN=tuned.success_GN[:, [0, 1, 0, 1]], own_N=tuned.own_N[[0, 1, 0, 1]], names=(*"abab",)
    )
    assert walks.gain(walks.pick) == (pytest.approx(gain), pytest.approx(error))  # more walks are not more tracks
    one = replace(tuned, success_GN=tuned.success_GN[:, :1], own_N=tuned.own_N[:1], names=("a",))
    assert np.isnan(one.gain((0,))[1])


def test_every_setting_is_tried_and_the_others_stay(tracker, videos):
    clips, before = load_clips(videos[:2], CPU), tracker.config
    counts = []
    axes = {"penalty_k": (0.0, 0.3), "window_influence": (0.2, 1.0)}
    tuned = tune(tracker, clips, axes, counts.append)
    assert counts == [1, 2, 3, 4] and tuned.success_GN.shape == (2, 2, 2)
    one = replace(tracker.config, select=replace(tracker.config.select, penalty_k=0.3, window_influence=0.2))
    state = start(tracker, clips)
    np.testing.assert_array_equal(tuned.success_GN[1, 0], success(follow(tracker, one, clips, state)))
    np.testing.assert_array_equal(tuned.own_N, success(follow(tracker, tracker.config, clips, state)))
    assert len(np.unique(tuned.success_GN[..., 0])) > 1  # the settings reach the step
    assert tracker.config == before


def test_what_cannot_be_tuned_is_named(tracker, videos):
    clips = load_clips(videos[:1], CPU)
    with pytest.raises(ValueError, match="has no penalty; expected some of penalty_k, window_influence, size_lr"):
        tune(tracker, clips, {"penalty": (0.1,)})
    other = Tracker(tracker.net, replace(tracker.config, select=PyramidSelect()), CPU)
    with pytest.raises(ValueError, match="chooses by PyramidSelect"):
        tune(other, clips, {})
    with pytest.raises(ValueError, match="no clips"):
        load_clips([], CPU)
    with pytest.raises(ValueError, match="short has a frame without a box"):
        load_clips([replace(videos[0], boxes_T4=np.full((3, 4), np.nan))], CPU)
