"""Clusters of what is clustered, and the contrast by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from siamtrack.losses.prototypes import cluster, prototype_contrast


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rows(seed: int, count: int = 12, dims: int = 4) -> torch.Tensor:
    return torch.randn(count, dims, generator=generator(seed))


@pytest.mark.parametrize("seed", range(5))
def test_directions_that_stand_apart_are_found(seed: int) -> None:
    truth = torch.arange(40) % 4
    embedding = (torch.eye(4)[truth] + 0.05 * rows(seed, 40)) * (1 + torch.rand(40, 1, generator=generator(seed)))
    prototypes, assignment = cluster(embedding, 4, generator(seed))
    same = assignment[:, None] == assignment[None]
    assert torch.equal(same, truth[:, None] == truth[None])
    assert (functional.cosine_similarity(embedding, prototypes[assignment]) > 0.95).all()


@given(st.integers(0, 999), st.integers(1, 12))
def test_every_row_has_the_nearest_prototype(seed: int, count: int) -> None:
    embedding = rows(seed)
    prototypes, assignment = cluster(embedding, count, generator(seed))
    assert prototypes.shape == (count, 4) and assignment.shape == (12,)
    torch.testing.assert_close(prototypes.norm(dim=1), torch.ones(count))
    cosine = functional.normalize(embedding, dim=1) @ prototypes.T
    torch.testing.assert_close(cosine.gather(1, assignment[:, None])[:, 0], cosine.amax(1))
    again = cluster(embedding, count, generator(seed))
    assert torch.equal(again.assignment_N, assignment)


def test_rows_that_are_all_alike() -> None:
    prototypes, _ = cluster(torch.ones(5, 3), 3, generator())
    torch.testing.assert_close(prototypes, torch.full((3, 3), 3**-0.5))
    for count in (0, 6):
        with pytest.raises(ValueError, match=f"{count} prototypes of 5 rows"):
            cluster(torch.ones(5, 3), count)


def test_contrast_by_hand() -> None:
    """Cosines 1 with the own prototype, 0.6 with the hardest other, -1 with the last; temperature 0.5."""
    prototypes = torch.tensor([[2.0, 0.0], [0.6, 0.8], [-1.0, 0.0]])
    embedding, own = torch.tensor([[3.0, 0.0]]), torch.tensor([0])
    one = prototype_contrast(embedding, prototypes, own, temperature=0.5, hard=1)
    assert one.item() == pytest.approx(math.log(1 + math.exp(-0.8)))
    both = prototype_contrast(embedding, prototypes, own, temperature=0.5, hard=2)
    assert both.item() == pytest.approx(math.log(1 + math.exp(-0.8) + math.exp(-4)))
    assert prototype_contrast(embedding, prototypes, own, temperature=0.5, hard=9).item() == both.item()


@given(st.integers(0, 999), st.integers(1, 8))
def test_with_all_others_it_is_cross_entropy_and_more_hard_ones_cost_more(seed: int, hard: int) -> None:
    embedding, prototypes = rows(seed).requires_grad_(), rows(seed + 1, 5)
    own = torch.arange(12) % 5
    loss = prototype_contrast(embedding, prototypes, own, temperature=0.2, hard=hard)
    logits = functional.normalize(embedding, dim=1) @ functional.normalize(prototypes, dim=1).T / 0.2
    everything = functional.cross_entropy(logits, own)
    assert loss.item() <= everything.item() + 1e-6
    if hard >= 4:
        torch.testing.assert_close(loss, everything)
    loss.backward()
    assert embedding.grad is not None and embedding.grad.isfinite().all()


def test_prototypes_are_constant_and_two_are_needed() -> None:
    embedding, prototypes = rows(0).requires_grad_(), rows(1, 3).requires_grad_()
    own = torch.zeros(12, dtype=torch.int64)
    prototype_contrast(embedding, prototypes, own, temperature=0.5, hard=1).backward()
    assert embedding.grad is not None and prototypes.grad is None
    with pytest.raises(ValueError, match="1 hard ones of 1 prototypes"):
        prototype_contrast(embedding, prototypes[:1], own, temperature=0.5, hard=1)
    with pytest.raises(ValueError, match="0 hard ones of 3 prototypes"):
        prototype_contrast(embedding, prototypes, own, temperature=0.5, hard=0)
