"""The light trackers with real weights: NanoTrack and LightTrack."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.load import load

from .recordings import BOX_TOLERANCE

# name of the preset -> file of its real weights, and recording of its boxes
_LIGHT = {
    "nanotrack_v1": ("nanotrackv1.pth", "nano_v1_bag.npy"),
    "nanotrack_v2": ("nanotrackv2.pth", "nano_v2_bag.npy"),
    "nanotrack_v3": ("nanotrackv3.pth", "nano_v3_bag.npy"),
    "lighttrack_m": ("LightTrackM_reassembled.pth", "lighttrack_real_s0.npz"),
}


@pytest.fixture(scope="session")
def light(shared: Path):  # type: ignore[no-untyped-def]
    """Name of a preset of `_LIGHT` -> recorded boxes (xywh, the first included), and our tracker; real weights."""

    def read(model: str) -> tuple[np.ndarray, Tracker]:
        weights, name = _LIGHT[model]
        if not (shared / "parity" / name).is_file():
            pytest.skip(f"no {shared / 'parity' / name}")
        tracker = load(model, "cpu", shared / "data/weights" / weights)
        if name.endswith(".npy"):
            return np.load(shared / "parity" / name), tracker
        with np.load(shared / "parity" / name) as arrays:  # cx, cy, w, h from frame 1 on
            later_N4 = arrays["boxes"]
        first = json.loads((shared / "parity" / name).with_suffix(".json").read_text())["init_xywh"]
        left_top_N2 = later_N4[:, :2] - later_N4[:, 2:] / 2
        return np.concatenate(([first], np.concatenate((left_top_N2, later_N4[:, 2:]), 1))), tracker

    return read


@pytest.mark.parametrize("model", _LIGHT)
def test_light_boxes(light, bag_frames: list[np.ndarray], model: str) -> None:  # type: ignore[no-untyped-def]
    assert_boxes_agree(*light(model), bag_frames[:12])


@pytest.mark.slow
@pytest.mark.parametrize("model", _LIGHT)
def test_light_boxes_of_the_whole_recording(light, shared: Path, model: str) -> None:  # type: ignore[no-untyped-def]
    expected_N4, tracker = light(model)
    paths = sorted((shared / "data/eval/VOT2015/bag").glob("*.jpg"))[: len(expected_N4)]
    assert len(paths) == len(expected_N4) > 80
    assert_boxes_agree(expected_N4, tracker, [cv2.imread(str(path), cv2.IMREAD_COLOR) for path in paths])


def assert_boxes_agree(expected_N4: np.ndarray, tracker: Tracker, frames: list[np.ndarray]) -> None:
    tracker.start(frames[0], expected_N4[0])
    boxes = np.concatenate([tracker.current().boxes, *(tracker.track(frame).boxes for frame in frames[1:])])
    np.testing.assert_allclose(boxes, expected_N4[: len(frames)], rtol=0, atol=BOX_TOLERANCE)
