"""From the data section of a config to pairs."""

import zlib

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from siamtrack.data.datasets.pack import load_pack
from siamtrack.data.image_cache import ImageCache
from siamtrack.data.pair_config import PairConfig
from siamtrack.nets.types import NetSpec
from siamtrack.training.data import load_data
from siamtrack.training.data_config import DataConfig

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


def test_why_nothing_can_be_used_is_said(tmp_path):
    for number in range(3):
        folder = tmp_path / f"train/GOT-10k_Train_{number:06d}"
        write_images(folder, numbered(1, 3))
        write_lines(folder / "groundtruth.txt", ["1,1,4,3"])
    with pytest.raises(ValueError, match=r"cannot be used; GOT-10k_Train_000000: .*3 images, but 1 box"):
        load_data(
            DataConfig.model_validate({"sources": {"got10k-train": {}}}),
            PairConfig(),
            {"got10k-train": tmp_path},
            NetSpec(128, 256, 16),
            seed=0,
        )


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


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"validation": ["pack"]}, "pack is trained and validated on"),
        ({"sources": {"photos": {"kind": "pack"}}}, "photos"),
    ],
)
def test_names_that_clash_are_errors(changed, message):
    with pytest.raises(ValidationError, match=message):
        DataConfig.model_validate({"sources": {"pack": {}}} | changed)


def test_there_is_at_least_one_source():
    with pytest.raises(ValidationError, match="at least 1"):
        DataConfig(sources={})


def test_two_sources_of_one_kind(tmp_path):
    roots = {name: draw_pack(tmp_path / name, tracks=2 + (name == "b")) for name in "ab"}
    sources = {"a": {"kind": "pack"}, "b": {"kind": "pack", "weight": 2}}
    data = load_data(
        DataConfig.model_validate({"sources": sources}), PairConfig(), roots, NetSpec(128, 256, 16), seed=0
    )
    assert {pool.name: (len(pool.sequences), pool.weight) for pool in data.train._source._pools} == {
        "a drawn": (2, 1.0),
        "b drawn": (3, 2.0),
    }


def test_limits_leave_boxes_out(pack):
    data = load(pack, config(limits={"largest_px": 45}))  # boxes are 50 x 40
    with pytest.raises(ValueError, match="no frame has a box within the limits"):
        data.train.batch(range(2))
    load(pack, config(limits={})).train.batch(range(2))


def write_got10k(root, split, count):
    for number in range(count):
        folder = root / split / f"GOT-10k_{split.title()}_{number:06d}"
        write_images(folder, numbered(1, 3))
        write_lines(folder / "groundtruth.txt", ["1,1,4,3", "1,1,4,3", "0,0,0,0"])


def test_a_validation_set_is_held_out_whole(tmp_path):
    write_got10k(tmp_path, "train", 3)
    write_got10k(tmp_path, "val", 2)
    config = DataConfig.model_validate({"sources": {"got10k-train": {}}, "validation": ["got10k-val"]})
    roots = {"got10k-train": tmp_path, "got10k-val": tmp_path}
    data = load_data(config, PairConfig(), roots, NetSpec(128, 256, 16), seed=0)
    assert [sequence.name for sequence in data.held_out] == [f"GOT-10k_Val_00000{n}" for n in range(2)]
    names = [f"got10k-val/{sequence.name}" for sequence in data.held_out]
    assert [track.name for track in data.tracks] == names
    assert data.tracks[0].images is data.held_out[0].images  # the footage as it is, with its frames without a box
    assert data.held_out_pairs is not None and len(data.train._source._all) == 3
    without = load_data(config, PairConfig(), {"got10k-train": tmp_path}, NetSpec(128, 256, 16), seed=0)
    ((name, fault),) = without.faults
    assert name == "got10k-val" and "--data got10k-val=FOLDER" in str(fault) and not without.held_out


def test_cut_outs_are_made_to_wander(tmp_path):
    data = load(draw_pack(tmp_path / "pack", tracks=12), config(50))
    places = [track.boxes_T4[:, :2] for track in data.tracks]
    assert len(data.tracks) == len(data.held_out) and all(len(np.unique(place, axis=0)) == 3 for place in places)
    assert all("wandering" in track.images.name(0) for track in data.tracks)


def test_processes_share_the_cache(pack, monkeypatch):
    limits = []
    make = ImageCache
    monkeypatch.setattr("siamtrack.training.data.ImageCache", lambda limit: limits.append(limit) or make(limit))
    for processes in (1, 3):
        load_data(config(), PairConfig(), {"pack": pack}, NetSpec(128, 256, 16), 0, processes)
    assert limits == pytest.approx([6e9, 2e9])


def test_names_of_kinds_and_validation_sets_are_checked(pack):
    with pytest.raises(ValueError, match="no training set is called 'packs'"):
        load(pack, config(kind="packs"))
    with pytest.raises(ValueError, match="no data set is called 'got10kval'; did you mean 'got10k-val'"):
        load(pack, DataConfig.model_validate({"sources": {"pack": {}}, "validation": ["got10kval"]}))
