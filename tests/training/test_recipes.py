"""Every shipped configuration: it reads, names data sets that exist, and its first steps run on drawn data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from siamtrack.data.datasets.pack import load_pack
from siamtrack.data.datasets.registry import TRAINING_SETS
from siamtrack.data.image_cache import ImageCache
from siamtrack.data.images import ImageFiles
from siamtrack.data.masks import Masks
from siamtrack.data.pair_config import NEEDS_PHOTOS
from siamtrack.data.pairs import PairSampler
from siamtrack.data.targets import Pool, TargetSource
from siamtrack.training.config_file import read_config
from siamtrack.training.distributed import join, launch, leave
from siamtrack.training.loop import Trainer
from siamtrack.training.run import NOTHING_HELD_OUT, Places, make_trainer
from siamtrack.training.unfreeze import set_trainable, start_step
from siamtrack.training.validate import HeldOut
from siamtrack.zoo.verifiers import VERIFIERS, build_network

from .test_sets import WRITE
from .tiny import HEIGHT, WIDTH

# On ResNet-50.
_SLOW = ("siamrpn_r50_l234_dwxcorr", "siammask_r50_l3", "siammask_r50_l3_refine", "siamban", "siamcar")
_FOLDER = Path(__file__).parents[2] / "configs/train"
_RECIPES = sorted(_FOLDER.glob("*.yaml"))
# As docs/training.md has it.
_PUBLIC = [
    "data.sources={got10k-train: {frame_gap: 12}, coco-train: {}}",
    "data.holdout_percent=0",
    "data.validation=[got10k-val]",
]


class LeftHalf(Masks):
    """Of every frame."""

    def read(self, index: int) -> np.ndarray:
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[:, : WIDTH // 2] = True
        return mask


class Enough(Exception):
    """Ends a run."""


def stop_after_two(step: int, numbers: Mapping[str, float]) -> None:
    if step == 2:
        raise Enough


def recipe_trainer(path: Path, pack: Path, out: Path, batch: int, masked_tracks: int | None = None) -> Trainer:
    """The recipe, cut down to micro-batches of two drawn pairs; the first so many tracks have masks, or all."""
    recipe = read_config(path)
    changes = {"batch": batch, "micro_batch": 2, "log_every": 1, "validate_pairs": 2, "amp": "none"}
    # Epochs keep their number, and with it the schedule its shape; steps are counted from the first.
    length = {"steps": None, "epochs": recipe.epochs, "pairs_per_epoch": batch} if recipe.epochs else {}
    short = recipe.model_copy(update=changes | length)
    torch.manual_seed(0)
    net = build_network(short.model)
    sequences = load_pack(pack)
    for sequence in sequences[:masked_tracks]:
        object.__setattr__(sequence, "masks", LeftHalf())
    pools = [Pool(name, tuple(sequences), source.weight, 1) for name, source in short.data.sources.items()]
    source = TargetSource(pools, ImageFiles(), ImageCache().read)
    spec = short.crop_spec(net.spec)
    sampler = PairSampler(source, short.pairs, spec.template_px, spec.search_px, seed=0)
    return Trainer(net, short, sampler, HeldOut(), out, torch.device("cpu"), progress=stop_after_two)


def train_siammask(pack: str, out: str) -> None:
    """Two steps, as one of several processes."""
    join(torch.device("cpu"))
    recipe = next(path for path in _RECIPES if path.stem == "siammask_r50_l3")
    with suppress(Enough):
        recipe_trainer(recipe, Path(pack), Path(out), batch=4, masked_tracks=2).run()
    leave()


def test_the_recipes_asked_for_are_there() -> None:
    published = {"siamfc_got10k", "siamrpn", "dasiamrpn", "siammask_r50_l3", "siamdw_fc_res22", "siamban", "siamcar"}
    published.add("siammask_r50_l3_refine")
    plus = {f"siamrpn_{trunk}_dwxcorr" for trunk in ("alex", "mobilev2_l234", "r50_l234")}
    assert {path.stem for path in _RECIPES} == {"siamtrack_s", "verifier"} | published | plus


@pytest.mark.parametrize("path", _RECIPES, ids=lambda path: path.stem)
def test_its_data_sets_exist(path: Path) -> None:
    assert set(read_config(path).data.kinds.values()) <= TRAINING_SETS.keys()


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=pytest.mark.slow if path.stem in _SLOW else ()) for path in _RECIPES],
    ids=lambda path: path.stem,
)
def test_first_steps(path: Path, pack: Path, tmp_path: Path) -> None:
    """Two steps of two pairs, with the recipe's network, loss, optimiser, schedule and augmentation."""
    trainer = recipe_trainer(path, pack, tmp_path, batch=2)
    net, short = trainer.net, trainer.config
    before = {name: value.clone() for name, value in net.head.state_dict().items()}
    with pytest.raises(Enough):
        trainer.run()
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert all(np.isfinite(line["total"]) and line["lr"] > 0 for line in lines)
    # Crops that are farther apart than the margin cost a verifier nothing.
    assert all(line["total"] > 0 for line in (lines[:1] if short.loss.kind == "batch_hard" else lines))
    learnt = [name for name, value in net.state_dict().items() if value.dtype.is_floating_point]
    assert all(net.state_dict()[name].isfinite().all() for name in learnt)
    moved = [name for name, value in net.head.state_dict().items() if not torch.equal(value, before[name])]
    assert moved or not before
    assert not any(name.startswith(tuple(f"{part}." for part in short.frozen)) for name in moved)
    assert ("mask" in lines[0]) == ("mask" in short.loss.kind)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=pytest.mark.slow if path.stem in _SLOW else (), id=path.stem)
        for path in _RECIPES
        if any(stage.from_epoch for stage in read_config(path).unfreeze)
    ],
)
def test_stages_that_are_unfrozen_later_learn_then(path: Path, pack: Path, tmp_path: Path) -> None:
    """Two steps: the last before the last stage's time, and the first with it."""
    trainer = recipe_trainer(path, pack, tmp_path, batch=2)
    last = max(trainer.config.unfreeze, key=lambda stage: start_step(stage, trainer.config))
    trainer.step = start_step(last, trainer.config) - 1
    set_trainable(trainer.net, trainer.config, trainer.step)
    weights = [
        parameter
        for name in last.stages
        for parameter in trainer.net.backbone.stages()[name].parameters()  # type: ignore[operator]
    ]
    seen = []

    def stop(step: int, numbers: Mapping[str, float]) -> None:
        seen.append([weight.detach().clone() for weight in weights])
        if len(seen) == 2:
            raise Enough

    before, trainer.progress = [weight.detach().clone() for weight in weights], stop
    with pytest.raises(Enough):
        trainer.run()
    assert all(map(torch.equal, before, seen[0]))
    moved = [not torch.equal(*pair) for pair in zip(*seen, strict=True)]
    assert sum(moved) > len(moved) / 2  # of a network that is drawn at random a part is dead


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        *(
            pytest.param(path, [], marks=pytest.mark.slow if path.stem in _SLOW else (), id=path.stem)
            for path in _RECIPES
        ),
        pytest.param(_FOLDER / "siamtrack_s.yaml", _PUBLIC, id="public sets"),
    ],
)
def test_from_files_to_a_trainer(path: Path, changes: list[str], tmp_path: Path) -> None:
    """The recipe's own sets in their layouts, or others in their place, and weights to begin with."""
    recipe = read_config(path, changes)
    folders = {name: tmp_path / name for name in (*recipe.data.kinds, *recipe.data.validation)}
    for name, folder in folders.items():
        WRITE[name](folder)
    cv2.imwrite(str(tmp_path / "photo.jpg"), np.full((90, 90, 3), 99, np.uint8))
    if any(getattr(recipe.pairs, name) for name in NEEDS_PHOTOS):
        folders["photos"] = tmp_path
    # The drawn images are smaller than any limit; a drawn pack has one subset, and few sources.
    drawn = {"limits": None, "subsets": {}, "default_subset": 1}
    sources = {name: source.model_copy(update=drawn) for name, source in recipe.data.sources.items()}
    holdout = 50 if recipe.data.holdout_percent else 0
    data = recipe.data.model_copy(update={"sources": sources, "holdout_percent": holdout})
    recipe = recipe.model_copy(update={"data": data, "amp": "none"})
    begin = None if recipe.init == "random" else tmp_path / "begin.pt"
    if begin is not None:
        net = build_network(recipe.model)
        torch.save((net.backbone if recipe.init == "trunk" else net).state_dict(), begin)
    said: list[str] = []
    trainer = make_trainer(recipe, Places(folders, tmp_path / "run", begin), torch.device("cpu"), say=said.append)
    assert said == ([] if trainer.held_out.pairs else [NOTHING_HELD_OUT])
    batch = trainer.train_pairs.batch(range(2))
    assert batch.search_N3HW.shape[-1] == recipe.crop_spec(trainer.net.spec).search_px
    if recipe.data.holdout_percent or recipe.data.validation:
        assert trainer.held_out.pairs is not None and (trainer.held_out.videos or recipe.model in VERIFIERS)


@pytest.mark.slow
def test_processes_share_a_network_that_is_not_taught_as_a_whole(pack: Path, tmp_path: Path) -> None:
    """SiamMask's refinement has no part in its loss, and some batches have no masks."""
    launch(2, train_siammask, str(pack), str(tmp_path))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2] and any(line["mask"] > 0 for line in lines)
