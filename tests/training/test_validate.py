from dataclasses import replace

import numpy as np
import pytest
import torch

from siamtrack.data.datasets.pack import load_pack
from siamtrack.tracking.config import PenaltySelect, TrackConfig
from siamtrack.training.validate import follow, pair_scores, track_scores, trackable

from .tiny import tiny_net

_TRACK = TrackConfig(PenaltySelect(penalty_k=0.15, window_influence=0.25, size_lr=0.4))


def test_pair_scores_worked_by_hand():
    rows = [(0.8, 0.9, True), (0.4, 0.5, True), (0.9, 0.3, False)]
    assert pair_scores(rows) == pytest.approx({"best_iou": 0.6, "hit": 0.5, "score_gap": 0.4, "pair_auc": 1.0})
    assert pair_scores([(0.8, 0.9, True)]) == pytest.approx({"best_iou": 0.8, "hit": 1.0})
    assert pair_scores([(float("nan"), 0.9, True), (float("nan"), 0.4, False)]) == pytest.approx(
        {"score_gap": 0.5, "pair_auc": 1.0}
    )


def test_track_scores_leave_the_given_box_out(pack):
    video, *_ = load_pack(pack)
    perfect = track_scores([video], {video.name: video.boxes_T4})
    assert perfect == pytest.approx({"track_auc": 20 / 21, "track_iou": 1.0})  # no overlap is above 1
    moved = video.boxes_T4 + [[0, 0, 0, 0], [25, 0, 0, 0], [25, 0, 0, 0]]
    assert track_scores([video], {video.name: moved})["track_iou"] == pytest.approx(1 / 3)
    assert track_scores([video], {}) == {}


def test_videos_are_followed_and_broken_ones_named(pack, tmp_path):
    net, (first, second, *_) = tiny_net().eval(), load_pack(pack)
    paths = list(second.images.paths)
    paths[1] = tmp_path / "broken.png"
    paths[1].write_text("no image")
    broken = replace(second, images=type(second.images)(paths))
    boxes, errors = follow(net, _TRACK, [first, broken], torch.device("cpu"))
    assert list(boxes) == [first.name] and boxes[first.name].shape == (3, 4)
    np.testing.assert_array_equal(boxes[first.name][0], first.boxes_T4[0])
    assert "broken.png is not a readable image" in errors[second.name]


def test_what_cannot_be_tracked_is_left_out_with_the_reason(pack):
    good, *others = load_pack(pack)
    nowhere = replace(others[0], boxes_T4=np.full((3, 4), np.nan))
    alone = others[1].part(slice(0, 1))
    chosen, reasons = trackable([good, nowhere, alone], most=5)
    assert chosen == [good]
    assert "first box is [nan" in reasons[nowhere.name] and "1 frames" in reasons[alone.name]
    many = [replace(good, name=str(number)) for number in range(10)]
    assert [video.name for video in trackable(many, 3)[0]] == ["0", "4", "9"]
    assert trackable([], 3) == ([], {})
