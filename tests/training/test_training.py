"""A few real steps on a tiny pack of drawn images."""

import json

import cv2
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from siamtrack.data.datasets.pack import load_pack
from siamtrack.data.pairs import PairConfig, PairSampler
from siamtrack.training.config import TrainConfig, read_config
from siamtrack.training.loop import Trainer, learning_rate, update_ema
from siamtrack.zoo.builders import siamtrack_s


@pytest.fixture
def pack(tmp_path):
    root = tmp_path / "pack"
    root.mkdir()
    rng = np.random.default_rng(0)
    rows = ["file\twidth\theight\tbox_xywh\tclass\tgroup\tset\tother_boxes_xywh"]
    for track in range(3):
        color = rng.integers(0, 255, 3).tolist()
        for frame in range(3):
            image = rng.integers(0, 80, (200, 220, 3), np.uint8)
            x, y = 70 + 8 * frame, 60 + 5 * track
            cv2.rectangle(image, (x, y), (x + 49, y + 39), color, -1)
            cv2.imwrite(str(root / f"{track}{frame}.png"), image)
            rows.append(f"{track}{frame}.png\t220\t200\t{x},{y},50,40\tthing\ttrack{track}\tdrawn\t")
    (root / "index.tsv").write_text("\n".join(rows) + "\n")
    return root


def make_trainer(pack, out, steps, **changes):
    config = TrainConfig(
        model="siamtrack-s",
        steps=steps,
        batch=2,
        checkpoint_every=2,
        validate_every=100,
        bf16=False,
        warmup=1,
        pairs=PairConfig(set_weights={"drawn": 1}),
        **changes,
    )
    torch.manual_seed(0)
    net, tracks, read = siamtrack_s(), load_pack(pack), ImageCache()
    pairs = PairSampler(tracks, [], read, config.pairs, net.spec.template_px, net.spec.search_px, seed=0)
    return Trainer(net, config, pairs, pairs, out, torch.device("cpu"))


def test_loss_falls_and_every_step_is_logged(pack, tmp_path):
    trainer = make_trainer(pack, tmp_path / "run", steps=20, cooldown=0.0001)
    trainer.run()
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [10, 20]
    assert lines[1]["total"] < lines[0]["total"]


def test_a_resumed_run_ends_with_the_same_weights(pack, tmp_path):
    whole = make_trainer(pack, tmp_path / "whole", steps=4)
    whole.run()
    first = make_trainer(pack, tmp_path / "halves", steps=4)
    for step in (0, 1):
        first._train_step(first.train_pairs.batch(range(step * 2, step * 2 + 2)))
        first.step += 1
    torch.save(first._state(), tmp_path / "halves" / "last.pt")
    second = make_trainer(pack, tmp_path / "halves", steps=4)
    assert second.step == 2
    second.run()
    for key, value in whole.net.state_dict().items():
        assert torch.equal(value, second.net.state_dict()[key]), key


def test_a_run_is_not_continued_with_another_configuration(pack, tmp_path):
    make_trainer(pack, tmp_path / "run", steps=2).run()
    make_trainer(pack, tmp_path / "run", steps=4, cooldown=0.5)
    with pytest.raises(ValueError, match="with another lr"):
        make_trainer(pack, tmp_path / "run", steps=4, lr=1.0)


def test_steps_made_again_are_logged_once(pack, tmp_path):
    trainer = make_trainer(pack, tmp_path / "run", steps=10)
    trainer.run()
    log = tmp_path / "run" / "log.jsonl"
    log.write_text(log.read_text() + json.dumps({"step": 12}) + "\n")
    make_trainer(pack, tmp_path / "run", steps=10)
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [10]


def test_trunk_up_to_stride_8_and_its_statistics_stay_frozen(pack, tmp_path):
    trainer = make_trainer(pack, tmp_path / "run", steps=2)
    before = {key: value.clone() for key, value in trainer.net.backbone.state_dict().items()}
    trainer.run()
    after = trainer.net.backbone.state_dict()
    frozen = [key for key in before if key.startswith("stem") or "running" in key]
    assert frozen and all(torch.equal(before[key], after[key]) for key in frozen)
    assert any(not torch.equal(before[key], after[key]) for key in before if key.startswith("top"))


def test_learning_rate_warms_up_stays_and_cools_down():
    config = TrainConfig(model="siamtrack-s", steps=1000, warmup=10, cooldown=0.2, lr=1.0, pairs={"set_weights": {}})
    assert learning_rate(0, config) == pytest.approx(0.1)
    assert learning_rate(9, config) == learning_rate(800, config) == pytest.approx(1.0)
    assert learning_rate(900, config) == pytest.approx(0.5)
    assert learning_rate(1000, config) == pytest.approx(0.0)


def test_ema_moves_by_one_minus_decay_and_copies_counters():
    net, ema = torch.nn.BatchNorm1d(1), torch.nn.BatchNorm1d(1)
    with torch.no_grad():
        net.weight.fill_(3.0)
    net.num_batches_tracked.fill_(7)
    update_ema(ema, net, 0.75)
    assert ema.weight.item() == pytest.approx(1.5)
    assert ema.num_batches_tracked.item() == 7


def test_unknown_key_in_a_config_is_named(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("model: siamtrack-s\nsteps: 3\nlearnrate: 1\npairs: {set_weights: {}}\n")
    with pytest.raises(ValidationError, match="learnrate"):
        read_config(path)


def test_the_shipped_config_reads():
    from pathlib import Path

    for path in (Path(__file__).parents[2] / "configs/train").glob("*.yaml"):
        assert read_config(path).steps > 0
