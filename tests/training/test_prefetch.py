import multiprocessing
import threading
from collections import Counter

import pytest
import torch

from siamtrack.data.pairs import PairBatch
from siamtrack.training.prefetch import on_device, prefetch


class Numbers:
    """Pairs whose box is their index."""

    def __init__(self):
        self.made = []
        self.skipped = Counter()

    def batch(self, indices):
        self.made.append(list(indices))
        self.skipped[f"pair {indices[0]}"] += 1
        box_N4 = torch.tensor(indices).float()[:, None].expand(-1, 4)
        image = torch.zeros(len(indices), 3, 2, 2, dtype=torch.uint8)
        return PairBatch(image, box_N4, image, box_N4, torch.ones(len(indices), dtype=torch.bool))


@pytest.mark.parametrize("loaders", [0, 1, 2])
def test_batches_come_in_order_whoever_makes_them(loaders):
    pairs = Numbers()
    batches = list(prefetch(pairs, [4, 1, 7, 0, 2], 2, loaders))
    assert [batch.box_N4[:, 0].tolist() for batch in batches] == [[8, 9], [2, 3], [14, 15], [0, 1], [4, 5]]
    assert pairs.skipped == {f"pair {index}": 1 for index in (8, 2, 14, 0, 4)}


def test_little_is_made_for_nobody():
    pairs, before = Numbers(), set(threading.enumerate())
    batches = prefetch(pairs, range(100), 1)
    next(batches)
    batches.close()
    assert len(pairs.made) <= 4 and set(threading.enumerate()) <= before


def test_processes_end_with_their_user():
    batches = prefetch(Numbers(), iter(range(100)), 1, loaders=2)
    next(batches)
    assert len(multiprocessing.active_children()) == 2
    batches.close()
    assert not multiprocessing.active_children()


def test_masks_travel_where_there_are_any():
    batch = Numbers().batch([1])
    assert on_device(batch, torch.device("meta")).mask_N1HW is None
    assert on_device(batch, torch.device("meta")).box_N4.device.type == "meta"
