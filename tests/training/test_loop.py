"""Real runs of the real loop, small."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from siamtrack.losses.triplet import TripletLosses
from siamtrack.training.checkpoint import load_checkpoint
from siamtrack.training.distributed import Processes, fitting_processes, launch, loader_processes
from siamtrack.training.loop import Trainer
from siamtrack.zoo.weights import read_state

from .tiny import PAIRS, draw_pack, run_in_process, tiny_config, tiny_net, tiny_sampler, tiny_trainer

_STAGED = {
    "steps": 10,
    "checkpoint_every": 3,
    "validate_every": 5,
    "unfreeze": [{"stages": ["top"], "lr_factor": 0.2}, {"stages": ["stem"], "from_step": 4, "lr_factor": 0.1}],
}
_LOSSES = ("total", "positive", "negative", "box", "mean_iou")


def lines(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def curve(out: Path) -> list[tuple[float, ...]]:
    """Step and losses of every line that has them."""
    return [(line["step"], *(line[name] for name in _LOSSES)) for line in lines(out) if "total" in line]


@pytest.fixture(scope="module")
def whole(pack, tmp_path_factory) -> Path:
    """An unbroken run of 10 steps, the second stage unfrozen on the way."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    tiny_trainer(pack, out, **_STAGED).run()
    return out


def test_the_loss_falls(pack, tmp_path):
    tiny_trainer(pack, tmp_path, steps=25, schedule={"kind": "stable", "lr": 5e-3, "warmup_steps": 1}).run()
    total = [line[1] for line in curve(tmp_path)]
    assert np.mean(total[-5:]) < 0.85 * np.mean(total[:5])


def test_a_killed_run_goes_on_as_if_nothing_had_happened(pack, tmp_path, whole):
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=run_in_process, args=(str(pack), str(tmp_path), _STAGED))
    process.start()
    log, until = tmp_path / "log.jsonl", time.monotonic() + 100
    while not log.exists() or len(log.read_text().splitlines()) < 5:  # behind a checkpoint, before the next
        assert process.is_alive() and time.monotonic() < until
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    continued = tiny_trainer(pack, tmp_path, **_STAGED)
    assert 3 <= continued.step < 10 and continued.step % 3 == 0
    continued.run()
    np.testing.assert_allclose(curve(tmp_path), curve(whole), rtol=0, atol=1e-6)
    ended, expected = (torch.load(out / "last.pt", weights_only=True) for out in (tmp_path, whole))
    for key, value in expected["net"].items():
        assert torch.equal(ended["net"][key], value), key


def test_two_processes_equal_one(pack, tmp_path, whole):
    launch(2, run_in_process, str(pack), str(tmp_path), _STAGED)
    np.testing.assert_allclose(curve(tmp_path), curve(whole), rtol=0, atol=1e-5)
    alike = [line for line in lines(tmp_path) if "track_iou" in line]
    assert [line["step"] for line in alike] == [5, 10]  # once, by the process that keeps the log


def test_pairs_made_by_other_processes_are_the_same(pack, tmp_path, whole):
    tiny_trainer(pack, tmp_path, loaders=2, **_STAGED).run()
    assert curve(tmp_path) == curve(whole)


def test_copies_of_the_averaged_weights_are_kept_and_load(pack, tmp_path):
    trainer = tiny_trainer(pack, tmp_path, steps=4, keep_at=[1, 4], checkpoint_every=100)
    trainer.run()
    assert sorted(path.name for path in tmp_path.glob("*.pt")) == ["last.pt", "step-1.pt", "step-4.pt"]
    early, late = (read_state(tmp_path / f"step-{step}.pt") for step in (1, 4))
    ours = trainer.ema.state_dict()
    assert all(late[key].equal(value) for key, value in ours.items())
    assert not early["head.cls.weight"].equal(late["head.cls.weight"])
    assert load_checkpoint(tmp_path / "step-1.pt")["step"] == 1


