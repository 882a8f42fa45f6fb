"""Looking for lost targets in the whole frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from siamtrack.geometry.crop import Frames
from siamtrack.nets.types import NetSpec
from siamtrack.tracking.config import TrackConfig
from siamtrack.tracking.redetect import Redetected, Redetection, redetect, tile
from siamtrack.tracking.state import TrackState, take_rows
from siamtrack.tracking.step import init_state
from siamtrack.tracking.verify import Verifier, embed_boxes

from .lights import CONFIG, GREEN, HEIGHT, RED, SIDE, WIDTH, box_round, color_verifier, light_net, lights

_NET = light_net()
_START = (60, 60)
_INSIDE = st.tuples(st.integers(SIDE, WIDTH - SIDE), st.integers(SIDE, HEIGHT - SIDE))


def lost(image: np.ndarray, center: tuple[int, int] = _START) -> TrackState:
    """A target that was seen in an image and lost since."""
    frames = Frames.from_image(image, torch.device("cpu"))
    state = init_state(_NET, CONFIG, frames, torch.tensor([0]), torch.tensor([box_round(center)]))
    return state._replace(lost_N=torch.tensor([True]), score_N=torch.tensor([0.1]))


def look(
    state: TrackState,
    *images: np.ndarray,
    verifier: Verifier | None = None,
    identity_ND: torch.Tensor | None = None,
    config: TrackConfig = CONFIG,
) -> Redetected:
    frames = Frames.from_images(images, torch.device("cpu"))
    looks = [0] * len(state.score_N)
    return redetect(_NET, config, Redetection(), state, frames, looks, verifier, identity_ND)


@settings(max_examples=15)
@given(_INSIDE)
def test_a_target_is_found_wherever_it_is(center: tuple[int, int]) -> None:
    found = look(lost(lights((_START, RED))), lights((center, RED)))
    assert found.found_N.tolist() == [True] and found.state.lost_N.tolist() == [False]
    np.testing.assert_allclose(found.state.center_N2[0], center, atol=4)
    np.testing.assert_allclose(found.output.box_N4[0], box_round(center), atol=6)
    assert found.output.score_N[0] > CONFIG.found_above


def test_where_nothing_is_nothing_changes_and_rows_are_apart() -> None:
    """Two targets in two frames; the second one's is dark."""
    one = lost(lights((_START, RED)))
    state = take_rows(one, [0, 0])._replace(frame_N=torch.tensor([0, 1]))
    found = look(state, lights(((300, 200), RED)), lights())
    assert found.found_N.tolist() == [True, False]
    for value, before in zip(take_rows(found.state, [1]), take_rows(state, [1]), strict=True):
        assert all(torch.equal(a, b) for a, b in zip(value, before, strict=True))
    alone = look(one, lights(((300, 200), RED)))
    torch.testing.assert_close(found.state.center_N2[:1], alone.state.center_N2)


@settings(max_examples=15)
@given(_INSIDE, _INSIDE)
def test_the_verifier_tells_look_alikes_apart(red: tuple[int, int], green: tuple[int, int]) -> None:
    """To the tracker both lights are the same."""
    assume(max(abs(red[0] - green[0]), abs(red[1] - green[1])) > 5 * SIDE)  # no tile sees both
    seen, verifier = lights((_START, RED)), color_verifier()
    first = Frames.from_image(seen, torch.device("cpu"))
    identity_ND = embed_boxes(verifier.net, first, torch.tensor([0]), torch.tensor([box_round(_START)]))
    found = look(lost(seen), lights((red, RED), (green, GREEN)), verifier=verifier, identity_ND=identity_ND)
    np.testing.assert_allclose(found.state.center_N2[0], red, atol=4)
    found = look(lost(seen), lights((green, GREEN)), verifier=verifier, identity_ND=identity_ND)
    assert found.found_N.tolist() == [False]
    sure = replace(CONFIG, sure_above=CONFIG.found_above)
    found = look(lost(seen), lights((green, GREEN)), verifier=verifier, identity_ND=identity_ND, config=sure)
    np.testing.assert_allclose(found.state.center_N2[0], green, atol=4)


@given(
    st.tuples(st.integers(20, 800), st.integers(20, 800)),
    st.floats(30, 600),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_tiles_cover_the_frame(size: tuple[int, int], side: float, place: tuple[float, float]) -> None:
    """No point is farther from a tile's middle than a quarter of the tile's side, and one look is bounded."""
    how, spec = Redetection(most_tiles=30), NetSpec(128, 256, 8)
    state = replace_side(side)
    frames = Frames(torch.empty(1, 0, 0, 3, dtype=torch.uint8), torch.tensor([size], dtype=torch.float32))
    middles, looked = [], 0
    while True:
        copies, rows = tile(spec, how, state, frames, [looked])
        looked += 1
        assert rows == [0] * len(rows) and 0 < len(rows) <= how.most_tiles
        middles += copies.center_N2.tolist()
        if len({tuple(middle) for middle in middles}) < len(middles):  # the turns begin again
            break
    point = np.array(size) * place
    offset = np.abs(np.array(middles) - point).max(1).min()
    assert offset <= 2 * side / 4 + 1e-3


def replace_side(side: float) -> TrackState:
    state = lost(lights((_START, RED)))
    return state._replace(side_N=torch.tensor([side]))


def test_scales_are_tried() -> None:
    """A light of twice the size is a whole one at twice the scale alone."""
    state = lost(lights((_START, RED)))
    frames = Frames.from_image(lights(((300, 200), RED)), torch.device("cpu"))
    copies, _ = tile(_NET.spec, Redetection(scales=(1.0, 2.0), most_tiles=1000), state, frames, [0])
    assert set(copies.size_N2[:, 0].tolist()) == {SIDE, 2 * SIDE}
    torch.testing.assert_close(copies.side_N, 2 * copies.size_N2[:, 0])


@pytest.mark.parametrize("name", ["siamtrack-s", "siamfc", "siamdw_fc_res22", "siamrpn_alex_dwxcorr"])
def test_any_preset_can_look(name: str, random_tracker) -> None:
    tracker = random_tracker(name)
    image = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    tracker.start(image, [100, 80, 60, 50])
    how, frames = Redetection(most_tiles=2), Frames.from_image(image, tracker.device)
    config = replace(tracker.config, found_above=0.0)
    with torch.inference_mode():
        found = redetect(tracker.net, config, how, tracker.state, frames, [0])
    assert found.found_N.tolist() == [True] and found.output.box_N4.isfinite().all()
