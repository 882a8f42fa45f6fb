"""The public names, and the one-call generator."""

import inspect
from pathlib import Path

import pytest

import siamtrack
from siamtrack.api import FirstBox, follow
from siamtrack.video import VideoError

CLIP = Path(__file__).parents[1] / "examples/market_street_1906.mp4"

# The public surface. A change here is a change for every user: mind the version.
PUBLIC = {
    "Tracker": "(net: 'SiameseNet', config: 'TrackConfig', device: 'torch.device', "
    "long_term: 'LongTerm | None' = None) -> 'None'",
    "Verifier": "(net: 'VerifierNet', thresholds: 'Mapping[float, float]', device: 'torch.device') -> 'None'",
    "TrackResult": "(frame: 'int', timestamp: 'float | None', ids: 'tuple[int, ...]', boxes: 'np.ndarray', "
    "scores: 'np.ndarray', states: 'tuple[TargetState, ...]', polygons: 'np.ndarray | None' = None, "
    "masks: 'tuple[PlacedMask | None, ...] | None' = None) -> None",
    "frames": "(source: 'str | Path | int', *, start: 'int' = 0, end: 'int | None' = None, "
    "read_ahead: 'int' = 4) -> 'FrameSource'",
    "list_models": "(names: 'Iterable[str] | None' = None) -> 'list[ModelInfo]'",
    "load": "(name: 'str' = 'siamtrack-s', device: 'str' = 'auto', weights: 'str | Path | None' = None, "
    "redetect: 'bool' = False) -> 'Tracker'",
    "load_verifier": "(name: 'str' = 'verifier-s', device: 'str' = 'auto', weights: 'str | Path | None' = None) "
    "-> 'Verifier'",
    "track": "(source: 'str | Path | int', box: 'Any', *, model: 'str' = 'siamtrack-s', "
    "weights: 'str | Path | None' = None, device: 'str' = 'auto', start: 'int' = 0, "
    "end: 'int | None' = None, redetect: 'bool' = False) -> 'Iterator[TrackResult]'",
}
TRACKER = {"add", "current", "drop", "ids", "start", "track"}


def test_public_names_and_signatures():
    names = {name for name in siamtrack.__all__ if name != "__version__"}
    assert {name: str(inspect.signature(getattr(siamtrack, name))) for name in names} == PUBLIC


def test_public_methods_of_the_tracker():
    assert {name for name in vars(siamtrack.Tracker) if not name.startswith("_")} == TRACKER


def test_track_yields_one_result_a_frame_the_given_box_first():
    results = list(siamtrack.track(CLIP, (305, 140, 235, 186), end=4))
    assert [result.frame for result in results] == [0, 1, 2, 3]
    assert results[0].boxes.tolist() == [[305, 140, 235, 186]]
    assert results[1].timestamp == pytest.approx(results[0].timestamp + 1001 / 30000, abs=1e-4)


def test_several_boxes_are_several_targets():
    results = list(siamtrack.track(CLIP, [(305, 140, 235, 186), (10, 100, 40, 60)], end=2))
    assert results[-1].ids == (1, 2) and results[-1].boxes.shape == (2, 4)


def test_bad_arguments_are_errors_at_once():
    with pytest.raises(VideoError, match="nowhere"):
        siamtrack.track("nowhere.mp4", (0, 0, 1, 1))
    with pytest.raises(ValueError, match="outside the 540x360 frame"):
        siamtrack.track(CLIP, (900, 0, 10, 10))
    with pytest.raises(ValueError, match="shape"):
        siamtrack.track(CLIP, [])
    with pytest.raises(ValueError, match="camera number"):
        siamtrack.track(-1, (0, 0, 1, 1))


def test_a_target_whose_frame_was_skipped_starts_in_the_next(random_tracker):
    with siamtrack.frames(CLIP, end=8) as source:
        every_third = [frame for frame in source if frame.index % 3 == 0]
    boxes = [FirstBox(0, (305, 140, 235, 186)), FirstBox(4, (10, 100, 40, 60))]
    followed = [
        (frame.index, result.ids) for frame, result in follow(random_tracker("siamtrack-s"), every_third, boxes)
    ]
    assert followed == [(0, (1,)), (3, (1,)), (6, (1, 2))]
