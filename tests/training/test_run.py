"""From a configuration to a trainer."""

from __future__ import annotations

import pytest
import torch

from siamtrack.training.run import Places, make_trainer

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
    alone = "nothing is held out to validate on, see holdout_percent and validation of `data`"
    on, done = f"{places.out} goes on after step 2 of 3", f"{places.out} is done with step 3 of 3"
    assert words == [alone, alone, on, alone, done]


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
