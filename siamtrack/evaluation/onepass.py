"""Scores of one-pass runs (OTB, GOT-10k, LaSOT, TrackingNet ...) by any toolkit's rules.

Shape legend: S sequences, F frames of all sequences in one row, K points of a curve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation.metrics import center_offset, clip_to_image, count_above, count_within, iou
from siamtrack.evaluation.report import Curve, Measure, Plot, TrackerReport
from siamtrack.evaluation.rules import Rules

MEASURES = [
    Measure("success_auc", "Success (AUC)"),
    Measure("precision", "Precision"),
    Measure("norm_precision", "Norm. precision"),
    Measure("ao", "AO"),
    Measure("sr50", "SR 0.5"),
    Measure("sr75", "SR 0.75"),
]
# GOT-10k ranks by AO (Huang et al. 2019, section 4.1).
GOT10K_MEASURES = [*MEASURES[3:], *MEASURES[:3]]

PLOTS = [
    Plot("success", "Success", "overlap threshold", "share of frames", "success_auc"),
    Plot("precision", "Precision", "centre error threshold, pixels", "share of frames", "precision"),
    Plot("norm_precision", "Normalised precision", "centre error threshold, target sizes", "share of frames",
         "norm_precision"),
]  # fmt: skip

_LARGEST_PX, _LARGEST_SIZES = 50.0, 0.5  # OTB toolkit; Müller et al. 2018 (TrackingNet), section 5


@dataclass(frozen=True)
class Truth:
    """The annotations of all sequences in one row.

    Attributes:
        names: of the S sequences.
        boxes_F4: xywh, 0-based.
        starts_S: first frame of each sequence.
        target_F: bool, there is a target.
        counted_F: bool, the frame counts.
        size_F2: width and height of the images, where boxes are clipped to them, else NaN.
        origin_F1: what the files call the first pixel.
        groups: attribute -> the rows among S that have it.
        categories_S: numbers of the target classes.
    """

    names: tuple[str, ...]
    boxes_F4: np.ndarray
    starts_S: np.ndarray
    target_F: np.ndarray
    counted_F: np.ndarray
    size_F2: np.ndarray
    origin_F1: np.ndarray
    groups: Mapping[str, np.ndarray]
    categories_S: np.ndarray


def gather(videos: Sequence[Video], rules: Rules) -> Truth:
    """The annotations as the rules see them.

    Raises:
        ValueError: image sizes are needed and not known.
    """
    target_F = np.concatenate([_target(video, rules) for video in videos])
    starts_S = np.cumsum([0, *(len(video) for video in videos[:-1])])
    counted_F = target_F.copy() if rules.absent == "skip" else np.ones_like(target_F)
    counted_F[starts_S] &= rules.first != "skip"
    sizes = [np.full((len(video), 2), video.image_size() if rules.clip else np.nan) for video in videos]
    names = sorted({attribute for video in videos for attribute in video.attributes})
    return Truth(
        names=tuple(video.name for video in videos),
        boxes_F4=np.concatenate([video.boxes_T4 for video in videos]),
        starts_S=starts_S,
        target_F=target_F,
        counted_F=counted_F,
        size_F2=np.concatenate(sizes),
        origin_F1=np.concatenate([np.full((len(video), 1), video.origin) for video in videos]),
        groups={name: np.array([name in video.attributes for video in videos]) for name in names},
        categories_S=np.unique([video.category for video in videos], return_inverse=True)[1],
    )


def _target(video: Video, rules: Rules) -> np.ndarray:
    target_T = video.annotated_T
    return target_T & ~video.absent_T if rules.flagged and video.absent_T is not None else target_T


def score(name: str, truth: Truth, boxes: Mapping[str, np.ndarray], rules: Rules) -> TrackerReport:
    """Score one tracker.

    Args:
        boxes: sequence name -> (T, 4) float64 xywh, 0-based.
        rules: those that `truth` was gathered by.
    """
    boxes_F4, truth_F4 = _as_counted(np.concatenate([boxes[video] for video in truth.names]), truth, rules)
    overlap_F = np.where(truth.target_F, iou(boxes_F4, truth_F4), -1.0)
    offset_F2 = center_offset(boxes_F4, truth_F4)
    with np.errstate(divide="ignore", invalid="ignore"):
        error_F = _error(np.linalg.norm(offset_F2, axis=1), truth.target_F, rules.absent_center)
        norm_F = _error(np.linalg.norm(offset_F2 / truth_F4[:, 2:], axis=1), truth.target_F, rules.absent_norm)
    success_SK = _share_above(overlap_F, np.array(rules.thresholds), truth, rules.strict)
    rates_S2 = _share_above(overlap_F, np.array([0.5, 0.75]), truth, rules.strict)
    px_K, sizes_K = (np.linspace(0, most, rules.center_steps) for most in (_LARGEST_PX, _LARGEST_SIZES))
    precision_SK, norm_SK = (_share_within(e, k, truth) for e, k in ((error_F, px_K), (norm_F, sizes_K)))
    by_sequence = {
        "success_auc": _area(success_SK, rules.area),
        "precision": _read(precision_SK, error_F, rules.precision_px, truth, rules),
        "norm_precision": _read(norm_SK, norm_F, rules.norm_at, truth, rules),
        "ao": np.add.reduceat(np.where(truth.counted_F, overlap_F.clip(0), 0), truth.starts_S) / _count(truth),
        "sr50": rates_S2[:, 0],
        "sr75": rates_S2[:, 1],
    }
    curves = {"success": (np.array(rules.thresholds), success_SK), "precision": (px_K, precision_SK)}
    curves["norm_precision"] = (sizes_K, norm_SK)
    everything = np.ones(len(truth.names), bool)
    return TrackerReport(
        name=name,
        measures={key: float(_average(values_S, everything, truth, rules)) for key, values_S in by_sequence.items()},
        curves={key: Curve(x_K, _average(y_SK, everything, truth, rules)) for key, (x_K, y_SK) in curves.items()},
        sequences={
            video: {key: float(values_S[row]) for key, values_S in by_sequence.items()}
            for row, video in enumerate(truth.names)
        },
        attributes={
            group: {key: float(_average(values_S, rows, truth, rules)) for key, values_S in by_sequence.items()}
            for group, rows in truth.groups.items()
        },
    )


def _as_counted(boxes_F4: np.ndarray, truth: Truth, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """The boxes of the tracker and of the annotators, as the rules round, clip and replace them."""
    corner = np.array([1.0, 1.0, 0.0, 0.0])
    truth_F4, origin_F4 = truth.boxes_F4, truth.origin_F1 * corner
    boxes_F4 = boxes_F4 + rules.shift_px * corner
    if rules.pixels == "truncated":
        boxes_F4 = np.trunc(boxes_F4 + origin_F4) - origin_F4
    elif rules.pixels == "rounded":
        boxes_F4, truth_F4 = (np.round(values_F4 + origin_F4) - origin_F4 for values_F4 in (boxes_F4, truth_F4))
    if rules.repeat_empty:
        boxes_F4 = _repeat_empty(boxes_F4, truth)
    if rules.first == "truth":
        boxes_F4[truth.starts_S] = truth_F4[truth.starts_S]
    if rules.clip:
        boxes_F4, truth_F4 = clip_to_image(boxes_F4, truth.size_F2), clip_to_image(truth_F4, truth.size_F2)
    return boxes_F4, truth_F4


def _repeat_empty(boxes_F4: np.ndarray, truth: Truth) -> np.ndarray:
    source_F = np.arange(len(boxes_F4))
    empty_F = (boxes_F4[:, 2:] == 0).any(1) & ~np.isnan(truth.boxes_F4).any(1)
    empty_F[truth.starts_S] = False
    source_F[empty_F] = 0
    return boxes_F4[np.maximum.accumulate(source_F)]


def _error(error_F: np.ndarray, target_F: np.ndarray, absent: str) -> np.ndarray:
    return error_F if absent == "measured" else np.where(target_F, error_F, -1.0 if absent == "hit" else np.inf)


def _count(truth: Truth) -> np.ndarray:
    """(S,) frames that count; NaN instead of 0, so that such a sequence has no score."""
    count_S = np.add.reduceat(truth.counted_F, truth.starts_S, dtype=np.int64)
    return np.where(count_S > 0, count_S, np.nan)


def _share_above(values_F: np.ndarray, thresholds_K: np.ndarray, truth: Truth, strict: bool) -> np.ndarray:
    values_F = np.where(truth.counted_F, values_F, -np.inf)
    return count_above(values_F, thresholds_K, truth.starts_S, strict) / _count(truth)[:, None]


def _share_within(values_F: np.ndarray, thresholds_K: np.ndarray, truth: Truth) -> np.ndarray:
    values_F = np.where(truth.counted_F, values_F, np.inf)
    return count_within(values_F, thresholds_K, truth.starts_S) / _count(truth)[:, None]


def _read(curve_SK: np.ndarray, error_F: np.ndarray, at: float | None, truth: Truth, rules: Rules) -> np.ndarray:
    return _area(curve_SK, rules.area) if at is None else _share_within(error_F, np.array([at]), truth)[:, 0]


def _area(curve_SK: np.ndarray, how: str) -> np.ndarray:
    return curve_SK.mean(1) if how == "mean" else (curve_SK[:, 1:] + curve_SK[:, :-1]).mean(1) / 2


def weights(truth: Truth, rules: Rules, rows_S: np.ndarray | None = None) -> np.ndarray:
    """(S,) what share each sequence has in a mean; 0 where no frame counts, or outside the given rows."""
    count_S = _count(truth)
    scored_S = np.isfinite(count_S) if rows_S is None else np.isfinite(count_S) & rows_S
    if rules.average == "frames":
        weight_S = np.where(scored_S, count_S, 0.0)
    elif rules.average == "classes":
        among_S = np.bincount(truth.categories_S, scored_S, minlength=len(scored_S))[truth.categories_S]
        weight_S = np.where(scored_S, 1 / among_S.clip(1), 0.0)
    else:
        weight_S = scored_S.astype(float)
    return weight_S / weight_S.sum() if weight_S.any() else weight_S


def _average(values_S: np.ndarray, rows_S: np.ndarray, truth: Truth, rules: Rules) -> np.ndarray:
    """Over the given sequences; NaN if none of them has a counted frame."""
    weight_S = weights(truth, rules, rows_S)
    used_S = weight_S > 0
    return np.tensordot(weight_S[used_S], values_S[used_S], 1) if used_S.any() else np.full(values_S.shape[1:], np.nan)
