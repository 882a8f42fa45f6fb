"""Our networks and trackers against recorded outputs of the published implementations.

Weights are generated from the published key names, or real ones; both reach the tracker through the published layout.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from siamtrack.nets.types import HeadOutput
from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.load import load

_NET_TOLERANCE = 1e-3  # of the range of the output
_BOX_TOLERANCE = 0.05  # pixels


@dataclass(frozen=True)
class Golden:
    """Recorded outputs, and our tracker with the same weights."""

    meta: dict[str, Any]
    arrays: dict[str, np.ndarray]
    tracker: Tracker


@pytest.fixture(scope="session")
def golden(shared: Path, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """(name of the recording, our model) -> Golden."""

    def read(name: str, model: str) -> Golden:
        spec = shared / "parity" / f"{name}.json"
        if not spec.is_file():
            pytest.skip(f"no {spec}")
        meta = json.loads(spec.read_text())
        if "weights" in meta:
            path = shared / "data/weights" / meta["weights"]
        else:
            path = tmp_path_factory.mktemp("published") / f"{name}.pth"
            state = seeded_weights(shared).seeded_state_dict(spec)
            torch.save({key: torch.from_numpy(value) for key, value in state.items()}, path)
        with np.load(spec.with_suffix(".npz")) as arrays:
            return Golden(meta, dict(arrays), load(model, "cpu", path))

    return read


def seeded_weights(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("seeded_weights", shared / "parity/seeded_weights.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@torch.inference_mode()
def raw_maps(tracker: Tracker, z: np.ndarray, x: np.ndarray) -> HeadOutput:
    """Of crops that are already as the network sees them, so that channel order is left out of it."""
    net = tracker.net
    kernels = net.head.kernels(net.backbone(torch.from_numpy(z)))  # type: ignore[operator]
    rows = tuple(kernel.expand(len(x), *kernel.shape[1:]).contiguous() for kernel in kernels)
    raw: HeadOutput = net.head.search(rows, net.backbone(torch.from_numpy(x)))  # type: ignore[operator]
    return raw


def assert_close_in_range(ours: torch.Tensor, published: np.ndarray) -> None:
    assert ours.shape == published.shape
    assert np.abs(ours.numpy() - published).max() <= _NET_TOLERANCE * np.ptp(published)


def tracked(golden: Golden, frames: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Boxes and scores of the recorded clip, the first box included."""
    tracker = golden.tracker
    tracker.start(frames[0], golden.meta["init_xywh"])
    results = [tracker.current(), *(tracker.track(frame) for frame in frames[1 : golden.meta["frames"]])]
    return np.concatenate([r.boxes for r in results]), np.concatenate([r.scores for r in results])


def test_siamfc_network(golden) -> None:  # type: ignore[no-untyped-def]
    siamfc = golden("siamfc_s0", "siamfc")
    rng = np.random.default_rng(7)
    z = rng.uniform(0, 255, (1, 3, 127, 127)).astype(np.float32)
    x = rng.uniform(0, 255, (3, 3, 255, 255)).astype(np.float32)
    assert_close_in_range(raw_maps(siamfc.tracker, z, x).cls_NCHW, siamfc.arrays["score"])


@pytest.mark.parametrize("recording", ["siamfc_s0", "siamfc_real_s0"])
def test_siamfc_boxes(golden, bag_frames: list[np.ndarray], recording: str) -> None:  # type: ignore[no-untyped-def]
    siamfc = golden(recording, "siamfc")
    boxes, _ = tracked(siamfc, bag_frames)
    one_based = boxes + np.array([1, 1, 0, 0])
    np.testing.assert_allclose(one_based, siamfc.arrays["boxes"], rtol=0, atol=_BOX_TOLERANCE)


def assert_maps_agree(published: Golden) -> None:
    raw = raw_maps(published.tracker, published.arrays["z"], published.arrays["x"])
    assert_close_in_range(raw.cls_NCHW, published.arrays["cls"])
    assert raw.loc_NCHW is not None
    assert_close_in_range(raw.loc_NCHW, published.arrays["loc"])


def assert_boxes_and_scores_agree(published: Golden, frames: list[np.ndarray]) -> None:
    """As many frames as are given, or the whole recording if it is shorter."""
    boxes, scores = tracked(published, frames)
    count = len(boxes)
    np.testing.assert_allclose(boxes, published.arrays["boxes"][:count], rtol=0, atol=_BOX_TOLERANCE)
    np.testing.assert_allclose(scores[1:], published.arrays["scores"][1:count], rtol=0, atol=1e-3)


def test_siamrpn_network(golden) -> None:  # type: ignore[no-untyped-def]
    assert_maps_agree(golden("dasiamrpn_SiamRPNvot_s0", "siamrpn"))


# name of the preset and, with _s0, of the recording
_DEEP = ["siamrpn_r50_l234_dwxcorr", "siamban"]


@pytest.mark.parametrize("model", ["siamrpn_alex_dwxcorr", *_DEEP])
def test_maps_boxes_and_scores(golden, bag_frames: list[np.ndarray], model: str) -> None:  # type: ignore[no-untyped-def]
    published = golden(f"{model}_s0", model)
    assert_maps_agree(published)
    assert_boxes_and_scores_agree(published, bag_frames[:3] if model in _DEEP else bag_frames)


@pytest.mark.slow
@pytest.mark.parametrize("model", _DEEP)
def test_boxes_and_scores_of_the_whole_recording(golden, bag_frames: list[np.ndarray], model: str) -> None:  # type: ignore[no-untyped-def]
    assert_boxes_and_scores_agree(golden(f"{model}_s0", model), bag_frames)