def test_a_copy_that_cannot_be_written_costs_nothing_else(pack, tmp_path):
    (tmp_path / "step-2.pt").mkdir()
    said: list[str] = []
    tiny_trainer(pack, tmp_path, said, steps=2, keep_at=[2]).run()
    assert load_checkpoint(tmp_path / "last.pt")["step"] == 2
    (event,) = said
    assert event.startswith("the copy of step 2 could not be written")


def test_the_mean_of_several_steps_survives_a_break(pack, tmp_path):
    changes = {"log_every": 4, "steps": 4}
    tiny_trainer(pack, tmp_path / "whole", **changes).run()
    first = tiny_trainer(pack, tmp_path / "broken", **changes | {"checkpoint_every": 2})
    save = first._save

    def save_and_break() -> None:
        save()
        raise KeyboardInterrupt

    first._save = save_and_break
    with pytest.raises(KeyboardInterrupt):
        first.run()
    tiny_trainer(pack, tmp_path / "broken", **changes).run()
    assert curve(tmp_path / "broken") == curve(tmp_path / "whole") != []


def test_random_numbers_of_the_loss_do_not_depend_on_where_a_run_began(pack, tmp_path):
    seen = []
    for out in ("a", "b"):
        trainer = tiny_trainer(pack, tmp_path / out)
        trainer.loss = RandomLoss(trainer.net)
        torch.rand(3 if out == "a" else 4)
        batches = [trainer.train_pairs.batch(range(4))] * 2
        seen.append(trainer._train_step(batches))
        assert trainer.loss.drawn[0] != trainer.loss.drawn[1]  # each micro-batch draws its own
    torch.testing.assert_close(seen[0], seen[1], rtol=0, atol=0)


class RandomLoss(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.weight, self.drawn = net.head.cls.weight, []

    def forward(self, batch):
        self.drawn.append(torch.rand(1).item())
        total = self.weight.sum() * self.drawn[-1]
        return TripletLosses(*[total] * len(TripletLosses._fields))


def test_a_full_disk_leaves_the_old_checkpoint_and_the_run_goes_on(pack, tmp_path):
    said: list[str] = []
    trainer = tiny_trainer(pack, tmp_path, said, steps=2)
    trainer.run()
    before = (tmp_path / "last.pt").read_bytes()
    said.clear()
    longer = tiny_trainer(pack, tmp_path, said, steps=6, validate_every=1000, checkpoint_every=2)
    save = longer._save

    def save_on_full_disk() -> None:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        if longer.step == 4:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # less than a checkpoint
        try:
            save()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        if longer.step == 4:
            assert (tmp_path / "last.pt").read_bytes() == before
            assert not list(tmp_path.glob("*.part"))

    longer._save = save_on_full_disk
    longer.run()
    (event,) = [line for line in lines(tmp_path) if "event" in line]
    assert event["step"] == 4 and "could not be written" in event["event"] and "step 2 stays" in event["event"]
    assert said == [event["event"]]
    assert torch.load(tmp_path / "last.pt", weights_only=True)["step"] == 6


def test_the_last_checkpoint_must_be_written(pack, tmp_path):
    trainer = tiny_trainer(pack, tmp_path, steps=1)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    trainer.step = 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="there is none yet"):
            trainer._save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def test_a_run_is_not_continued_with_another_configuration(pack, tmp_path):
    tiny_trainer(pack, tmp_path, steps=2).run()
    tiny_trainer(pack, tmp_path, steps=4, log_every=3, schedule={"kind": "stable", "cooldown_share": 0.5})
    with pytest.raises(ValueError, match=r"another schedule.lr, seed"):
        tiny_trainer(pack, tmp_path, steps=4, seed=3, schedule={"kind": "stable", "lr": 1.0})


