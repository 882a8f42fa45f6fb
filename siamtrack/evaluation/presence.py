"""Does a tracker know whether its target is there? Its score against what the annotators say.

A frame is *present* if the annotators have a box in it and do not call it absent, *absent* if they do; others do not
count, nor does the first frame of a run, whose box was given. A present frame stays present where the tracker sits
elsewhere, after a target came back, say: a low score is right about the tracker there, but wrong about the target, and
the area under the curve says the latter. Beside it stands the area with those present frames alone that were followed.

Shape legend: T frames of a sequence, F frames in one row, B bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siamtrack.data.sequence import Sequence as Video
from siamtrack.evaluation.metrics import iou
from siamtrack.evaluation.roc import roc_auc

FOLLOWED_IOU = 0.5  # an overlap at which a target counts as found (Everingham et al. 2010, section 4.2)


@dataclass(frozen=True)
class Sightings:
    """What a tracker said in the frames that count.

    Attributes:
        score_F: 0-1.
        overlap_F: with the annotated box; 0 where the target is absent.
        present_F: bool; in all others the target is absent.
    """

    score_F: np.ndarray
    overlap_F: np.ndarray
    present_F: np.ndarray

    def of(self, frames_F: np.ndarray) -> Sightings:
        """Some of the frames, chosen by a mask."""
        return Sightings(self.score_F[frames_F], self.overlap_F[frames_F], self.present_F[frames_F])

    @property
    def followed_F(self) -> np.ndarray:
        """(F,) bool: present, and the box is on it."""
        return self.present_F & (self.overlap_F >= FOLLOWED_IOU)


@dataclass(frozen=True)
class Presence:
    """How well scores tell present from absent. A number that does not exist is NaN.

    Attributes:
        auc: area under the ROC of the score for "present".
        followed_auc: the same without the present frames in which the tracker was elsewhere.
        followed: share of the present frames in which it was on the target.
        present, absent: frames.
    """

    auc: float
    followed_auc: float
    followed: float
    present: int
    absent: int


@dataclass(frozen=True)
class Reliability:
    """Is the score the overlap that it is taught to be?

    Attributes:
        count_B: frames whose score lies in each bin; the bins divide 0-1 evenly.
        score_B, overlap_B: their mean score and mean overlap, NaN in an empty bin.
        good_B: the share with an overlap of `FOLLOWED_IOU` or more.
        error: expected calibration error (Guo et al. 2017, eq. 3) of the score as a forecast of the overlap: the mean
            distance of the two over the bins, weighted by their frames.
    """

    count_B: np.ndarray
    score_B: np.ndarray
    overlap_B: np.ndarray
    good_B: np.ndarray
    error: float


def sightings(video: Video, boxes_T4: np.ndarray, score_T: np.ndarray) -> Sightings:
    """One run on one sequence.

    Args:
        boxes_T4: xywh, what the tracker said.
        score_T: 0-1.

    Raises:
        ValueError: a score is missing.
    """
    absent_T = np.zeros(len(video), bool) if video.absent_T is None else video.absent_T
    present_T = video.annotated_T & ~absent_T
    counted_T = present_T | absent_T
    counted_T[0] = False
    missing = np.flatnonzero(counted_T & ~np.isfinite(score_T))
    if len(missing):
        raise ValueError(f"{video.name}: frame {missing[0]} has score {score_T[missing[0]]}, expected 0 to 1")
    overlap_T = np.where(present_T, iou(boxes_T4, video.boxes_T4), 0.0)
    return Sightings(score_T, overlap_T, present_T).of(counted_T)


def join(parts: Sequence[Sightings]) -> Sightings:
    """Frames of several runs in one row."""
    return Sightings(
        np.concatenate([part.score_F for part in parts]),
        np.concatenate([part.overlap_F for part in parts]),
        np.concatenate([part.present_F for part in parts]),
    )


def presence(seen: Sightings) -> Presence:
    """Both areas, and how many frames they stand on."""
    here = int(seen.present_F.sum())
    followed_F = seen.followed_F
    kept = seen.of(followed_F | ~seen.present_F)
    return Presence(
        auc=roc_auc(seen.score_F, seen.present_F),
        followed_auc=roc_auc(kept.score_F, kept.present_F),
        followed=float(followed_F.sum() / here) if here else float("nan"),
        present=here,
        absent=len(seen.present_F) - here,
    )


def reliability(seen: Sightings, bins: int = 10) -> Reliability:
    """Mean overlap by score; an absent frame's overlap is 0, so a good score is 0 there too."""
    bin_F = np.minimum((seen.score_F.clip(0, 1) * bins).astype(int), bins - 1)
    count_B = np.bincount(bin_F, minlength=bins)
    some_B = np.where(count_B, count_B, np.nan)
    score_B, overlap_B, good_B = (
        np.bincount(bin_F, values_F, bins) / some_B for values_F in (seen.score_F, seen.overlap_F, seen.followed_F)
    )
    error = np.nansum(np.abs(score_B - overlap_B) * count_B) / max(len(bin_F), 1)
    return Reliability(count_B, score_B, overlap_B, good_B, float(error))
