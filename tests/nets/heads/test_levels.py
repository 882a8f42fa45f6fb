"""Several levels in one head: which branch sees which level, and how their maps are fused."""

from __future__ import annotations

import pytest
import torch

from siamtrack.nets.heads.depthwise import MultiLevelXCorr
from siamtrack.nets.heads.fusion import Fusion


def test_fusion_is_the_mean_or_weighted_through_a_softmax() -> None:
    maps = [torch.full((2, 3, 4, 4), value) for value in (1.0, 2.0, 6.0)]
    torch.testing.assert_close(Fusion(3, weighted=False)(maps), torch.full((2, 3, 4, 4), 3.0))
    weighted = Fusion(3, weighted=True)
    torch.testing.assert_close(weighted(maps), torch.full((2, 3, 4, 4), 3.0))
    weighted.weight.data = torch.tensor([1.0, 1.0, 2.0]).log()
    torch.testing.assert_close(weighted(maps), torch.full((2, 3, 4, 4), (1 + 2 + 12) / 4))
    assert list(Fusion(3, weighted=False).state_dict()) == []


@torch.inference_mode()
def test_every_branch_sees_the_kernel_and_the_features_of_its_level() -> None:
    torch.manual_seed(0)
    pair = MultiLevelXCorr((4, 4), cls_outputs=2, loc_outputs=3).eval()
    z, x = (tuple(torch.randn(1, 4, side, side) for _ in range(2)) for side in (5, 9))
    cls, loc = pair(pair.kernels(z), x)
    for level in range(2):
        for branch, maps in ((pair.cls[level], cls), (pair.loc[level], loc)):
            torch.testing.assert_close(maps[level], branch(branch.template(z[level]), x[level]))
    assert [m.shape[1] for m in cls + loc] == [2, 2, 3, 3]
    with pytest.raises(ValueError, match="shorter"):
        pair(pair.kernels(z)[:3], x)
