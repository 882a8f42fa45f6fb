"""Pairs, triplets and episodes: what they are of, and that they depend on seed and index alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.data.episodes import BalancedPairSampler, EpisodeSampler, TripletSampler

# Classes of 3, 2, 4 and 1 items.
LABELS = ["a", "b", "c", "a", "c", "d", "b", "a", "c", "c"]
index = st.integers(0, 10**6)


@given(index, index)
def test_pairs(seed: int, number: int) -> None:
    first, second, same = BalancedPairSampler(LABELS, seed).pair(number)
    assert first != second
    assert same == (LABELS[first] == LABELS[second]) == (number % 2 == 0)


@given(index, index)
def test_triplets(seed: int, number: int) -> None:
    anchor, positive, negative = TripletSampler(LABELS, seed).triplet(number)
    assert anchor != positive and LABELS[anchor] == LABELS[positive] != LABELS[negative]


@given(index, index, st.integers(2, 3), st.integers(0, 1))
def test_episodes(seed: int, number: int, ways: int, queries: int) -> None:
    support, query = EpisodeSampler(LABELS, ways, 1, queries, seed).episode(number)
    assert support.shape == (ways, 1) and query.shape == (ways, queries)
    items = np.hstack((support, query))
    assert len(np.unique(items)) == items.size
    names = [{LABELS[item] for item in row} for row in items]
    assert all(len(name) == 1 for name in names) and len(set.union(*names)) == ways


@given(index, index)
def test_a_function_of_seed_and_index(seed: int, number: int) -> None:
    pairs, triplets = BalancedPairSampler(LABELS, seed), TripletSampler(LABELS, seed)
    episodes = EpisodeSampler(LABELS, 2, 1, 1, seed)
    before = pairs.pair(number), triplets.triplet(number), episodes.episode(number)
    pairs.pair(number + 1), triplets.triplet(number + 1), episodes.episode(number + 1)
    assert (pairs.pair(number), triplets.triplet(number)) == before[:2]
    np.testing.assert_array_equal(
        np.hstack(EpisodeSampler(LABELS, 2, 1, 1, seed).episode(number)), np.hstack(before[2])
    )


def test_other_seeds_and_indices_give_other_draws() -> None:
    labels = list(range(500)) * 2
    draws = {BalancedPairSampler(labels, seed).pair(number)[:2] for seed in range(5) for number in range(20)}
    assert len(draws) > 95


def test_classes_are_drawn_alike_and_every_item_occurs() -> None:
    """Of 3000 same pairs each of the three classes with two items has 1000, within five standard deviations (129)."""
    sampler = BalancedPairSampler(LABELS, 0)
    pairs = [sampler.pair(number) for number in range(6000)]
    drawn = [LABELS[pair.first] for pair in pairs if pair.same]
    assert all(abs(drawn.count(name) - 1000) < 129 for name in "abc")
    assert {item for pair in pairs for item in pair[:2]} == set(range(10))
    triplets = TripletSampler(LABELS, 0)
    assert {triplets.triplet(number).negative for number in range(600)} == set(range(10))


def test_too_little_to_draw_from() -> None:
    with pytest.raises(ValueError, match="classes with 1 or more items: 1, expected 2 at least"):
        BalancedPairSampler("aaa", 0)
    with pytest.raises(ValueError, match="classes with 2 or more items: 0, expected 1 at least"):
        TripletSampler("abc", 0)
    with pytest.raises(ValueError, match="classes with 3 or more items: 2, expected 3 at least"):
        EpisodeSampler(LABELS, 3, 2, 1, 0)
    with pytest.raises(ValueError, match="1 ways, 1 shots and 0 queries"):
        EpisodeSampler(LABELS, 1, 1, 0, 0)
