"""One step: against a float64 transcription, its bounds, lost and found, several crop sizes, a state of fixed size."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from siamtrack.geometry.crop import Frames
from siamtrack.geometry.regions import Region, context_side
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput, Kernels, NetSpec
from siamtrack.tracking.config import LostSearch, PenaltySelect, SmallSearch, TrackConfig
from siamtrack.tracking.select import Choice
from siamtrack.tracking.state import TrackState
from siamtrack.tracking.step import advance, init_state, search_of, search_region, search_rows, track_step

from .blob_net import Centroid, Identity
from .reference import ReferenceTracker

_CPU = torch.device("cpu")
_BAG_BOX = (312.6, 146.9, 106.1, 96.4)


@pytest.mark.parametrize(("name", "steps"), [("siamtrack-s", 40), ("siamrpn_alex_dwxcorr", 12)])
def test_float32_state_follows_a_float64_transcription(random_tracker, bag_frames, name: str, steps: int) -> None:  # type: ignore[no-untyped-def]
    """The state is float32 by decision: beside a plain float64 tracker it stays within 0.01 px over a clip."""
    tracker = random_tracker(name)
    tracker.start(bag_frames[0], _BAG_BOX)
    assert tracker.state.center_N2.dtype == tracker.state.size_N2.dtype == torch.float32
    reference = ReferenceTracker(tracker.net, tracker.config, bag_frames[0], _BAG_BOX)
    for frame in bag_frames[1 : steps + 1]:
        result = tracker.track(frame)
        box, score = reference.track(frame)
        np.testing.assert_allclose(result.boxes[0], box, atol=0.01)
        assert result.scores[0] == pytest.approx(score, abs=1e-3)


def a_state(center: tuple[float, float], size: tuple[float, float], lost: bool = False) -> TrackState:
    size_N2 = torch.tensor([size], dtype=torch.float32)
    return TrackState(
        center_N2=torch.tensor([center], dtype=torch.float32),
        size_N2=size_N2,
        side_N=context_side(size_N2),
        first_side_N=context_side(size_N2),
        pad_N3=torch.zeros(1, 3),
        frame_N=torch.zeros(1, dtype=torch.int64),
        kernels=(),
        memory=(),
        score_N=torch.ones(1),
        lost_N=torch.tensor([lost]),
        small_N=torch.tensor([False]),
    )


def a_choice(box: tuple[float, ...], rate: float = 1.0, score: float = 1.0) -> Choice:
    return Choice(torch.tensor([box], dtype=torch.float32), torch.tensor([rate]), torch.tensor([score]))


_SPEC = NetSpec(128, 256, 16)
_CONFIG = TrackConfig(PenaltySelect(0.1, 0.4, 0.3), lost_below=0.3, found_above=0.5)
_FRAME = torch.tensor([[640.0, 480.0]])


class ManyMaps(Centroid):
    """Tells of every row by what it sees there, in all maps but one."""

    def search(self, kernels: Kernels, features: tuple[Tensor, ...]) -> HeadOutput:
        mean_N111 = features[0].mean((1, 2, 3), keepdim=True)
        levels = mean_N111 * 4, mean_N111 * 5
        return HeadOutput(mean_N111 + kernels[0][:, :, None, None], None, mean_N111 * 2, mean_N111 * 3, levels)


def test_rows_seen_a_few_at_a_time_are_all_there_in_every_map() -> None:
    net, rows = SiameseNet(Identity(), ManyMaps(), _SPEC), 11
    x = torch.arange(float(rows))[:, None, None, None].expand(-1, 3, 8, 8)
    cls, loc, center, mask, levels = search_rows(net, (torch.full((rows, 1), 100.0),), x)
    assert cls.flatten().tolist() == [100.0 + i for i in range(rows)]
    assert loc is None
    assert center is not None and center.flatten().tolist() == [2.0 * i for i in range(rows)]
    assert mask is not None and mask.flatten().tolist() == [3.0 * i for i in range(rows)]
    assert levels is not None
    assert [level.flatten().tolist() for level in levels] == [[n * i for i in range(rows)] for n in (4.0, 5.0)]


def test_search_region_is_the_template_square_enlarged() -> None:
    region = search_region(a_state((100, 80), (40, 40)), _SPEC)
    assert region.center_N2.tolist() == [[100, 80]]
    assert region.side_N.tolist() == [160]  # sqrt((40 + 40)(40 + 40)) * 256 / 128


def test_advance_moves_at_once_and_resizes_by_the_rate() -> None:
    region = Region(torch.tensor([[100.0, 80.0]]), torch.tensor([128.0]))  # half a frame pixel a crop pixel
    state = advance(a_state((100, 80), (40, 40)), a_choice((20, -10, 120, 60), 0.25), region, _SPEC, _CONFIG, _FRAME)
    assert state.center_N2.tolist() == [[110, 75]]
    assert state.size_N2.tolist() == [[40 + 0.25 * 20, 40 - 0.25 * 10]]


def test_advance_keeps_targets_in_the_frame() -> None:
    region = Region(torch.tensor([[100.0, 80.0]]), torch.tensor([256.0]))
    huge = advance(a_state((100, 80), (40, 40)), a_choice((-900, 900, 9000, 9000)), region, _SPEC, _CONFIG, _FRAME)
    assert huge.center_N2.tolist() == [[0, 480]]
    assert huge.size_N2.tolist() == [[640, 480]]
    tiny = advance(a_state((100, 80), (40, 40)), a_choice((0, 0, 0.1, 0.1)), region, _SPEC, _CONFIG, _FRAME)
    assert tiny.size_N2.tolist() == [[10, 10]]


@torch.inference_mode()
def test_a_first_box_larger_than_the_frame_counts_as_large_as_the_frame(random_tracker) -> None:  # type: ignore[no-untyped-def]
    tracker = random_tracker("siamtrack-s")
    frames = Frames.from_image(np.zeros((48, 64, 3), np.uint8), _CPU)
    box = torch.tensor([[-100.0, 10, 264, 20]])
    state = init_state(tracker.net, tracker.config, frames, torch.zeros(1, dtype=torch.int64), box)
    assert state.center_N2.tolist() == [[32, 20]]
    assert state.size_N2.tolist() == [[64, 20]]


def test_a_frame_smaller_than_the_smallest_size() -> None:
    region = Region(torch.tensor([[2.0, 2.0]]), torch.tensor([16.0]))
    frame = torch.tensor([[4.0, 3.0]])
    state = advance(a_state((2, 2), (3, 3)), a_choice((0, 0, 50, 50)), region, _SPEC, _CONFIG, frame)
    assert state.size_N2.tolist() == [[10, 10]]


def test_lost_below_one_score_and_found_above_a_higher_one() -> None:
    region = Region(torch.tensor([[100.0, 80.0]]), torch.tensor([256.0]))
    state = a_state((100, 80), (40, 40))
    seen = []
    for score in (0.6, 0.31, 0.29, 0.31, 0.49, 0.51, 0.31):
        state = advance(state, a_choice((0, 0, 40, 40), 0.0, score), region, _SPEC, _CONFIG, _FRAME)
        seen.append(state.lost_N.item())
    assert seen == [False, False, True, True, True, False, False]


def bytes_of(state: TrackState) -> int:
    tensors = [*state.kernels, *(field for field in state if isinstance(field, Tensor))]
    return sum(tensor.untyped_storage().nbytes() for tensor in tensors)


@torch.inference_mode()
def test_the_state_does_not_grow_with_time(random_tracker) -> None:  # type: ignore[no-untyped-def]
    tracker = random_tracker("siamtrack-s")
    rng = np.random.default_rng(0)
    frames = [Frames.from_image(rng.integers(0, 256, (48, 64, 3), np.uint8), _CPU) for _ in range(3)]
    boxes = torch.tensor([[10.0, 10, 20, 15], [30, 20, 20, 20]])
    state = init_state(tracker.net, tracker.config, frames[0], torch.zeros(2, dtype=torch.int64), boxes)
    sizes = set()
    for number in range(150):
        state, _ = track_step(tracker.net, tracker.config, state, frames[number % 3])
        sizes.add(bytes_of(state))
    assert len(sizes) == 1


@torch.inference_mode()
def test_targets_of_several_frames_in_one_step(random_tracker, bag_frames) -> None:  # type: ignore[no-untyped-def]
    """Two videos of different size in lockstep equal each alone."""
    tracker = random_tracker("siamtrack-s")
    net, config = tracker.net, tracker.config
    wide, small = bag_frames[:4], [frame[40:300, 100:420] for frame in bag_frames[10:14]]

    def both(number: int) -> Frames:
        canvas = np.full((2, *wide[0].shape), 77, np.uint8)
        canvas[0] = wide[number]
        canvas[1, : small[0].shape[0], : small[0].shape[1]] = small[number]
        sizes = [[image.shape[1], image.shape[0]] for image in (wide[0], small[0])]
        return Frames(torch.from_numpy(canvas), torch.tensor(sizes, dtype=torch.float32))

    boxes = torch.tensor([[312.0, 146, 106, 96], [60.0, 50, 80, 90]])
    state = init_state(net, config, both(0), torch.tensor([0, 1]), boxes)
    alone = [Frames.from_image(video[0], _CPU) for video in (wide, small)]
    zero = torch.zeros(1, dtype=torch.int64)
    states = [init_state(net, config, frames, zero, boxes[n : n + 1]) for n, frames in enumerate(alone)]
    for number in range(1, 4):
        state, output = track_step(net, config, state, both(number))
        for n, video in enumerate((wide, small)):
            states[n], single = track_step(net, config, states[n], Frames.from_image(video[number], _CPU))
            torch.testing.assert_close(output.box_N4[n], single.box_N4[0], rtol=0, atol=1e-3)
            torch.testing.assert_close(output.score_N[n], single.score_N[0], rtol=0, atol=1e-4)


@torch.inference_mode()
def test_targets_searched_in_crops_of_different_sizes_equal_each_alone(random_tracker, bag_frames) -> None:  # type: ignore[no-untyped-def]
    """The second is small when it is first seen, the third is lost from the first step on."""
    tracker = random_tracker("siamrpn_alex_dwxcorr")
    sizes = {"small": SmallSearch(0.004, 303), "lost": LostSearch(search_px=335, window_influence=0.1)}
    config = replace(tracker.config, lost_below=1e-3, **sizes)
    boxes = torch.tensor([[312.0, 146, 106, 96], [60.0, 50, 20, 18], [200.0, 100, 60, 90]])
    frames = [Frames.from_image(image, _CPU) for image in bag_frames[:4]]

    def begin(rows: list[int]) -> TrackState:
        state = init_state(tracker.net, config, frames[0], torch.zeros(len(rows), dtype=torch.int64), boxes[rows])
        return state._replace(lost_N=torch.tensor([row == 2 for row in rows]))

    together, single = begin([0, 1, 2]), [begin([row]) for row in range(3)]
    assert together.small_N.tolist() == [False, True, False]
    for frame in frames[1:]:
        together, output = track_step(tracker.net, config, together, frame)
        for row in range(3):
            single[row], alone = track_step(tracker.net, config, single[row], frame)
            torch.testing.assert_close(output.box_N4[row], alone.box_N4[0], rtol=0, atol=1e-3)
            assert output.lost_N[row] == alone.lost_N[0]


def test_what_a_target_is_searched_with() -> None:
    config = replace(_CONFIG, small=SmallSearch(0.004, 287), lost=LostSearch(831, 0.001))
    searched = {flags: search_of(_SPEC, config, *flags) for flags in product((False, True), repeat=2)}  # small, lost
    assert {flags: spec.search_px for flags, (spec, _) in searched.items()} == {
        (False, False): _SPEC.search_px,
        (True, False): 287,
        (False, True): 831,
        (True, True): 831,
    }
    assert searched[False, True][1].select.window_influence == 0.001
    assert searched[True, False][1] == config
    assert search_of(_SPEC, _CONFIG, True, True) == (_SPEC, _CONFIG)


def test_a_long_term_tracker_moves_only_to_what_it_believes() -> None:
    config = replace(_CONFIG, lost=LostSearch(), lost_below=0.8, found_above=0.95)
    region = search_region(a_state((100, 80), (40, 40)), _SPEC)
    start, doubtful = a_state((100, 80), (40, 40)), a_choice((20, -10, 90, 60), 0.5, 0.79)
    doubted = advance(start, doubtful, region, _SPEC, config, _FRAME)
    assert (doubted.center_N2.tolist(), doubted.size_N2.tolist()) == ([[100, 80]], [[40, 40]])
    assert doubted.lost_N.all()
    away = advance(doubted, a_choice((-900, 0, 90, 60), 0.5, 0.9), region, _SPEC, config, _FRAME)
    assert away.center_N2[0, 0] < 0  # believed, though outside the frame; what is reported is clipped
    assert away.lost_N.all()  # found only above 0.95