def test_a_run_begun_before_an_option_existed_is_continued(pack, tmp_path):
    tiny_trainer(pack, tmp_path, steps=2).run()
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    del state["config"]["pairs"]["redraw"], state["config"]["data"]["holdout_percent"]
    torch.save(state, tmp_path / "last.pt")
    assert tiny_trainer(pack, tmp_path, steps=4).step == 2
    with pytest.raises(ValueError, match=r"another pairs.redraw"):
        tiny_trainer(pack, tmp_path, steps=4, pairs=PAIRS | {"redraw": 0.5})


def test_a_broken_checkpoint_is_named(pack, tmp_path):
    tiny_trainer(pack, tmp_path, steps=2).run()
    content = (tmp_path / "last.pt").read_bytes()
    (tmp_path / "last.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="last.pt is no whole checkpoint"):
        tiny_trainer(pack, tmp_path, steps=2)


def test_losses_that_are_not_finite_end_the_run_before_they_are_kept(pack, tmp_path):
    trainer = tiny_trainer(pack, tmp_path, steps=4, log_every=100)
    tiny_trainer(pack, tmp_path / "other", steps=2).run()
    with torch.no_grad():
        trainer.net.head.cls.weight.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="no checkpoint yet"):
        trainer.run()
    assert not (tmp_path / "last.pt").exists()


@pytest.mark.parametrize("loaders", [0, 2])
def test_a_corrupt_image_is_skipped_and_logged_once(tmp_path, loaders):
    pack, said = draw_pack(tmp_path / "pack"), []
    (pack / "31.png").write_bytes(b"no image")
    tiny_trainer(pack, tmp_path / "run", said, steps=6, loaders=loaders).run()
    assert said == [f"skipped: {pack / '31.png'} is not a readable image"]
    logged = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    assert [line["event"] for line in logged if "event" in line] == said
    counts = [line.get("skipped", 0) for line in logged if "total" in line]
    assert counts == sorted(counts) and counts[-1] > 1


def test_what_held_out_pairs_skip_is_logged(tmp_path):
    pack, said = draw_pack(tmp_path / "pack"), []
    trainer = tiny_trainer(pack, tmp_path / "run", said, steps=1)
    (pack / "31.png").write_bytes(b"no image")
    trainer.held_out = replace(trainer.held_out, videos=())
    trainer.validate()
    assert said == [f"skipped: {pack / '31.png'} is not a readable image"]


def test_the_last_losses_are_logged(pack, tmp_path):
    tiny_trainer(pack, tmp_path, steps=5, log_every=3).run()
    assert [line["step"] for line in lines(tmp_path) if "total" in line] == [3, 5]


@pytest.mark.parametrize("loaders", [0, 2])
def test_an_error_while_a_pair_is_made_reaches_the_caller(pack, tmp_path, loaders):
    trainer = tiny_trainer(pack, tmp_path, steps=4, loaders=loaders)

    class Broken:
        skipped = Counter()

        def batch(self, indices):
            raise ValueError("x.jpg is not a readable image")

    trainer.train_pairs = Broken()
    with pytest.raises(ValueError, match=r"^x.jpg is not a readable image$"):
        trainer.run()
    assert not multiprocessing.active_children()


def test_log_board_and_pictures_agree(whole):
    board = EventAccumulator(str(whole / "tensorboard")).Reload()
    logged = {line["step"]: line for line in lines(whole)}
    totals = board.Scalars("train/total")
    assert [event.step for event in totals] == list(range(1, 11))
    assert totals[0].value == pytest.approx(next(line["total"] for line in lines(whole)), rel=1e-6)
    scores = [line for line in lines(whole) if "track_auc" in line]
    assert [line["step"] for line in scores] == [5, 10]
    assert board.Scalars("held_out/track_auc")[-1].value == pytest.approx(scores[-1]["track_auc"], rel=1e-6)
    assert all(0 <= scores[-1][name] <= 1 for name in ("best_iou", "hit", "track_auc", "track_iou"))
    assert logged[10] and {"lr", "rate", "wait"} <= lines(whole)[0].keys()
    assert sorted(path.name for path in (whole / "pictures").iterdir()) == ["000000.jpg", "000005.jpg", "000010.jpg"]
    picture = matplotlib.image.imread(whole / "pictures/000010.jpg")
    assert picture.shape == (2 * 256, 2 * 3 * 256, 3) and picture.std() > 10


