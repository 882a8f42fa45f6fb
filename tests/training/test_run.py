"""From a configuration to a trainer."""

from __future__ import annotations

import pytest
import torch

from siamtrack.training.run import NOTHING_HELD_OUT, Places, make_trainer

from ..data.datasets.trees import write_images, write_lines
from .tiny import draw_pack, tiny_config

CPU = torch.device("cpu")


@pytest.mark.parametrize(("kind", "amp", "said"), [("AVX2", "bf16", 1), ("AVX2", "none", 0), ("AVX512", "bf16", 0)])
def test_a_slow_precision_is_said(monkeypatch, tmp_path, kind, amp, said):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: kind)
    config, words = tiny_config(amp=amp, init="random"), []
    make_trainer(config, Places({"pack": draw_pack(tmp_path / "pack")}, tmp_path / "run"), CPU, say=words.append)
    assert sum("amp=none" in word for word in words) == said


def test_a_run_says_where_it_goes_on(tmp_path):
    places, words = Places({"pack": draw_pack(tmp_path / "pack")}, tmp_path / "run"), []
    for steps in (2, 3, 3):
        make_trainer(tiny_config(steps=steps, init="random"), places, CPU, say=words.append).run()
    on, done = f"{places.out} goes on after step 2 of 3", f"{places.out} is done with step 3 of 3"
    assert words == [NOTHING_HELD_OUT, NOTHING_HELD_OUT, on, NOTHING_HELD_OUT, done]


def test_copies_that_no_run_will_make_are_said(tmp_path):
    words, places = [], Places({"pack": draw_pack(tmp_path / "pack")}, tmp_path / "run")
    make_trainer(tiny_config(steps=3, keep_at=[2, 5], init="random"), places, CPU, say=words.append)
    assert words == [NOTHING_HELD_OUT, "keep_at names [5], and the run ends after step 3"]


def test_two_sources_whose_videos_have_the_same_names(tmp_path):
    """One is longer: a video must not be scored by the other's boxes."""
    places = Places({"a": draw_pack(tmp_path / "a"), "b": draw_pack(tmp_path / "b", frames=5)}, tmp_path / "run")
    data = {"sources": {name: {"kind": "pack"} for name in "ab"}, "holdout_percent": 50}
    trainer = make_trainer(tiny_config(data=data, init="random", steps=1), places, CPU)
    names = [video.name for video in trainer.held_out.videos]
    assert len(set(names)) == len(names) and {name[:2] for name in names} == {"a/", "b/"}
    assert "track_auc" in trainer.validate()
    assert len(set(trainer.train_pairs.batch(range(60)).sequence_N.tolist())) > 4


def test_what_is_not_followed_is_said_once_asked_for(tmp_path):
    places = Places({"pack": draw_pack(tmp_path / "pack", frames=1)}, tmp_path / "run")
    data = {"sources": {"pack": {}}, "validation": ["got10k-val"]}
    folder = tmp_path / "val/GOT-10k_Val_000001"
    write_images(folder, ["1.jpg", "2.jpg"])
    write_lines(folder / "groundtruth.txt", ["0,0,0,0", "1,1,4,3"])
    places.data["got10k-val"] = tmp_path
    for tracks, expected in ((0, []), (4, ["got10k-val/GOT-10k_Val_000001 is not followed for validation"])):
        words = []
        make_trainer(tiny_config(data=data, init="random", validate_tracks=tracks), places, CPU, say=words.append)
        assert [word.split(":")[0] for word in words] == expected


@pytest.mark.parametrize("loaders", [0, 1])
def test_processes_that_make_pairs_find_the_images_in_memory(tmp_path, loaders):
    pack = draw_pack(tmp_path / "pack")
    trainer = make_trainer(tiny_config(loaders=loaders, init="random"), Places({"pack": pack}, tmp_path / "run"), CPU)
    for path in pack.glob("*.png"):
        path.unlink()
    if loaders:
        assert len(trainer.train_pairs.batch(range(4)).box_N4) == 4
    else:
        with pytest.raises(ValueError, match="is not a readable image"):
            trainer.train_pairs.batch(range(4))
