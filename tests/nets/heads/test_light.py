"""The light head: it is told the target's box, and uses it."""

from __future__ import annotations

import torch

from siamtrack.nets.heads.light import LightHead


def head() -> LightHead:
    torch.manual_seed(0)
    return LightHead(8, 16, 16).eval()


def test_the_box_changes_what_the_head_says() -> None:
    net, z, x = head(), torch.randn(1, 8, 8, 8), torch.randn(1, 8, 16, 16)
    boxes = [[0.0, 0, 64, 64], [0, 0, 90, 40], [8, 0, 64, 64]]
    with torch.inference_mode():
        maps = [net.search(net.kernels((z,), torch.tensor([box])), (x,)) for box in boxes]
    for other in maps[1:]:
        assert not torch.allclose(maps[0].cls_NCHW, other.cls_NCHW)
        assert not torch.allclose(maps[0].loc_NCHW, other.loc_NCHW)  # type: ignore[arg-type]


def test_a_square_target_in_the_middle_is_told_as_four_middle_cells_and_zeros() -> None:
    """64 px of 128, so cells 2 to 5 of 8 each way."""
    _, _, inside_NP11, place_N411 = head().kernels((torch.randn(1, 8, 8, 8),), torch.tensor([[0.0, 0, 64, 64]]))
    expected = torch.zeros(8, 8)
    expected[2:6, 2:6] = 1
    assert torch.equal(inside_NP11.view(8, 8), expected)
    assert place_N411.flatten().tolist() == [0, 0, 0, 0]


def test_rows_keep_to_themselves() -> None:
    net, z, x = head(), torch.randn(2, 8, 8, 8), torch.randn(2, 8, 16, 16)
    box = torch.tensor([[0.0, 0, 64, 64], [3, -2, 30, 100]])
    with torch.inference_mode():
        both = net.search(net.kernels((z,), box), (x,))
        second = net.search(net.kernels((z[1:],), box[1:]), (x[1:],))
    torch.testing.assert_close(both.cls_NCHW[1:], second.cls_NCHW)
