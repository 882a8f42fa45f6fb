"""Contrast with prototypes: the centres of clusters stand for what is alike, and no near neighbour is pushed away.

After Mo, Sun and Li, "Siamese Prototypical Contrastive Learning" (SPCL, BMVC 2021), and Li et al., "Prototypical
Contrastive Learning" (PCL, ICLR 2021). The other half of SPCL, a Siamese comparison of |h - v| that is taught whether
both are of one cluster, is `nets.embedding.DecisionNet` with binary cross-entropy on the assignments. Neither paper's
equations were at hand; SPCL's released code and config were.

Shape legend: N rows, D dimensions, K prototypes, H hard ones.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

_ROUNDS = 20  # of k-means, as the faiss clustering of DeepCluster (Caron et al. 2018, released code) and PCL has


class Clusters(NamedTuple):
    """Prototypes of length 1, (K, D), and the number of each row's own, (N,) int64."""

    prototype_KD: Tensor
    assignment_N: Tensor


@torch.no_grad()
def cluster(embedding_ND: Tensor, count: int, generator: torch.Generator | None = None) -> Clusters:
    """Spherical k-means: rows go to the prototype of the largest cosine, prototypes to their rows' mean direction.

    The start is drawn as k-means++ (Arthur and Vassilvitskii 2007): each next one with a chance that grows with the
    squared distance from those before. A prototype that lost its rows takes the row that fits its own the least.

    Args:
        count: of prototypes, K; SPCL and PCL have many times as many as there are classes.
        generator: of the embeddings' device; None is torch's own.

    Raises:
        ValueError: there are fewer rows than prototypes, or fewer than one of these.
    """
    if not 1 <= count <= len(embedding_ND):
        raise ValueError(f"{count} prototypes of {len(embedding_ND)} rows, expected 1 to as many as there are rows")
    unit_ND = functional.normalize(embedding_ND, dim=1)
    prototype_KD = _start(unit_ND, count, generator)
    assignment_N = (unit_ND @ prototype_KD.T).argmax(1)
    for _ in range(_ROUNDS):
        assignment_N = _fill_empty(unit_ND, prototype_KD, assignment_N)
        total_KD = torch.zeros_like(prototype_KD).index_add(0, assignment_N, unit_ND)
        prototype_KD = functional.normalize(total_KD, dim=1)
        before_N, assignment_N = assignment_N, (unit_ND @ prototype_KD.T).argmax(1)
        if torch.equal(before_N, assignment_N):
            break
    return Clusters(prototype_KD, assignment_N)


def prototype_contrast(
    embedding_ND: Tensor, prototype_KD: Tensor, assignment_N: Tensor, *, temperature: float, hard: int
) -> Tensor:
    """Cross-entropy of the own prototype among itself and the most similar others, by cosine over temperature.

    With all others this is the prototype term of PCL's ProtoNCE with one temperature for all clusters, and the
    prototypical cross-entropy of SPCL. With few the gradient goes to those that could be mistaken. Prototypes are
    constant: they change when clusters are made anew.

    Args:
        assignment_N: see `cluster`.
        temperature: 0.5 in SPCL's released config.
        hard: prototypes that each row is contrasted with, H; all others where there are fewer.

    Raises:
        ValueError: there is no other prototype to contrast with, or none is asked for.
    """
    if len(prototype_KD) < 2 or hard < 1:
        raise ValueError(f"{hard} hard ones of {len(prototype_KD)} prototypes, expected 1 or more of 2 or more")
    cosine_NK = functional.normalize(embedding_ND, dim=1) @ functional.normalize(prototype_KD.detach(), dim=1).T
    own_N1 = cosine_NK.gather(1, assignment_N[:, None])
    others_NK = cosine_NK.scatter(1, assignment_N[:, None], -torch.inf)
    hard_NH = others_NK.topk(min(hard, len(prototype_KD) - 1), 1).values
    logits_NH = torch.cat((own_N1, hard_NH), 1) / temperature
    return functional.cross_entropy(logits_NH, torch.zeros_like(assignment_N))


def _start(unit_ND: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
    """(K, D) rows far from one another."""
    chance_N = torch.ones_like(unit_ND[:, 0])
    nearest_N = torch.full_like(chance_N, torch.inf)
    chosen = []
    for _ in range(count):
        row = torch.multinomial(chance_N, 1, generator=generator)
        chosen.append(row)
        nearest_N = nearest_N.minimum((unit_ND - unit_ND[row]).square().sum(1))
        chance_N = nearest_N + torch.finfo(nearest_N.dtype).tiny  # rows that are all alike can still be drawn
    return unit_ND[torch.cat(chosen)]


def _fill_empty(unit_ND: Tensor, prototype_KD: Tensor, assignment_N: Tensor) -> Tensor:
    """Assignments in which every prototype has a row."""
    assignment_N = assignment_N.clone()
    fit_N = (unit_ND * prototype_KD[assignment_N]).sum(1)
    while True:
        count_K = assignment_N.bincount(minlength=len(prototype_KD))
        empty = (count_K == 0).nonzero()
        if not len(empty):
            return assignment_N
        # The only row of its prototype stays where it is.
        row = fit_N.masked_fill(count_K[assignment_N] < 2, torch.inf).argmin()
        assignment_N[row] = empty[0, 0]
