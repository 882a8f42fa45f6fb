"""A TraX server (Čehovin 2017): the tracker's side of the protocol, which VOT's toolkit and other clients start.

The protocol runs over this process's standard input and output, by the package vot-trax, loaded when a server starts.
Rectangles go out, as `Region.RECTANGLE` 0-based x, y, width, height, or polygons from trackers that give rotated boxes,
with the property "confidence" (what long-term analyses threshold); rectangles or polygons come in, the latter made
upright boxes by their outermost corners.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from siamtrack.data.images import read_image
from siamtrack.geometry.polygons import around
from siamtrack.tracking.tracker import Tracker, TrackResult


def serve(tracker: Tracker, name: str) -> None:
    """Answer one client until it quits. While this runs, standard output belongs to the protocol.

    Args:
        tracker: follows one target at a time; every initialisation begins anew.
        name: what to call the tracker towards the client.

    Raises:
        ModuleNotFoundError: vot-trax is not installed.
        TypeError, ValueError: a first box that is none, an unreadable image ...; the client was told why.
        RuntimeError: the client broke the protocol, asked for a frame before a target, or went away without a word.
    """
    trax = require_trax()
    _warm_up(tracker)
    with contextlib.redirect_stdout(sys.stderr):
        server = trax.Server(
            [trax.Region.RECTANGLE, trax.Region.POLYGON], [trax.Image.PATH], ["color"], tracker_name=name
        )
        try:
            while (request := server.wait()).type != trax.TraxStatus.QUIT:
                result = _answer(tracker, request)
                server.status([(_region(trax, result), {"confidence": f"{result.scores[0]:.6f}"})])
        except (RuntimeError, TypeError, ValueError) as error:
            server.quit(str(error))
            raise
        except trax.TraxException as error:
            raise RuntimeError(f"TraX: {error}") from None


def require_trax() -> Any:
    """The module `trax`.

    Raises:
        ModuleNotFoundError: vot-trax is not installed; says how to.
    """
    try:
        import trax
    except ModuleNotFoundError as error:
        message = "a TraX server needs the package vot-trax: pip install 'siamtrack[eval]'"
        raise ModuleNotFoundError(message, name=error.name) from None
    return trax


def _region(trax: Any, result: TrackResult) -> Any:
    """The target as the protocol has it."""
    if result.polygons is None:
        return trax.Rectangle.create(*result.boxes[0].tolist())
    return trax.Polygon.create([tuple(corner) for corner in result.polygons[0].tolist()])


def _answer(tracker: Tracker, request: Any) -> TrackResult:
    """Where the target is in the frame of a request; a request that brings an object starts with it."""
    image = read_image(Path(request.image["color"].path()))
    if not request.objects:
        return tracker.track(image)
    if len(request.objects) > 1:
        raise ValueError(f"{len(request.objects)} objects to follow; this server follows one")
    region, _ = request.objects[0]
    tracker.start(image, _upright_box(region))
    return tracker.current()


def _upright_box(region: Any) -> list[float]:
    """x, y, width, height of a rectangle, or of the outermost corners of a polygon.

    Raises:
        ValueError: the region is something else.
    """
    if region.type == "rectangle":
        return list(region.bounds())
    if region.type != "polygon":
        raise ValueError(f"a first region of type {region.type!r}; expected rectangle or polygon")
    return around(np.array(list(region), np.float64).reshape(1, -1))[0].tolist()


def _warm_up(tracker: Tracker) -> None:
    """Pay for the first, slow pass before a client's clock runs; the tracker itself stays without a target."""
    other, frame = Tracker(tracker.net, tracker.config, tracker.device), np.zeros((240, 320, 3), np.uint8)
    other.start(frame, (130, 90, 60, 60))
    other.track(frame)
