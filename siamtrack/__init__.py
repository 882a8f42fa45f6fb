"""Siamese visual object tracking: give it a video and a box, and it follows that object."""

from siamtrack.api import track
from siamtrack.tracking.tracker import Tracker, TrackResult
from siamtrack.tracking.verify import Verifier
from siamtrack.version import __version__
from siamtrack.video import open_source as frames
from siamtrack.zoo.load import list_models, load, load_verifier

__all__ = [
    "TrackResult",
    "Tracker",
    "Verifier",
    "__version__",
    "frames",
    "list_models",
    "load",
    "load_verifier",
    "track",
]
