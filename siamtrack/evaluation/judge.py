"""Everything we judge a network by, in one record: what a learning curve is drawn of.

success, precision   OTB sequences, one pass, by our rules
restarted            success over five passes of each of them, see `restarts`: the steadiest of these numbers
NAME                 mean overlap in one pass over each VOT sequence, exact, without the first frame
held_out             success on held-out tracks whose objects are made to wander, without the first frame
presence             area under the ROC of the score on the beginnings of spliced OTB sequences, the ways of absence in
                     turn: comparable with itself only, `siamtrack presence` is thorough
presence_followed    the same without the present frames in which the tracker was elsewhere
calibration          error of the score as a forecast of the overlap, on the same frames
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from siamtrack.data.sequence import Sequence as Video
from siamtrack.data.wander import wander
from siamtrack.evaluation import onepass, tune
from siamtrack.evaluation.lanes import Lanes
from siamtrack.evaluation.passes import pass_each
from siamtrack.evaluation.presence import presence, reliability
from siamtrack.evaluation.report import TrackerReport
from siamtrack.evaluation.restarts import restarts
from siamtrack.evaluation.rules import get_rules
from siamtrack.evaluation.spliced import run_in_turn
from siamtrack.evaluation.vot.overlap import region_overlaps
from siamtrack.evaluation.vot.regions import Regions, annotated_regions
from siamtrack.tracking.tracker import Tracker

WANDER_SEED = 0
_SPLICED_FRAMES = 150  # of each sequence at most, so that a record takes minutes


def judge(
    tracker: Tracker, lanes: Lanes, otb: Sequence[Video], vot: Sequence[Video], held_out: Sequence[Video]
) -> dict[str, Any]:
    """A record of plain numbers.

    Args:
        lanes: of the tracker.
        otb, vot: sequences with images.
        held_out: tracks whose images show the object near their middle.

    Raises:
        ValueError, RuntimeError: a sequence cannot be run; names it.
    """
    scored = _one_pass(lanes, otb)
    seen = run_in_turn([video.part(slice(_SPLICED_FRAMES)) for video in otb], lanes)
    found, clips = presence(seen), tune.load_clips([wander(one, WANDER_SEED) for one in held_out], tracker.device)
    followed = tune.follow(tracker, tracker.config, clips, tune.start(tracker, clips))
    record = {
        "success": scored.measures["success_auc"],
        "precision": scored.measures["precision"],
        "restarted": float(np.mean([_one_pass(lanes, restarts(video)).measures["success_auc"] for video in otb])),
        **_vot(lanes, vot),
        "held_out": float(tune.success(followed).mean()),
        "presence": found.auc,
        "presence_followed": found.followed_auc,
        "calibration": reliability(seen).error,
    }
    rounded: dict[str, Any] = {key: round(value, 4) for key, value in record.items()}
    return rounded | {
        "sequences": {
            name: {"success": round(one["success_auc"], 4), "precision": round(one["precision"], 4)}
            for name, one in scored.sequences.items()
        }
    }


def _one_pass(lanes: Lanes, videos: Sequence[Video]) -> TrackerReport:
    rules = get_rules("siamtrack", "otb100")
    boxes = {name: passed.boxes_T4 for name, passed in pass_each(videos, lanes).items()}
    return onepass.score("", onepass.gather(videos, rules), boxes, rules)


def _vot(lanes: Lanes, videos: Sequence[Video]) -> dict[str, float]:
    passed = pass_each(videos, lanes)
    return {video.name: _mean_overlap(video, passed[video.name].boxes_T4) for video in videos}


def _mean_overlap(video: Video, boxes_T4: np.ndarray) -> float:
    """Over the frames with an annotated region."""
    truth = annotated_regions(video)
    overlap_T = region_overlaps(Regions(boxes_T4), truth, video.image_size(), "polygon")
    return float(np.nanmean(overlap_T[1:]))
