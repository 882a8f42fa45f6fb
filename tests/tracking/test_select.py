"""Choosing a candidate: by hand, and against plain transcriptions of the published rules."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from siamtrack.nets.types import Candidates, NetSpec
from siamtrack.tracking.config import CenterSelect, PenaltySelect, PyramidSelect
from siamtrack.tracking.select import select

from .reference import choose

_SPEC = NetSpec(127, 255, 8)


def test_penalty_worked_by_hand() -> None:
    """Two candidates in the centre cell of a 3x3 map: the bigger score loses, because its size doubles.

    With w = h the size measure is twice the side: change 2, aspect 1, penalty exp(-0.5 * (2 - 1)).
    """
    score = torch.zeros(1, 2, 3, 3)
    score[0, 0, 1, 1], score[0, 1, 1, 1] = 0.9, 0.8
    box = torch.ones(1, 2, 3, 3, 4)
    box[0, 0, 1, 1] = torch.tensor([5.0, 6, 80, 80])
    box[0, 1, 1, 1] = torch.tensor([7.0, 8, 40, 40])
    config = PenaltySelect(penalty_k=0.5, window_influence=0.4, size_lr=0.3)
    choice = select(config, _SPEC, Candidates(score, box), torch.tensor([[40.0, 40.0]]), torch.ones(1))
    assert choice.box_N4.tolist() == [[7, 8, 40, 40]]
    assert choice.score_N.item() == pytest.approx(0.8)
    assert choice.rate_N.item() == pytest.approx(1.0 * 0.8 * 0.3)

    indifferent = PenaltySelect(penalty_k=0.01, window_influence=0.4, size_lr=0.3)
    choice = select(indifferent, _SPEC, Candidates(score, box), torch.tensor([[40.0, 40.0]]), torch.ones(1))
    assert choice.box_N4.tolist() == [[5, 6, 80, 80]]
    assert choice.rate_N.item() == pytest.approx(math.exp(-0.01) * 0.9 * 0.3)


def test_the_chosen_cell_is_where_the_box_came_from() -> None:
    score = torch.full((2, 3, 5, 5), 0.1)
    score[0, 2, 3, 1] = score[1, 0, 0, 4] = 0.9
    config = PenaltySelect(penalty_k=0.1, window_influence=0.1, size_lr=0.3)
    choice = select(config, _SPEC, Candidates(score, torch.ones(2, 3, 5, 5, 4)), torch.ones(2, 2), torch.ones(2))
    assert choice.cell_N2 is not None
    assert choice.cell_N2.tolist() == [[1, 3], [4, 0]]  # x, y


def test_window_prefers_the_centre_among_equals() -> None:
    box = torch.ones(1, 1, 5, 5, 4)
    box[0, 0, :, :, 0] = torch.arange(5.0)
    box[0, 0, :, :, 1] = torch.arange(5.0)[:, None]
    config = PenaltySelect(penalty_k=0.1, window_influence=0.4, size_lr=0.3)
    choice = select(config, _SPEC, Candidates(torch.full((1, 1, 5, 5), 0.5), box), torch.ones(1, 2), torch.ones(1))
    assert choice.box_N4[0, :2].tolist() == [2, 2]


@given(
    st.integers(0, 10_000),
    st.floats(0, 0.5),
    st.floats(0, 0.9),  # at 1 the score is forgotten, and equal windows tie
    st.floats(0, 1),
    st.sampled_from([(1, 16), (5, 19), (5, 21)]),
)
def test_penalty_equals_the_published_post_processing(
    seed: int, k: float, influence: float, lr: float, shape: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    anchors, cells = shape
    score = rng.random((3, anchors, cells, cells))
    box = np.concatenate(
        (
            rng.uniform(-100, 100, (3, anchors, cells, cells, 2)),
            np.exp(rng.normal(4, 1, (3, anchors, cells, cells, 2))),
        ),
        -1,
    )
    size = np.exp(rng.normal(4, 1, (3, 2)))
    config = PenaltySelect(k, influence, lr)
    candidates = Candidates(torch.from_numpy(score).float(), torch.from_numpy(box).float())
    choice = select(config, _SPEC, candidates, torch.from_numpy(size).float(), torch.ones(len(size)))
    for n in range(3):
        best, rate, best_score = choose(score[n], box[n], size[n], config)
        np.testing.assert_allclose(choice.box_N4[n].numpy(), best, rtol=1e-4, atol=1e-4)
        assert choice.rate_N[n].item() == pytest.approx(rate, rel=1e-4, abs=1e-5)
        assert choice.score_N[n].item() == pytest.approx(best_score, rel=1e-4)


def pyramid_as_siamfc_pytorch(response_SHW: np.ndarray, config: PyramidSelect) -> tuple[int, np.ndarray, float]:
    """Scale index, displacement in crop pixels of the chosen scale, raw response at the peak."""
    cells = response_SHW.shape[-1] * config.response_up
    up = np.stack([cv2.resize(r, (cells, cells), interpolation=cv2.INTER_CUBIC) for r in response_SHW])
    ranked = up.copy()
    ranked[: config.scale_count // 2] *= config.scale_penalty
    ranked[config.scale_count // 2 + 1 :] *= config.scale_penalty
    best = int(np.argmax(ranked.max((1, 2))))
    response = ranked[best] - ranked[best].min()
    response = response / (response.sum() + 1e-16)
    hann = np.outer(np.hanning(cells), np.hanning(cells))
    response = (1 - config.window_influence) * response + config.window_influence * hann / hann.sum()
    y, x = np.unravel_index(response.argmax(), response.shape)
    return best, (np.array([x, y]) - (cells - 1) / 2) * 8 / config.response_up, float(up[best, y, x])


@given(st.integers(0, 10_000))
def test_pyramid_equals_siamfc_pytorch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = PyramidSelect()
    response = rng.normal(0.5, 1, (2, 3, 17, 17)).astype(np.float32)
    size = torch.tensor([[30.0, 50.0], [64.0, 20.0]])
    candidates = Candidates(torch.from_numpy(response).reshape(6, 1, 17, 17), None)
    choice = select(config, _SPEC, candidates, size, torch.ones(len(size)))
    for n in range(2):
        best, offset, peak = pyramid_as_siamfc_pytorch(response[n], config)
        scale = config.scales[best]
        np.testing.assert_allclose(choice.box_N4[n, :2].numpy(), offset * scale, rtol=1e-5)
        np.testing.assert_allclose(choice.box_N4[n, 2:].numpy(), size[n].numpy() * scale, rtol=1e-5)
        assert choice.score_N[n].item() == pytest.approx(1 / (1 + math.exp(-peak)), abs=1e-5)
        assert choice.rate_N[n].item() == pytest.approx(0.59)


def test_pyramid_scales_are_geometric_round_one() -> None:
    assert PyramidSelect().scales == pytest.approx((1 / 1.0375, 1, 1.0375))
    assert PyramidSelect(scale_count=5, scale_step=1.1).scales == pytest.approx((1.1**-2, 1 / 1.1, 1, 1.1, 1.1**2))


def center_as_siamcar(cls, cen, sides, size, scale, config):  # type: ignore[no-untyped-def]
    """SiamCAR's rule in NumPy and OpenCV: offset from the crop's centre and new size, crop pixels, and the rate.

    Args:
        cls, cen: (25, 25); sides: (25, 25, 4) left, top, right, bottom.
        size: frame pixels; scale: crop pixels a frame pixel.
    """

    def penalty(wh):  # type: ignore[no-untyped-def]
        def side(w, h):  # type: ignore[no-untyped-def]
            return np.sqrt((w + (w + h) / 2) * (h + (w + h) / 2))

        change = side(wh[..., 0], wh[..., 1]) / side(*(size * scale))
        aspect = (size[0] / size[1]) / (wh[..., 0] / wh[..., 1])
        return np.exp(-(np.maximum(change, 1 / change) * np.maximum(aspect, 1 / aspect) - 1) * config.penalty_k)

    score = penalty(sides[..., :2] + sides[..., 2:]) * cls * (cen - cen.min()) / np.ptp(cen)
    window = np.outer(np.hanning(25), np.hanning(25))
    ranked = score * (1 - config.window_influence) + window * config.window_influence
    up = [cv2.resize(m, (193, 193), interpolation=cv2.INTER_CUBIC) for m in (ranked, score, cls, sides)]
    row, column = np.unravel_index(up[0].argmax(), up[0].shape)
    cell = sides[min(24, round(row / 7.72)), min(24, round(column / 7.72))]
    left, top, right, bottom = (int(min(55, max(12, value)) / 2) for value in cell)
    mask = np.zeros_like(up[1])
    mask[row - top : row + bottom + 1, column - left : column + right + 1] = 1
    row, column = np.unravel_index((up[1] * mask).argmax(), mask.shape)
    new = (up[3][row, column, :2] + up[3][row, column, 2:]) / scale
    rate = penalty(new) * up[2][row, column] * config.size_lr
    return np.array([column, row]) + 31 - 127, new * scale, rate


@given(st.integers(0, 10_000))
def test_center_equals_siamcar(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = CenterSelect(penalty_k=0.2, window_influence=rng.choice([0.0, 0.45]), size_lr=0.35)  # 0: peaks at borders
    cls, cen = (rng.uniform(0, 1, (25, 25)).astype(np.float32) for _ in range(2))
    sides = rng.uniform(8, 90, (25, 25, 4)).astype(np.float32)
    size, scale = rng.uniform(10, 90, 2), rng.uniform(0.5, 3)
    points = (np.stack(np.meshgrid(np.arange(25), np.arange(25)), -1) - 12) * 8
    boxes = np.concatenate((points + (sides[..., 2:] - sides[..., :2]) / 2, sides[..., :2] + sides[..., 2:]), -1)
    score = cls * (cen - cen.min()) / np.ptp(cen)
    score, boxes, klass = (torch.from_numpy(v)[None, None].float() for v in (score, boxes, cls))
    previous, scales = torch.from_numpy(size)[None].float(), torch.full((1,), scale)
    choice = select(config, _SPEC, Candidates(score, boxes, klass), previous, scales)
    offset, new, rate = center_as_siamcar(cls, cen, sides, size, scale, config)
    np.testing.assert_allclose(choice.box_N4[0, :2], offset, atol=0)
    np.testing.assert_allclose(choice.box_N4[0, 2:], new, rtol=1e-4)
    assert choice.rate_N.item() == pytest.approx(rate, rel=1e-3)
