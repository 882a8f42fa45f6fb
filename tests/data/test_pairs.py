"""Pairs: a pure function of seed and index, positive and negative, from the sets that were asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from siamtrack.data.pack import Track
from siamtrack.data.pairs import PairBatch, PairConfig, PairSampler

_PLAIN = dict.fromkeys(
    ("flip", "flip_search", "grey", "blur", "coarsen", "color", "part", "photo_region", "distractor"), 0.0
)
_BOX = np.array([40, 40, 30, 30], np.float32)


def track(name: str, set_name: str, files: int = 1) -> Track:
    return Track(name, set_name, "thing", tuple(Path(f"{name}-{n}") for n in range(files)), np.stack([_BOX] * files))


_TRACKS = [track("video", "vid", 20), track("clip", "vid", 20), *(track(f"still{n}", "stills") for n in range(4))]
_PHOTOS = [Path("photo-0"), Path("photo-1")]


def read(path: Path) -> np.ndarray:
    """Every file is one colour of its own, with the object brighter."""
    number = sum(map(ord, str(path)))
    image = np.full((110, 110, 3), (number * 37 % 100, number * 53 % 100, number * 71 % 100), np.uint8)
    image[40:70, 40:70] += 100
    return image


def sampler(seed: int = 0, tracks: list[Track] = _TRACKS, **config: object) -> PairSampler:
    defaults: dict[str, object] = {"set_weights": {}}
    return PairSampler(tracks, _PHOTOS, read, PairConfig(**(defaults | config)), 64, 128, seed)  # type: ignore[arg-type]


def assert_equal(one: PairBatch, other: PairBatch) -> None:
    for field in ("template_N3HW", "search_N3HW", "box_N4", "positive_N"):
        assert getattr(one, field).equal(getattr(other, field))


def test_shapes_of_a_batch() -> None:
    batch = sampler().batch(range(5))
    assert (batch.template_N3HW.shape, batch.template_N3HW.dtype) == ((5, 3, 64, 64), torch.uint8)
    assert (batch.search_N3HW.shape, batch.search_N3HW.dtype) == ((5, 3, 128, 128), torch.uint8)
    assert (batch.box_N4.shape, batch.box_N4.dtype) == ((5, 4), torch.float32)
    assert (batch.positive_N.shape, batch.positive_N.dtype) == ((5,), torch.bool)


def test_any_number_of_workers_gives_the_same_pairs() -> None:
    alone = sampler().batch(range(40))
    for workers in (1, 2, 7):
        with ThreadPoolExecutor(workers) as pool:
            assert_equal(sampler().batch(range(40), pool.map), alone)


def test_a_pair_does_not_depend_on_the_pairs_before() -> None:
    whole, later = sampler().batch(range(10)), sampler().batch(range(6, 10))
    assert_equal(PairBatch(*(getattr(whole, name)[6:] for name in whole.__dataclass_fields__)), later)


def test_seed_and_index_both_matter() -> None:
    one = sampler().batch([0, 1])
    assert not one.search_N3HW[0].equal(one.search_N3HW[1])
    assert not one.search_N3HW.equal(sampler(seed=1).batch([0, 1]).search_N3HW)


def test_negatives_come_at_their_rate_and_show_another_object() -> None:
    pairs = sampler(negative=0.3, **_PLAIN)
    seen = [pairs.pair(index) for index in range(300)]
    assert 0.2 < np.mean([not positive for _, _, positive in seen]) < 0.4
    stills_only = sampler(tracks=_TRACKS[2:], negative=0.5, new_surroundings=0, **_PLAIN)
    for z, x, positive in map(stills_only.pair, range(40)):
        same_colour = np.abs(z.image[32, 32].astype(int) - object_colour(x.image, x.box)).max() <= 2
        assert same_colour == positive


def object_colour(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    x, y = (box[:2] + image.shape[0] / 2).astype(int)
    return image[np.clip(y, 0, 127), np.clip(x, 0, 127)].astype(int)


def test_all_negative_and_all_positive() -> None:
    assert not sampler(negative=1.0).batch(range(20)).positive_N.any()
    assert sampler(negative=0.0).batch(range(20)).positive_N.all()


def test_set_weights_are_followed() -> None:
    """Weight 0 keeps a set out."""
    only_video = sampler(set_weights={"vid": 1.0, "stills": 0.0}, negative=0.0, **_PLAIN)
    video_colours = {tuple(read(file)[50, 50]) for video in _TRACKS[:2] for file in video.files}
    for z, _, _ in map(only_video.pair, range(20)):
        assert tuple(z.image[32, 32]) in video_colours


def test_frame_gap_bounds_the_distance() -> None:
    pairs = sampler(tracks=[_TRACKS[0]], frame_gap=2, negative=0.0, **_PLAIN)
    number = {tuple(read(file)[50, 50]): n for n, file in enumerate(_TRACKS[0].files)}
    assert len(number) == 20
    gaps = [
        number[tuple(z.image[32, 32])] - number[tuple(object_colour(x.image, x.box))]
        for z, x, _ in map(pairs.pair, range(100))
    ]
    assert (min(gaps), max(gaps)) == (-2, 2)


def test_parts_of_stills_are_smaller_targets() -> None:
    """The object is 30 px, its part at most 0.8 of that: magnified to the same size, its surroundings are bright."""
    whole = sampler(tracks=_TRACKS[2:], negative=0.0, new_surroundings=0, **_PLAIN)
    part = sampler(tracks=_TRACKS[2:], negative=0.0, new_surroundings=0, **(_PLAIN | {"part": 1.0}))
    for index in range(20):
        assert bright_share(part.pair(index)[0].image) > bright_share(whole.pair(index)[0].image) + 0.05


def bright_share(image: np.ndarray) -> float:
    return float((image[..., 0] >= 100).mean())


def test_regions_of_photographs_as_targets() -> None:
    photos = sampler(negative=0.0, **(_PLAIN | {"photo_region": 1.0}))
    colours = {tuple(read(photo)[5, 5]) for photo in _PHOTOS} | {tuple(read(photo)[50, 50]) for photo in _PHOTOS}
    for z, x, positive in map(photos.pair, range(20)):
        assert positive
        assert any(np.abs(z.image.astype(int) - colour).max(-1).min() <= 1 for colour in colours)
        assert (x.box[2:] > 0).all()


def test_unknown_set_names_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"\['vidd'\].*\['stills', 'vid'\]"):
        sampler(set_weights={"vidd": 2.0})


def test_unknown_options_are_an_error() -> None:
    with pytest.raises(ValidationError, match="negatives"):
        PairConfig(set_weights={}, negatives=0.2)  # type: ignore[call-arg]


def test_one_track_has_no_negatives() -> None:
    with pytest.raises(ValueError, match="more than one track"):
        sampler(tracks=_TRACKS[:1], negative=1.0, **_PLAIN).pair(0)


def test_a_rare_second_track_is_found() -> None:
    """A set of a single track that is drawn nearly always: another object exists and must be found."""
    tracks = [track("often", "big"), track("rare", "small")]
    batch = sampler(tracks=tracks, set_weights={"big": 0.99, "small": 0.01}, negative=1.0, **_PLAIN).batch(range(10))
    assert not batch.positive_N.any()
