"""What metric learning is shown: pairs, triplets and few-shot episodes of labelled items, as the items' numbers.

Each is a pure function of (seed, index), so any number of workers, and a resumed run, see the same ones. What an item
is, a crop or a sentence, is the caller's matter.

Shape legend: I items, C classes of an episode, K shots and Q queries of a class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from collections.abc import Sequence as Listing
from typing import NamedTuple

import numpy as np


class LabelledPair(NamedTuple):
    """Numbers of two items, and whether they are of one class."""

    first: int
    second: int
    same: bool


class Triplet(NamedTuple):
    """Numbers of three items; the positive is another one of the anchor's class, the negative of another class."""

    anchor: int
    positive: int
    negative: int


class Episode(NamedTuple):
    """Numbers of items, row c of both of one class; no item occurs twice."""

    support_CK: np.ndarray
    query_CQ: np.ndarray


class BalancedPairSampler:
    """Pairs of which every second one is of one class: even indices are the same, odd ones different.

    Classes are drawn all alike, however many items they have; those of a single item occur in different pairs alone.

    Args:
        labels: the class of each item.
        seed: of all pairs.

    Raises:
        ValueError: there is one class alone, or none with two items.
    """

    def __init__(self, labels: Listing[Hashable], seed: int) -> None:
        self._seed = seed
        self._classes = _by_class(labels, least=1)
        self._plural = _by_class(labels, least=2)
        _require(self._classes, 2, 1)
        _require(self._plural, 1, 2)

    def pair(self, index: int) -> LabelledPair:
        rng = np.random.default_rng((self._seed, index, 0))
        if index % 2 == 0:
            first, second = rng.choice(self._plural[int(rng.integers(len(self._plural)))], 2, replace=False)
            return LabelledPair(int(first), int(second), True)
        one, other = rng.choice(len(self._classes), 2, replace=False)
        return LabelledPair(int(rng.choice(self._classes[one])), int(rng.choice(self._classes[other])), False)


class TripletSampler:
    """Triplets; the anchor's class is drawn among those with two items or more, the negative's among all others.

    Args:
        labels: the class of each item.
        seed: of all triplets.

    Raises:
        ValueError: there is one class alone, or none with two items.
    """

    def __init__(self, labels: Listing[Hashable], seed: int) -> None:
        self._seed = seed
        self._classes = _by_class(labels, least=1)
        _require(self._classes, 2, 1)
        _require(_by_class(labels, least=2), 1, 2)
        self._plural = [number for number, items in enumerate(self._classes) if len(items) > 1]

    def triplet(self, index: int) -> Triplet:
        rng = np.random.default_rng((self._seed, index, 1))
        number = self._plural[int(rng.integers(len(self._plural)))]
        anchor, positive = rng.choice(self._classes[number], 2, replace=False)
        other = int(rng.integers(len(self._classes) - 1))
        negative = rng.choice(self._classes[other + (other >= number)])
        return Triplet(int(anchor), int(positive), int(negative))


class EpisodeSampler:
    """C-way K-shot episodes (Vinyals et al. 2016, section 4; Snell, Swersky and Zemel 2017, section 2.5).

    Without queries an episode is the batch of batch-hard triplets: C identities of K items each (Hermans et al. 2017).

    Args:
        labels: the class of each item; classes with fewer items than shots and queries are left out.
        ways: C.
        shots: K.
        queries: Q, of each class; 0 for none.
        seed: of all episodes.

    Raises:
        ValueError: fewer classes than ways have enough items, or a number is too small.
    """

    def __init__(self, labels: Listing[Hashable], ways: int, shots: int, queries: int, seed: int) -> None:
        if ways < 2 or shots < 1 or queries < 0:
            raise ValueError(
                f"an episode of {ways} ways, {shots} shots and {queries} queries; expected 2, 1 and 0 at least"
            )
        self._seed, self._ways, self._shots, self._queries = seed, ways, shots, queries
        self._classes = _by_class(labels, least=shots + queries)
        _require(self._classes, ways, shots + queries)

    def episode(self, index: int) -> Episode:
        rng = np.random.default_rng((self._seed, index, 2))
        chosen = rng.choice(len(self._classes), self._ways, replace=False)
        count = self._shots + self._queries
        item_CI = np.stack([rng.choice(self._classes[number], count, replace=False) for number in chosen])
        return Episode(item_CI[:, : self._shots], item_CI[:, self._shots :])


def _by_class(labels: Listing[Hashable], least: int) -> list[np.ndarray]:
    """Numbers of the items of each class that has so many, classes in the order of their first item."""
    items: dict[Hashable, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        items[label].append(number)
    return [np.array(numbers) for numbers in items.values() if len(numbers) >= least]


def _require(classes: list[np.ndarray], least: int, items: int) -> None:
    if len(classes) < least:
        raise ValueError(f"classes with {items} or more items: {len(classes)}, expected {least} at least")
