"""Frames in, annotated video out: readers, a writer and drawing that know nothing of networks or trackers."""

from siamtrack.video.draw import draw_targets
from siamtrack.video.frames import Frame, VideoError, to_bgr8
from siamtrack.video.source import FrameSource, open_source
from siamtrack.video.writer import VideoWriter

__all__ = ["Frame", "FrameSource", "VideoError", "VideoWriter", "draw_targets", "open_source", "to_bgr8"]
