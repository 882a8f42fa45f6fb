from pathlib import Path

import pytest

from siamtrack.nets.types import NetSpec
from siamtrack.training.config import CosineSchedule, StableSchedule
from siamtrack.training.config_file import ConfigError, read_config

_SHIPPED = sorted((Path(__file__).parents[2] / "configs/train").glob("*.yaml"))
_LEAST = "model: siamtrack-s\nsteps: 3\nloss: {kind: point}\ndata: {sources: {pack: {}}}\npairs: {}\n"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text(_LEAST)
    return path


@pytest.mark.parametrize("path", _SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_configs_read(path):
    assert read_config(path).total_steps > 0


def test_the_recipe_of_siamtrack_s():
    config = read_config(Path(__file__).parents[2] / "configs/train/siamtrack_s.yaml")
    assert config.schedule == StableSchedule(lr=2e-3, warmup_steps=100, cooldown_share=0.35)
    assert (config.batch, config.micro_batch, config.grad_clip, config.ema, config.amp) == (32, 16, 5.0, 0.999, "bf16")
    assert (config.loss.kind, config.optimizer.kind, config.swap_negatives) == ("point", "adamw", False)
    assert (config.pairs.hide, config.pairs.negative_like, config.pairs.negative_unlike) == (0.2, 0.1, 0.05)
    (stage,) = config.unfreeze
    assert (stage.stages, stage.lr_factor, stage.norms) == (("top",), 0.2, "fixed")


def test_changes_reach_into_sections(path):
    changes = ["steps=7", "schedule.kind=cosine", "schedule.lr=1e-3", "amp=none", "unfreeze=[{stages: [top]}]"]
    config = read_config(path, changes)
    assert config.steps == 7 and config.amp == "none" and config.unfreeze[0].stages == ("top",)
    assert config.schedule == CosineSchedule(lr=1e-3)


def test_changes_reach_into_lists(path):
    path.write_text(_LEAST + "unfreeze: [{stages: [top]}, {stages: [stem], lr_factor: 0.1}]\n")
    config = read_config(path, ["unfreeze.0.lr_factor=0.3", "unfreeze.1.stages.0=trunk"])
    assert [(stage.stages, stage.lr_factor) for stage in config.unfreeze] == [(("top",), 0.3), (("trunk",), 0.1)]
    for place in ("2", "-1", "first"):
        with pytest.raises(ConfigError, match=f"{place} is none of the 2 items, which are counted from 0"):
            read_config(path, [f"unfreeze.{place}.lr_factor=0.3"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("learnrate=1", "no key 'learnrate'; known: model, init"),
        ("stepz=1", "no key 'stepz'; did you mean 'steps'"),
        ("schedule={kind: stable, warmup_step: 3}", "'schedule.stable.warmup_step'; did you mean 'warmup_steps'"),
        ("schedule={kind: log, start_lr: 1, end_lr: 1, warmup: {epoch: 3}}", "did you mean 'epochs'"),
        ("schedule.kind=stabel", "schedule"),
        ("schedule={lr: 1}", "'schedule.kind' is missing"),
        ("unfreeze=[{stages: [top], lr_facto: 2}]", "'unfreeze.0.lr_facto'; did you mean 'lr_factor'"),
        ("loss={kind: anchor, ranking: {gama: 3}}", "did you mean 'gamma'"),
        ("data.sources.pack.framegap=3", "'data.sources.pack.framegap'; did you mean 'frame_gap'"),
        ("pairs.blurr=0.5", "'pairs.blurr'; did you mean 'blur'"),
        ("pairs.blur=2", "pairs.blur is 2: Input should be less than or equal to 1"),
        ("model=siamtrack-x", "did you mean 'siamtrack-s'"),
        ("micro_batch=5", "batch 32 is no multiple of micro_batch 5"),
        ("epochs=5", "steps 3 and epochs 5"),
        ("steps.more=5", "steps is 3 and has no keys"),
        ("steps", "expected key=value"),
        ("steps=[", "no YAML"),
        ("swap_negatives=true", None),
        ("loss={kind: batch_hard}", "verifiers, and they alone, have batch_hard"),
        ("model=verifier-s", "verifiers, and they alone, have batch_hard"),
        ("unfreeze=[{stages: [top], from_epoch: 1}]", "pairs_per_epoch is None"),
        ("schedule={kind: log, start_lr: 1, end_lr: 1}", "epochs is None"),
    ],
)
def test_what_is_wrong_is_said(path, change, message):
    if message is None:
        read_config(path, [change])
        return
    with pytest.raises(ConfigError) as caught:
        read_config(path, [change])
    assert message in str(caught.value)


def test_search_crops_lie_on_the_grid_of_the_network(path):
    spec = NetSpec(127, 255, 8)
    assert read_config(path).crop_spec(spec) == spec
    assert read_config(path, ["search_px=143"]).crop_spec(spec) == NetSpec(127, 143, 8)
    with pytest.raises(ValueError, match="search_px is 144; expected 255 plus a multiple of 16"):
        read_config(path, ["search_px=144"]).crop_spec(spec)
    with pytest.raises(ConfigError, match="search_px is 143; a verifier's crops are all of one size"):
        read_config(path, ["model=verifier-s", "loss={kind: batch_hard}", "search_px=143"])


def test_the_file_itself_is_read_as_strictly(path):
    path.write_text(_LEAST + "optimizer: {kind: sgd, momentun: 0.9}\n")
    with pytest.raises(
        ConfigError, match=r"run.yaml: there is no key 'optimizer.sgd.momentun'; did you mean 'momentum'"
    ):
        read_config(path)


@pytest.mark.parametrize("text", ["", "- 1\n", "a: [\n"])
def test_files_that_hold_no_configuration(path, text):
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"run.yaml"):
        read_config(path)


def test_a_missing_key_is_named(path):
    path.write_text("model: siamtrack-s\nsteps: 3\ndata: {sources: {pack: {}}}\npairs: {}\n")
    with pytest.raises(ConfigError, match="'loss' is missing"):
        read_config(path)
