"""SiamMask's head: what is given when, and where the refinement looks."""

from __future__ import annotations

import pytest
import torch

from siamtrack.nets.heads.mask import MASK_SIDE, REFINED_SIDE, MaskRPN, _windows
from siamtrack.nets.neck import Neck
from siamtrack.nets.types import Features


@pytest.fixture(scope="module")
def head() -> MaskRPN:
    torch.manual_seed(0)
    return MaskRPN(Neck((8,), (16,)))


def features(rows: int, sides: tuple[int, ...], seed: int = 0) -> Features:
    generator = torch.Generator().manual_seed(seed)
    channels = (64, 256, 512, 8)
    return tuple(torch.randn(rows, c, s, s, generator=generator) for c, s in zip(channels, sides, strict=True))


_Z_SIDES, _X_SIDES = (61, 31, 15, 15), (125, 63, 31, 31)  # of 127 and 255 pixels


@torch.no_grad()
def test_every_cell_s_mask_in_training_none_in_tracking(head: MaskRPN) -> None:
    z, x = features(2, _Z_SIDES), features(2, _X_SIDES)
    trained, tracked = (head.train(mode).search(head.kernels(z), x) for mode in (True, False))
    assert trained.mask_NCHW is not None
    assert trained.mask_NCHW.shape == (2, MASK_SIDE**2, 25, 25)
    assert tracked.mask_NCHW is None
    assert trained.mask_features is not None and tracked.mask_features is not None
    assert trained.cls_NCHW.shape == tracked.cls_NCHW.shape == (2, 10, 25, 25)


@pytest.mark.parametrize(("step", "side"), [(4, 61), (2, 31), (1, 15)])
def test_windows_are_padded_slices(step: int, side: int) -> None:
    """As published: pad by four cells, slice from the cell on."""
    maps = torch.randn(2, 3, 24 * step + side - 8 * step, 24 * step + side - 8 * step)
    padded = torch.nn.functional.pad(maps, [4 * step] * 4)
    row, cell = torch.tensor([1, 0, 1]), torch.tensor([[0, 0], [24, 3], [13, 12]])
    windows = _windows(maps, row, cell, 25, step, side)
    for window, r, (x, y) in zip(windows, row.tolist(), cell.tolist(), strict=True):
        assert window.equal(padded[r, :, step * y : step * y + side, step * x : step * x + side])


@pytest.mark.parametrize(("step", "side"), [(4, 61), (2, 31), (1, 15)])
def test_windows_of_the_small_crop_of_the_second_stage(step: int, side: int) -> None:
    """As published: unfolded without padding, three by three."""
    maps = torch.randn(1, 3, side + 2 * step, side + 2 * step)
    cell = torch.tensor([[x, y] for y in range(3) for x in range(3)])
    windows = _windows(maps, torch.zeros(9, dtype=torch.int64), cell, 3, step, side)
    unfolded = torch.nn.functional.unfold(maps, side, stride=step)
    assert windows.equal(unfolded[0].T.unflatten(1, (3, side, side)))


def test_refined_masks_of_chosen_cells_can_be_trained(head: MaskRPN) -> None:
    head.eval().zero_grad()
    kernels, x = head.kernels(features(2, _Z_SIDES)), features(2, _X_SIDES)
    row, cell = torch.tensor([1, 0, 1]), torch.tensor([[5, 20], [13, 12], [13, 12]])
    mask_features = head.search(kernels, x).mask_features
    assert mask_features is not None
    mask = head.refined(mask_features, row, cell)
    assert mask.shape == (3, 1, REFINED_SIDE, REFINED_SIDE)
    alone = head.refined(mask_features, row[:1], cell[:1])
    torch.testing.assert_close(mask[:1], alone, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(mask[1], mask[2])
    mask.square().mean().backward()
    for name, parameter in head.refine.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name
