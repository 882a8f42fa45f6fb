"""Made-up sequences with rotated regions, and what a tracker that drifts away from the target says about them."""

import numpy as np

from siamtrack.data.sequence import NO_IMAGES, Sequence
from siamtrack.evaluation.vot.trajectory import FAILURE, INIT, REGION, UNKNOWN, Trajectory
from siamtrack.geometry.polygons import around

SIZE = (320, 240)


def make_sequence(name, frames, seed, anchors=(), absent=()):
    """A rectangle that turns, grows and wanders, partly out of the image."""
    rng = np.random.default_rng(seed)
    time_T = np.arange(frames) / frames
    centre_T2 = 160 + np.cumsum(rng.normal(0, 3, (frames, 2)), 0) * (1, 0.7) + (0, -40)
    side_T2 = (50, 30) * (1 + 0.4 * np.sin(6 * time_T + seed))[:, None]
    angle_T = 0.5 * np.sin(4 * time_T + seed)
    turn_T22 = np.stack((np.cos(angle_T), -np.sin(angle_T), np.sin(angle_T), np.cos(angle_T)), 1).reshape(-1, 2, 2)
    unit_42 = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    corners_T42 = np.einsum("tij,tkj->tki", turn_T22, unit_42 * side_T2[:, None]) + centre_T2[:, None]
    polygons_T8 = corners_T42.reshape(-1, 8).round(2)
    polygons_T8[list(absent)] = np.nan
    anchors_T = np.zeros(frames, int)
    for frame, way in anchors:
        anchors_T[frame] = way
    boxes_T4 = around(polygons_T8)
    tags = {"late": np.arange(frames) >= frames // 2}
    return Sequence(name, NO_IMAGES, boxes_T4, 0.0, polygons_T8, tags=tags, size=SIZE, anchors_T=anchors_T)


def drift(sequence, order, seed, px=1.2, gaps=0.0):
    """A run over those frames, in that order: boxes that slide away from the target, scores that fall as they do."""
    rng = np.random.default_rng(seed)
    truth_T4 = sequence.boxes_T4[order]
    step_T2 = np.cumsum(rng.normal(0.4, 1, (len(order), 2)) * px, 0)
    noise_T2 = np.exp(rng.normal(0, 0.1, (len(order), 2)))
    last = np.maximum.accumulate(np.where(np.isfinite(truth_T4[:, 0]), np.arange(len(order)), 0))
    boxes_T4 = np.hstack((truth_T4[last, :2] + step_T2, truth_T4[last, 2:] * noise_T2)).round(3)
    codes_T = np.where(rng.random(len(order)) < gaps, UNKNOWN, REGION)
    codes_T[0] = INIT
    boxes_T4[codes_T != REGION] = np.nan
    confidence_T = np.round(1 / (1 + np.abs(step_T2).sum(1) / 20) + rng.normal(0, 0.05, len(order)), 4)
    confidence_T[0] = np.nan
    return Trajectory(codes_T, boxes_T4, None, confidence_T)


def with_resets(sequence, seed, px=1.2):
    """The same, started again where it lost the target."""
    frames = len(sequence)
    codes_T, boxes_T4 = np.full(frames, UNKNOWN), np.full((frames, 4), np.nan)
    start = 0
    while start < frames:
        part = drift(sequence, np.arange(start, frames), seed + start, px)
        apart_T = np.abs(part.boxes_T4[:, :2] - sequence.boxes_T4[start:, :2]).sum(1) > 60
        length = int(np.argmax(apart_T)) if apart_T.any() else frames - start
        codes_T[start : start + length] = part.codes_T[:length]
        boxes_T4[start : start + length] = part.boxes_T4[:length]
        if start + length < frames:
            codes_T[start + length] = FAILURE
        start += length + 5
    return Trajectory(codes_T, boxes_T4)
