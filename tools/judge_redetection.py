"""Targets that are absent for a while and come back elsewhere: found again?

`python tools/judge_redetection.py --otb OTB [--verifier FILE]` cuts every sequence to 60 frames, in 10 of which other
footage is seen, after which the picture is turned round by half of its width; see `siamtrack/data/elsewhere.py`. They
are followed without and with looks at the whole frame, which the verifier alone or a sure tracker too says yes to:

followed    share of the frames after the return with an overlap of 0.5 or more
false       share of the absent frames that are said to show the target
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

from siamtrack.data.datasets.registry import get_dataset
from siamtrack.data.elsewhere import return_elsewhere
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.metrics import iou
from siamtrack.evaluation.presence import FOLLOWED_IOU
from siamtrack.tracking.longterm import LongTerm
from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.load import load, load_verifier

_FRAMES, _ABSENT = 60, range(20, 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--otb", type=Path, required=True)
    parser.add_argument("--verifier", type=Path, help="weights; default: the bundled ones")
    args = parser.parse_args()
    torch.set_num_threads(1)
    videos = [video.part(slice(_FRAMES)) for video in get_dataset("otb100").load(args.otb)]
    tracker = load(device="cpu")
    long_term = LongTerm(load_verifier(device="cpu", weights=args.verifier))
    never_sure = replace(tracker.config, sure_above=math.inf)
    ways = {
        "no look": Tracker(tracker.net, tracker.config, tracker.device),
        "verifier alone": Tracker(tracker.net, never_sure, tracker.device, long_term),
        "verifier or sure": Tracker(tracker.net, tracker.config, tracker.device, long_term),
    }
    print(f"{'':<16}" + "".join(f"{name:>30}" for name in ways))
    print(f"{'sequence':<16}" + f"{'followed':>12}{'false':>8}{'ms/frame':>10}" * len(ways))
    rows = []
    for video, donor in zip(videos, [*videos[1:], videos[0]], strict=True):
        spliced = return_elsewhere(video, _ABSENT, donor)
        rows.append([_judge(way, spliced) for way in ways.values()])
        print(f"{video.name:<16}" + _line(rows[-1]), flush=True)
    print(f"{'mean':<16}" + _line(np.nanmean(rows, 0).tolist()))


def _judge(tracker: Tracker, video: Sequence) -> list[float]:
    """Followed, false, milliseconds a frame."""
    tracker.start(video.images.read(0), video.boxes_T4[0])
    boxes_T4, said_T = video.boxes_T4[:1].repeat(len(video), 0), np.ones(len(video), bool)
    seconds = 0.0
    for frame in range(1, len(video)):
        image = video.images.read(frame)
        began = time.process_time()
        result = tracker.track(image)
        seconds += time.process_time() - began
        boxes_T4[frame], said_T[frame] = result.boxes[0], result.states[0] == "tracking"
    after_T = video.annotated_T & (np.arange(len(video)) >= _ABSENT.stop)
    followed = (iou(boxes_T4, video.boxes_T4) >= FOLLOWED_IOU)[after_T].mean() if after_T.any() else np.nan
    return [float(followed), float(said_T[list(_ABSENT)].mean()), 1000 * seconds / (len(video) - 1)]


def _line(row: list[list[float]]) -> str:
    return "".join(f"{followed:>12.2f}{false:>8.2f}{ms:>10.0f}" for followed, false, ms in row)


if __name__ == "__main__":
    main()
