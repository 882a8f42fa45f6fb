"""Which maps the neck crops."""

from __future__ import annotations

import pytest
import torch

from siamtrack.nets.neck import Neck


@pytest.mark.parametrize(("cells", "expected"), [(15, 7), (17, 9), (19, 11), (20, 20), (31, 31)])
def test_template_maps_lose_their_ring_and_search_maps_stay_whole(cells: int, expected: int) -> None:
    neck = Neck((3, 5), (4, 4)).eval()
    features = tuple(torch.randn(2, channels, cells, cells) for channels in (3, 5))
    with torch.inference_mode():
        adjusted = neck(features)
    assert [tuple(x.shape) for x in adjusted] == [(2, 4, expected, expected)] * 2


def test_the_crop_is_the_centre() -> None:
    neck = Neck((1,), (1,)).eval()
    torch.nn.init.ones_(neck.levels[0][0].weight)  # type: ignore[index]
    x = torch.arange(15.0 * 15).view(1, 1, 15, 15)
    with torch.inference_mode():
        (adjusted,) = neck((x,))
    torch.testing.assert_close(adjusted, x[..., 4:11, 4:11], rtol=1e-4, atol=0)  # the batch norm has its eps


def test_levels_must_match() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Neck((3, 5), (4, 4))((torch.randn(1, 3, 31, 31),))
