"""The numbers of a tracker that are not in its network."""

from __future__ import annotations

import math
from dataclasses import dataclass

from siamtrack.geometry.regions import Convention


@dataclass(frozen=True)
class PenaltySelect:
    """Choose the best box after a penalty on change of size and shape and a Hann window (SiamRPN, section 4.3).

    Attributes:
        penalty_k: strength of the penalty exp(-k (change - 1)).
        window_influence: share of the Hann window in the ranking, 0-1.
        size_lr: largest share of the new size that enters the state; scaled by penalty and score.
    """

    penalty_k: float
    window_influence: float
    size_lr: float

    scales = (1.0,)


@dataclass(frozen=True)
class PyramidSelect:
    """Choose the peak among responses at several scales (SiamFC, section 4.1; values of siamfc-pytorch).

    Attributes:
        scale_step: ratio of neighbouring scales; scale_count of them round 1.
        scale_penalty: factor on the responses of every scale but the middle one.
        size_lr: share of the new scale that enters the state.
        window_influence: share of the Hann window in the response, 0-1.
        response_up: factor by which the response is interpolated (bicubic) before the peak is taken.
        matconvnet: whether scales are handled as in MatConvNet's SiamFC and in SiamDW; see `tracking.pyramid`.
    """

    scale_step: float = 1.0375
    scale_count: int = 3
    scale_penalty: float = 0.9745
    size_lr: float = 0.59
    window_influence: float = 0.176
    response_up: int = 16
    matconvnet: bool = False

    @property
    def scales(self) -> tuple[float, ...]:
        middle = self.scale_count // 2
        return tuple(self.scale_step ** (i - middle) for i in range(self.scale_count))


@dataclass(frozen=True)
class CenterSelect:
    """Choose on maps interpolated to whole crop pixels, near the best cell (SiamCAR, section 3.3 and its code).

    Attributes:
        penalty_k, window_influence, size_lr: as in `PenaltySelect`.
        least_reach, most_reach: the final choice lies within half of the best cell's box, whose sides are taken as that
            far from the cell at least and at most; shares of the template crop (REGION_S and REGION_L of its code).
    """

    penalty_k: float
    window_influence: float
    size_lr: float
    least_reach: float = 0.1
    most_reach: float = 0.44

    scales = (1.0,)


Select = PenaltySelect | PyramidSelect | CenterSelect


@dataclass(frozen=True)
class SmallSearch:
    """Targets that are small when they are first seen are looked for farther away (`adaptive` in DaSiamRPN's code).

    Attributes:
        share: of the frame's area, below which a target is small.
        search_px: side of its search crop.
    """

    share: float = 0.004
    search_px: int = 287


@dataclass(frozen=True)
class LostSearch:
    """Local to global (DaSiamRPN, section 3.4): lost targets are looked for in a larger crop.

    A box whose score is below `TrackConfig.lost_below` is not believed: the target stays where it was. The defaults are
    those of pysot's `siamrpn_r50_l234_dwxcorr_lt`.

    Attributes:
        search_px: side of the search crop of a lost target.
        window_influence: takes the place of the selection's; a lost target may be anywhere.
    """

    search_px: int = 831
    window_influence: float = 0.001


@dataclass(frozen=True)
class TrackConfig:
    """How a network is used as a tracker.

    Attributes:
        select: how one candidate is chosen.
        convention: how windows are snapped to pixels and boxes are reported; see `tracking.quirks`.
        context: of the template square, see `geometry.regions.context_side`.
        min_size_px: smallest width and height, frame pixels (10 in pysot's trackers).
        lost_below: a target whose score falls below is reported as lost. The defaults suit scores that stand for an
            IoU: below 0.3 hardly any of the box is right.
        found_above: a lost target whose score rises above is tracked again.
        sure_above: what is found anywhere in the frame with a score above needs no verifier's consent, see
            `tracking.redetect`. By default none is believed: most scores are high on look-alikes too.
        mask_threshold: asks the network for masks: probability above which a pixel belongs to the target. None for
            boxes alone. Published: 0.15 for VOT, 0.35 for DAVIS.
        small, lost: larger search crops for some targets. Which ones is read from the device in every step.
    """

    select: Select
    convention: Convention = "exact"
    context: float = 0.5
    min_size_px: float = 10.0
    lost_below: float = 0.3
    found_above: float = 0.5
    sure_above: float = math.inf
    mask_threshold: float | None = None
    small: SmallSearch | None = None
    lost: LostSearch | None = None
