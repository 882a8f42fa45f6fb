"""What a tracker of the library is, and what several families share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from siamtrack.nets.siamese import SiameseNet
from siamtrack.tracking.config import TrackConfig


@dataclass(frozen=True)
class Preset:
    """A named tracker.

    Attributes:
        summary: one line for people.
        source: paper, and the implementation whose numbers these are.
        build: makes the network, weights random.
        config: numbers of the tracker.
        checkpoint: where the published weights are found; "" where ours are bundled.
        published: scores that are published of it and, in brackets at the end, where; "" if none.
    """

    summary: str
    source: str
    build: Callable[[], SiameseNet]
    config: TrackConfig
    checkpoint: str = ""
    published: str = ""


# DaSiamRPN enters its long-term mode below a score of 0.8 and leaves it above 0.95 (Zhu et al. 2018, section 3.4).
RPN_LOST: dict[str, Any] = {"lost_below": 0.8, "found_above": 0.95}
