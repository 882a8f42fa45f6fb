"""From the data section of a config to pairs."""

import zlib

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from siamtrack.data.datasets.pack import load_pack
from siamtrack.data.pair_config import PairConfig
from siamtrack.nets.types import NetSpec
from siamtrack.training.data import DataConfig, load_data

from ..data.datasets.trees import numbered, write_images, write_lines
from .tiny import draw_pack


def config(holdout_percent=0, **source):
    return DataConfig.model_validate({"sources": {"pack": source}, "holdout_percent": holdout_percent})


def load(pack, data=None):
    return load_data(data or config(), PairConfig(), {"pack": pack}, NetSpec(128, 256, 16), seed=0)


def test_sizes_are_those_of_the_network(pack):
    batch = load(pack).train.batch(range(2))
    assert batch.template_N3HW.shape == (2, 3, 128, 128) and batch.search_N3HW.shape == (2, 3, 256, 256)


def test_what_is_held_out_is_not_trained_on(tmp_path):
    pack = draw_pack(tmp_path / "pack", tracks=12)
    data = load(pack, config(50))
    kept = {sequence.name for sequence in data.held_out}
    trained = {sequence.name for entries in data.train._source._entries.values() for sequence, _ in entries}
    assert kept and trained and not trained & kept
    assert trained | kept == {sequence.name for sequence in load_pack(pack)}


def test_other_sets_than_the_pack_are_held_out_by_video(tmp_path):
    names = [f"GOT-10k_Train_{number:06d}" for number in range(12)]
    for name in names:
        write_images(tmp_path / "train" / name, numbered(1, 2))
        write_lines(tmp_path / "train" / name / "groundtruth.txt", ["1,1,4,3"] * 2)
    config = DataConfig.model_validate({"sources": {"got10k-train": {}}, "holdout_percent": 50})
    data = load_data(config, PairConfig(), {"got10k-train": tmp_path}, NetSpec(128, 256, 16), seed=0)
    held_out = {sequence.name for sequence in data.held_out}
    assert held_out == {name for name in names if zlib.crc32(name.encode()) % 100 < 50}
    assert {sequence.name for sequence, _ in data.train._source._all} == set(names) - held_out
    assert 0 < len(held_out) < 12


def test_held_out_pairs_have_negatives(tmp_path):
    data = load(draw_pack(tmp_path / "pack", tracks=12), config(50))
    assert data.held_out_pairs is not None
    assert 0.5 < data.held_out_pairs.batch(range(80)).positive_N.float().mean() < 0.9


def test_nothing_held_out_gives_no_pairs_of_it(pack):
    data = load(pack)
    assert data.held_out == () and data.held_out_pairs is None


def test_frame_gap_zero_makes_two_views_of_one_frame(pack):
    sampler = load(pack, config(frame_gap=0)).train
    for z, x, _ in map(sampler.pair, range(6)):
        np.testing.assert_allclose(z.box[2:], x.box[2:], rtol=1e-3)  # both crops show the target equally large


def test_unknown_subsets_are_named(pack):
    with pytest.raises(ValueError, match=r"subsets of pack name \['drown'\]; it has \['drawn'\]"):
        load(pack, config(subsets={"drown": 1}))


def test_a_source_needs_its_folder(pack):
    with pytest.raises(ValueError, match=r"needs the folder of 'coco-train'; given were those of \['pack'\]"):
        load(pack, DataConfig.model_validate({"sources": {"coco-train": {}}}))
    with pytest.raises(ValueError, match="no training set is called 'packs'; did you mean 'pack'"):
        load(pack, DataConfig.model_validate({"sources": {"packs": {}}}))


def test_a_folder_of_photographs_that_is_not_there_is_named(pack, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"photos=.*nowhere is no folder"):
        load_data(config(), PairConfig(), {"pack": pack, "photos": tmp_path / "nowhere"}, NetSpec(128, 256, 16), seed=0)


def test_a_folder_that_nothing_needs_is_named(pack):
    with pytest.raises(ValueError, match=r"no use for the folder of 'photo'; did you mean 'photos'"):
        load_data(config(), PairConfig(), {"pack": pack, "photo": pack}, NetSpec(128, 256, 16), seed=0)


@pytest.mark.parametrize("name", ["photo_region", "new_surroundings", "occlude"])
def test_what_needs_photographs_asks_for_them(pack, tmp_path, name):
    pairs, spec = PairConfig(**{name: 0.1}), NetSpec(128, 256, 16)
    with pytest.raises(ValueError, match=rf"pairs.{name} needs photographs: --data photos=FOLDER"):
        load_data(config(), pairs, {"pack": pack}, spec, seed=0)
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((40, 40, 3), np.uint8))
    load_data(config(), pairs, {"pack": pack, "photos": tmp_path}, spec, seed=0)


def test_there_is_at_least_one_source():
    with pytest.raises(ValidationError, match="at least 1"):
        DataConfig(sources={})
