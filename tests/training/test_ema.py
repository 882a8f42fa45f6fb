import pytest
import torch

from siamtrack.training.ema import ema_decay, mean_weights, update_ema


def test_moves_by_one_minus_decay_and_copies_counters():
    net, ema = torch.nn.BatchNorm1d(1), torch.nn.BatchNorm1d(1)
    with torch.no_grad():
        net.weight.fill_(3.0)
    net.running_mean.fill_(2.0)
    net.num_batches_tracked.fill_(7)
    update_ema(ema, net, 0.75)
    assert ema.weight.item() == pytest.approx(1.5)
    assert ema.running_mean.item() == pytest.approx(0.5)
    assert ema.num_batches_tracked.item() == 7


def test_a_young_average_forgets_sooner():
    assert ema_decay(0, 0.9) == pytest.approx(0.1)
    assert ema_decay(8, 0.9) == pytest.approx(0.5)
    assert ema_decay(10_000, 0.9) == 0.9
    assert ema_decay(5, 0.0) == 0.0


def test_the_mean_of_copies_takes_the_last_counter():
    copies = [
        {"w": torch.tensor([1.0, 2.0]), "n": torch.tensor(5)},
        {"w": torch.tensor([3.0, 8.0]), "n": torch.tensor(9)},
    ]
    mean = mean_weights(copies)
    assert mean["w"].tolist() == [2.0, 5.0] and mean["n"].item() == 9
    assert copies[0]["w"].tolist() == [1.0, 2.0]