def test_any_criterion_trains_without_swapped_negatives(pack, tmp_path):
    trainer = tiny_trainer(pack, tmp_path, steps=2, loss={"kind": "logistic"}, swap_negatives=False, ema=0)
    trainer.run()
    assert lines(tmp_path)[0]["total"] > 0
    for ours, theirs in zip(trainer.ema.parameters(), trainer.net.parameters(), strict=True):
        assert torch.equal(ours, theirs)  # no averaging


@pytest.mark.parametrize("amp", ["bf16", "fp16"])
def test_mixed_precision_stays_near_full_precision(pack, tmp_path, amp):
    for name in ("none", amp):
        tiny_trainer(pack, tmp_path / name, steps=2, amp=name).run()
    np.testing.assert_allclose(curve(tmp_path / amp), curve(tmp_path / "none"), rtol=0.05, atol=0.05)
    assert curve(tmp_path / amp) != curve(tmp_path / "none")


def test_sgd_takes_the_step_worked_by_hand(pack, tmp_path):
    trainer = tiny_trainer(
        pack,
        tmp_path,
        optimizer={"kind": "sgd", "weight_decay": 0},
        schedule={"kind": "stable", "lr": 0.1},
        grad_clip=None,
    )
    bias = trainer.net.head.cls.bias
    before = bias.detach().clone()
    trainer._train_step([trainer.train_pairs.batch(range(4))])
    torch.testing.assert_close(bias.detach(), before - 0.1 / 100 * bias.grad)  # first of 100 steps of warm-up
    assert trainer.optimizer.param_groups[1]["lr"] == pytest.approx(0.2 * 0.1 / 100)


def test_gradients_are_clipped(pack, tmp_path):
    trainer = tiny_trainer(pack, tmp_path, grad_clip=1e-3)
    trainer._train_step([trainer.train_pairs.batch(range(4))])
    norm = torch.stack([p.grad.norm() for p in trainer.net.parameters() if p.grad is not None]).norm()
    assert norm == pytest.approx(1e-3, rel=1e-3)


def test_processes_must_share_a_step_evenly():
    assert [fitting_processes(count, 8) for count in (1, 2, 6, 8, 7)] == [1, 2, 6, 8, 7]
    config = tiny_config(batch=32, micro_batch=8)
    Processes(world=4).check_shares(config)
    with pytest.raises(ValueError, match="3 processes cannot share 4 micro-batches a step"):
        Processes(world=3).check_shares(config)
    assert fitting_processes(2, 0) == 1 and fitting_processes(6, 4) == 3


def test_who_makes_the_pairs(monkeypatch):
    """On the CPU the training process itself, on a GPU the cores that are left; or as many as are asked for."""
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)))
    assert [loader_processes(None, device) for device in (cpu, cuda)] == [0, 8]
    assert [loader_processes(asked, cuda) for asked in (0, 3)] == [0, 3] and loader_processes(2, cpu) == 2
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert loader_processes(None, cuda) == 3
    monkeypatch.setattr(sys, "platform", "win32")
    assert loader_processes(None, cuda) == 0
    with pytest.raises(ValueError, match="loaders is 2; elsewhere than on Linux it must be 0"):
        loader_processes(2, cuda)


def test_pairs_of_a_trainer_are_those_of_its_config(pack, tmp_path):
    asked = []

    class Recorder:
        def __init__(self):
            self.inner = tiny_sampler(pack)
            self.skipped = Counter()

        def batch(self, indices):
            asked.append(list(indices))
            return self.inner.batch(indices)

    held = tiny_trainer(pack, tmp_path / "x").held_out
    Trainer(tiny_net(), tiny_config(steps=2), Recorder(), held, tmp_path, torch.device("cpu")).run()
    assert sorted(asked) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]]
