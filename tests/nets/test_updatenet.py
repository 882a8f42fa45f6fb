"""UpdateNet: residual, and what it learns from."""

from __future__ import annotations

import torch

from siamtrack.nets.updatenet import UpdateNet


def test_sizes_are_the_published_ones() -> None:
    assert [tuple(p.shape[:2]) for p in UpdateNet(512).parameters() if p.ndim == 4] == [(192, 1536), (512, 192)]
    assert [tuple(p.shape[:2]) for p in UpdateNet(256).parameters() if p.ndim == 4] == [(96, 768), (256, 96)]


def test_without_anything_learnt_the_first_template_stays() -> None:
    update, first = UpdateNet(16), torch.randn(2, 16, 6, 6)
    for parameter in update.parameters():
        parameter.data.zero_()
    assert update(first, torch.randn(2, 16, 6, 6), torch.randn(2, 16, 6, 6)).equal(first)


def test_a_gradient_reaches_every_parameter() -> None:
    update = UpdateNet(16)
    update(*torch.randn(3, 2, 16, 6, 6)).square().mean().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in update.parameters())
