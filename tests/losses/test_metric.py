"""Losses on embeddings, worked by hand and by their definitions."""

from __future__ import annotations

import math
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.losses.metric import (
    batch_hard_triplet,
    contrastive_losses,
    cosine_distance,
    euclidean,
    margin_triplet,
    pairwise_ranking,
    semi_hard_triplet,
    squared_euclidean,
)


def points(seed: int, count: int = 8, dims: int = 3) -> torch.Tensor:
    return torch.randn(count, dims, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


seeds = st.integers(0, 999)
labels = st.lists(st.integers(0, 2), min_size=8, max_size=8).map(torch.tensor)


def test_distances_by_hand() -> None:
    a, b = torch.tensor([[3.0, 0.0], [0.0, 0.0]]), torch.tensor([[0.0, 4.0], [1.0, 1.0]])
    assert euclidean(a, b).tolist() == pytest.approx([5, math.sqrt(2)])
    assert squared_euclidean(a, b).tolist() == [25, 2]
    assert cosine_distance(a, b).tolist() == pytest.approx([1, 1])
    assert cosine_distance(a[:1], -2 * a[:1]).item() == pytest.approx(2)
    assert euclidean(a[:, None], b[None]).shape == (2, 2)


def test_equal_points_have_a_gradient_of_zero() -> None:
    a = torch.ones(1, 3, requires_grad=True)
    euclidean(a, torch.ones(1, 3)).sum().backward()
    assert a.grad is not None and a.grad.tolist() == [[0, 0, 0]]


@given(seeds)
def test_distances_are_distances(seed: int) -> None:
    a, b, c = points(seed).unflatten(0, (4, 2)).unbind(0)[:3]
    torch.testing.assert_close(euclidean(a, b), euclidean(b, a))
    assert (euclidean(a, c) <= euclidean(a, b) + euclidean(b, c) + 1e-9).all()
    torch.testing.assert_close(euclidean(a, b).square(), squared_euclidean(a, b))
    torch.testing.assert_close(cosine_distance(2 * a, 5 * b), cosine_distance(a, b))
    unit_a, unit_b = (torch.nn.functional.normalize(x, dim=-1) for x in (a, b))
    torch.testing.assert_close(cosine_distance(a, b), squared_euclidean(unit_a, unit_b) / 2)


def test_contrastive_by_hand_in_both_conventions() -> None:
    """Margin 2: similar at 3 costs 4.5; dissimilar at 0.5 costs 1.125 and at 2.5 nothing; three pairs."""
    distance = torch.tensor([3.0, 0.5, 2.5])
    hadsell = contrastive_losses(distance, torch.tensor([0, 1, 1]), margin=2, similar=0)
    assert [part.item() for part in hadsell] == pytest.approx([1.875, 1.5, 0.375])
    other = contrastive_losses(distance, torch.tensor([True, False, False]), margin=2, similar=1)
    assert other == hadsell
    swapped = contrastive_losses(distance, torch.tensor([0, 1, 1]), margin=2, similar=1)
    assert swapped.total.item() == pytest.approx((0.5 + 0 + 0.125 + 3.125) / 3 - 0.5 / 3)


@given(seeds, st.lists(st.booleans(), min_size=8, max_size=8), st.floats(0.1, 3))
def test_contrastive_pulls_the_similar_and_pushes_the_dissimilar(seed: int, same: list[bool], margin: float) -> None:
    distance = points(seed, dims=1)[:, 0].abs().requires_grad_()
    label = torch.tensor(same)
    losses = contrastive_losses(distance, label, margin=margin, similar=1)
    losses.total.backward()
    assert distance.grad is not None
    assert (distance.grad[label] >= 0).all() and (distance.grad[~label] <= 0).all()
    assert (distance.grad[~label & (distance > margin)] == 0).all()
    torch.testing.assert_close(losses.total, losses.similar + losses.dissimilar)
    flipped = contrastive_losses(distance, ~label, margin=margin, similar=0)
    torch.testing.assert_close(flipped.total, losses.total)


def test_contrastive_refuses_what_would_broadcast_and_labels_that_are_none() -> None:
    with pytest.raises(ValueError, match=r"label_N has shape \(3, 1\), expected \(3,\)"):
        contrastive_losses(torch.ones(3), torch.ones(3, 1), margin=1, similar=1)
    with pytest.raises(ValueError, match="similar is 2"):
        contrastive_losses(torch.ones(3), torch.ones(3), margin=1, similar=2)  # type: ignore[arg-type]


def test_triplets_by_hand() -> None:
    """Squared distances 1 and 4, then 4 and 1, margin 0.5: the first costs nothing, the second 3.5."""
    anchor, positive = torch.zeros(2, 1), torch.tensor([[1.0], [2.0]])
    losses = margin_triplet(anchor, positive, torch.tensor([[2.0], [-1.0]]), margin=0.5)
    assert [part.item() for part in losses] == [1.75, 0.5]
    with pytest.raises(ValueError, match="negative_ND has shape"):
        margin_triplet(anchor, positive, torch.zeros(1, 1), margin=0.5)


# On a line: two of identity 0 at 0 and 3, two of identity 1 at 1 and 7, a single one of identity 2 at 8.5.
LINE = torch.tensor([[0.0], [3.0], [1.0], [7.0], [8.5]])
IDENTITY = torch.tensor([0, 0, 1, 1, 2])


def test_batch_hard_by_hand() -> None:
    """Farthest positive and nearest negative: 3 and 1, 3 and 2, 6 and 1, 6 and 1.5; the single one does not count."""
    losses = batch_hard_triplet(LINE, IDENTITY, margin=0.5)
    assert losses.total.item() == pytest.approx((2.5 + 1.5 + 5.5 + 5) / 4)
    assert losses.active.item() == 1


def test_semi_hard_by_hand() -> None:
    """Positives at squared distance 9 and 36. From 0 no negative lies in 9 to 19; from 3 that at 7 does, with 16.

    From 1 and 7 none lies in 36 to 46: one of the four pairs counts, with 9 - 16 + 10.
    """
    losses = semi_hard_triplet(LINE, IDENTITY, margin=10)
    assert [part.item() for part in losses] == [3, 0.25]


@given(seeds, labels)
def test_mining_is_what_its_definition_says(seed: int, label: torch.Tensor) -> None:
    """Triplet by triplet, in plain loops."""
    x, rows = points(seed).requires_grad_(), range(8)
    d = (x.detach()[:, None] - x.detach()[None]).norm(dim=-1)
    same = {i: [j for j in rows if j != i and label[j] == label[i]] for i in rows}
    other = {i: [j for j in rows if label[j] != label[i]] for i in rows}
    hard = [
        max(0.0, max(d[i, j].item() for j in same[i]) - min(d[i, j].item() for j in other[i]) + 0.3)
        for i in rows
        if same[i] and other[i]
    ]
    losses = batch_hard_triplet(x, label, margin=0.3)
    assert losses.total.item() == pytest.approx(sum(hard) / max(len(hard), 1), abs=1e-9)
    semi = []
    for a, p in [(i, j) for i in rows for j in same[i]]:
        near = d[a, p].item() ** 2
        found = [d[a, n].item() ** 2 for n in other[a] if near < d[a, n].item() ** 2 < near + 0.3]
        semi += [near - min(found) + 0.3] if found else []
    semi_losses = semi_hard_triplet(x, label, margin=0.3)
    assert semi_losses.total.item() == pytest.approx(sum(semi) / max(len(semi), 1), abs=1e-9)
    (losses.total + semi_losses.total).backward()
    assert x.grad is not None and x.grad.isfinite().all()


@given(seeds, labels)
def test_triplets_are_blind_to_place_and_order(seed: int, label: torch.Tensor) -> None:
    x = points(seed)
    for loss in (batch_hard_triplet, semi_hard_triplet):
        torch.testing.assert_close(loss(x + 5, label, margin=0.3), loss(x, label, margin=0.3))
        torch.testing.assert_close(loss(x.flip(0), label.flip(0) + 7, margin=0.3), loss(x, label, margin=0.3))


def test_batches_with_nothing_to_compare_cost_nothing() -> None:
    for label in (torch.zeros(5), torch.arange(5)):
        for loss in (batch_hard_triplet, semi_hard_triplet):
            assert loss(LINE, label, margin=1).total.item() == 0
    with pytest.raises(ValueError, match="label_N"):
        batch_hard_triplet(LINE, IDENTITY[:4], margin=1)


def test_pairwise_ranking_by_hand() -> None:
    """Leads 2, 5 and 3 of the first group against margin 4; -2, in the wrong order, and 0 of the second."""
    score = torch.tensor([[6.0, 4.0, 1.0], [1.0, 3.0, 3.0]])
    rank = torch.tensor([[3, 2, 1], [5, 5, 2]])
    losses = pairwise_ranking(score, rank, margin=4)
    assert losses.total.item() == pytest.approx((2 + 0 + 1 + 6 + 4) / 5)
    assert losses.wrong.item() == pytest.approx(1 / 5)
    with pytest.raises(ValueError, match="rank_GL"):
        pairwise_ranking(score, rank[0], margin=4)


@given(seeds, st.floats(0, 2))
def test_pairwise_ranking_is_pytorchs_margin_loss_over_all_pairs(seed: int, margin: float) -> None:
    score, rank = points(seed, 2, 4), points(seed + 1, 2, 4)
    pairs = [(g, i, j) for g, i, j in product(range(2), range(4), range(4)) if rank[g, i] > rank[g, j]]
    better, worse = (torch.stack([score[pair[0], pair[k]] for pair in pairs]) for k in (1, 2))
    expected = torch.nn.functional.margin_ranking_loss(better, worse, torch.ones(len(pairs)), margin=margin)
    torch.testing.assert_close(pairwise_ranking(score, rank, margin=margin).total, expected)
