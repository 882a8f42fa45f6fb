"""Every choice in which two toolkits score the same boxes differently, and who chooses what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from siamtrack.naming import known_names

_LINSPACE_21 = tuple(np.linspace(0, 1, 21).tolist())
# 0.15000000000000002 where linspace has 0.15: an IoU that equals a threshold falls on the other side.
_ARANGE_21 = tuple(np.arange(0, 1.05, 0.05).tolist())
_LINSPACE_101 = tuple(np.linspace(0, 1, 101).tolist())


@dataclass(frozen=True)
class Rules:
    """How boxes become scores. "Frames without a target" are those without an annotated box of positive size.

    Attributes:
        thresholds: overlaps at which the success curve is taken.
        strict: success is an overlap above the threshold; False: or equal to it.
        area: of the success curve: mean of its values, or the trapezoid rule.
        first: the first frame counts with the given box, counts as the file has it, or is skipped.
        absent: frames without a target are failures, or skipped.
        absent_center: their centre error is a miss, a hit, or measured to whatever box the annotations have.
        absent_norm: the same for the centre error in target sizes.
        flagged: frames that the annotators call absent although they have a box are frames without a target too.
        pixels: result boxes as they are, cut to whole pixels (as `int` does), or both boxes rounded.
        clip: both boxes are cut at the image border first.
        precision_px: error at which precision is read; None for the area under its curve.
        norm_at: error, in target sizes, at which normalised precision is read; None for the area.
        center_steps: points of the precision curves from 0 to 50 pixels and from 0 to 0.5 target sizes.
        average: mean of sequences, of all frames, or of the means of target classes.
        repeat_empty: a result box without area is replaced by the one before it.
        shift_px: added to x and y of every result box.
    """

    thresholds: tuple[float, ...] = _LINSPACE_21
    strict: bool = True
    area: Literal["mean", "trapezoid"] = "mean"
    first: Literal["truth", "file", "skip"] = "truth"
    absent: Literal["failure", "skip"] = "failure"
    absent_center: Literal["miss", "hit", "measured"] = "miss"
    absent_norm: Literal["miss", "hit", "measured"] = "miss"
    flagged: bool = False
    pixels: Literal["float", "truncated", "rounded"] = "float"
    clip: bool = False
    precision_px: float | None = 20.0
    norm_at: float | None = 0.2
    center_steps: int = 51
    average: Literal["sequences", "frames", "classes"] = "sequences"
    repeat_empty: bool = False
    shift_px: float = 0.0

    def in_words(self) -> list[str]:
        """What a reader of a report must know."""
        above = "above" if self.strict else "at or above"
        return [
            f"success: share of frames with an overlap {above} a threshold; "
            f"{self.area} over {len(self.thresholds)} thresholds from 0 to 1",
            "precision: " + _read_at(self.precision_px, "{:g} pixels between the centres"),
            "normalised precision: " + _read_at(self.norm_at, "{:g} target sizes between the centres"),
            {
                "truth": "the first frame counts, with the given box",
                "file": "the first frame counts, as the file has it",
                "skip": "the first frame does not count",
            }[self.first],
            f"frames without a target: {self.absent}; centre error: {self.absent_center}, normalised {self.absent_norm}"
            + ("; flagged as absent means without a target" if self.flagged else ""),
            f"boxes: {self.pixels}" + (", clipped to the image" if self.clip else ""),
            f"mean of {self.average}",
        ]


def _read_at(error: float | None, text: str) -> str:
    return "area under its curve" if error is None else f"share of frames with at most {text.format(error)}"


_PYSOT = Rules(thresholds=_ARANGE_21, first="file", absent_center="hit", absent_norm="hit")
# visionml/pytracking, analysis/extract_results.py. Not reproduced: normalised precision there counts frames without a
# target as hits, but not among the frames that it divides by.
_PYTRACKING = Rules(thresholds=_ARANGE_21, absent="skip", flagged=True, repeat_empty=True)
_GOT10K_OTB = Rules(absent_center="measured", absent_norm="measured")
# got10k 0.1.3, experiments/got10k.py: one mean over all frames whose cover is not 0
_GOT10K = Rules(thresholds=_LINSPACE_101, first="skip", absent="skip", flagged=True, clip=True, average="frames")

# Convention -> family of data sets -> its rules; "" is any other.
CONVENTIONS: dict[str, dict[str, Rules]] = {
    # Ours: one set of rules for all, but on GOT-10k, whose server averages classes (Huang et al. 2019, section 4.1),
    # TrackingNet, whose normalised precision is an area (Mueller et al. 2018, section 5), and people's own data, where
    # not every frame need have a box.
    "siamtrack": {
        "": Rules(),
        "got10k": replace(_GOT10K, average="classes"),
        "trackingnet": Rules(norm_at=None),
        "folder": Rules(absent="skip"),
    },
    # STVIR/pysot, toolkit/utils/statistics.py
    "pysot": {"": _PYSOT, "lasot": replace(_PYSOT, flagged=True, absent_center="miss", absent_norm="miss")},
    # got10k 0.1.3, experiments/otb.py, uav123.py and got10k.py
    "got10k": {"": _GOT10K_OTB, "got10k": _GOT10K, "uav": replace(_GOT10K_OTB, absent="skip")},
    "pytracking": {
        "": _PYTRACKING,
        "lasot": replace(_PYTRACKING, absent="failure"),
        "uav": replace(_PYTRACKING, absent="failure", absent_center="hit", absent_norm="hit"),
        "nfs": replace(_PYTRACKING, flagged=False),
    },
    # SilvioGiancola/TrackingNet-devkit, metrics.py
    "trackingnet": {
        "": Rules(area="trapezoid", pixels="rounded", precision_px=None, norm_at=None, center_steps=21),
    },
}

_FAMILIES = {
    "got10k": ("got10k-train", "got10k-val", "got10k-test"),
    "lasot": ("lasot", "lasot-train"),
    "trackingnet": ("trackingnet-train", "trackingnet-test"),
    "uav": ("uav123", "uav20l"),
    "nfs": ("nfs30", "nfs240"),
    "folder": ("folder",),
}


def get_rules(convention: str, dataset: str) -> Rules:
    """What a convention says of a data set.

    Raises:
        ValueError: there is no such convention; names the nearest.
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"no convention is called {convention!r}; {known_names(convention, CONVENTIONS)}")
    family = next((family for family, names in _FAMILIES.items() if dataset in names), "")
    by_family = CONVENTIONS[convention]
    return by_family.get(family, by_family[""])
