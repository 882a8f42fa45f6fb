"""UpdateNet with its real weights; SiamRPNBIG's, which its tracker needs besides, are not at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from siamtrack.zoo.convert import rename
from siamtrack.zoo.presets import get_preset
from siamtrack.zoo.weights import read_state


@torch.inference_mode()
def test_templates_equal_those_of_the_published_network(shared: Path) -> None:
    recording, weights = shared / "parity/updatenet_s0.npz", shared / "data/weights/updatenet_vot2018.pth.tar"
    if not recording.is_file() or not weights.is_file():
        pytest.skip(f"no {recording} or no {weights}")
    with torch.device("meta"):
        update = get_preset("updatenet").build().update
    assert update is not None
    state = rename(read_state(weights), "DaSiamRPN")
    update.load_state_dict({key.removeprefix("update."): value for key, value in state.items()}, assign=True)
    draw = np.random.default_rng(7).standard_normal
    joined, first = (torch.from_numpy(draw((1, channels, 6, 6)).astype(np.float32)) for channels in (1536, 512))
    _, accumulated, present = joined.split(512, 1)
    # The recording feeds a first template to the layers and adds another one: the difference of the two is known.
    found = update(joined[:, :512], accumulated, present) - joined[:, :512] + first
    with np.load(recording) as arrays:
        expected = arrays["out"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3 * np.ptp(expected))
