"""Rates worked by hand, and the published ones."""

import pytest

from siamtrack.training.schedule import cosine, learning_rate, logarithmic, stable, stepwise

from .tiny import tiny_config


def test_stable_warms_up_stays_and_cools_down():
    rates = [stable(step, 1000, 1.0, 10, 0.2) for step in (0, 9, 500, 800, 900, 950, 1000)]
    assert rates == pytest.approx([0.1, 1, 1, 1, 0.5, (1 - 0.5**0.5) / 2, 0])


def test_cosine_warms_up_from_its_start_and_ends_at_its_end():
    rates = [cosine(step, 100, 0.2, 1.0, 0.1, 20) for step in (0, 10, 20, 60, 100)]
    assert rates == pytest.approx([0.2, 0.6, 1.0, 0.55, 0.1])


def test_logarithmic_reaches_both_ends():
    assert [logarithmic(epoch, 3, 1.0, 0.01) for epoch in range(3)] == pytest.approx([1, 0.1, 0.01])
    assert logarithmic(0, 1, 1.0, 0.01) == 1
    assert logarithmic(3, 3, 1.0, 0.01) == pytest.approx(0.01)  # what is asked after the end


def test_stepwise_would_reach_its_end_one_epoch_later():
    assert [stepwise(epoch, 2, 1.0, 100.0) for epoch in range(3)] == pytest.approx([1, 10, 100])


def test_rates_of_siamrpn_plus_plus():
    """numpy.logspace of pysot's LogScheduler and its StepScheduler, r50_l234: 20 epochs, 5 of them warm-up."""
    schedule = {"kind": "log", "start_lr": 5e-3, "end_lr": 5e-4, "warmup": {}}
    config = tiny_config(steps=None, epochs=20, pairs_per_epoch=40, schedule=schedule)
    assert (config.epoch_steps, config.total_steps) == (5, 100)
    assert learning_rate(config, 0) == learning_rate(config, 4) == pytest.approx(1e-3)
    assert learning_rate(config, 5) == pytest.approx(1.379730e-3, rel=1e-6)  # 1e-3 * 5 ** (1 / 5)
    assert learning_rate(config, 24) == pytest.approx(3.623898e-3, rel=1e-6)  # 1e-3 * 5 ** (4 / 5)
    assert learning_rate(config, 25) == pytest.approx(5e-3)
    assert learning_rate(config, 30) == pytest.approx(4.241714e-3, rel=1e-6)  # 5e-3 * 10 ** (-1 / 14)
    assert learning_rate(config, 99) == pytest.approx(5e-4)


def test_rates_of_siamfc_plus_plus():
    config = tiny_config(steps=2000, schedule={"kind": "cosine", "lr": 0.08})
    assert learning_rate(config, 0) == pytest.approx(1e-6)
    assert learning_rate(config, 100) == pytest.approx(0.08)
    assert learning_rate(config, 1050) == pytest.approx(0.0400005)
    assert learning_rate(config, 1999) == pytest.approx(1e-6, rel=0.1)


def test_without_a_warm_up_the_log_schedule_begins_at_its_start():
    schedule = {"kind": "log", "start_lr": 1e-2, "end_lr": 1e-5}
    config = tiny_config(steps=None, epochs=50, pairs_per_epoch=8, schedule=schedule)
    assert [learning_rate(config, step) for step in (0, 49)] == pytest.approx([1e-2, 1e-5])
