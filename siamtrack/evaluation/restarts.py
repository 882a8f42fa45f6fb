"""Footage begun at several places and run both ways.

One pass over a few sequences says little about which of two trackers is better: one moment at which a target is kept or
lost decides over the rest of its sequence. Five passes over each share their frames but not their templates and lose
their targets at different moments.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siamtrack.data.images import ChosenImages
from siamtrack.data.sequence import Sequence

# Where passes begin, as shares of the sequence, and which way they run.
_FORWARD, _BACKWARD = (0.0, 1 / 3, 2 / 3), (1.0, 2 / 3)


def restarts(video: Sequence) -> list[Sequence]:
    """The passes, each a sequence of its own name; those that would begin where the target has no box are left out."""
    last = len(video) - 1
    passes = [np.arange(round(share * last), last + 1) for share in _FORWARD]
    passes += [np.arange(round(share * last), -1, -1) for share in _BACKWARD]
    return [
        replace(
            video.part(frames_T),
            name=f"{video.name} from {frames_T[0]} to {frames_T[-1]}",
            images=ChosenImages(video.images, frames_T),
        )
        for frames_T in passes
        if video.annotated_T[frames_T[0]]
    ]
