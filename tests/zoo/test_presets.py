"""Every entry of the registry, present and future."""

from __future__ import annotations

import numpy as np
import pytest

from siamtrack.zoo.load import list_models
from siamtrack.zoo.presets import PRESETS, get_preset

# Wide networks, whose random weights take seconds to make; others of their kind are among the quick ones.
_SLOW = ("_otb", "_lt", "_davis", "siamban", "siamcar", "_big", "siamdw_rpn_res22")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name.endswith(_SLOW) else ()) for name in PRESETS]
)
def test_every_preset_tracks(random_tracker, name: str) -> None:  # type: ignore[no-untyped-def]
    tracker = random_tracker(name)
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (120, 160, 3), np.uint8) for _ in range(3)]
    tracker.start(images[0], (60, 40, 30, 40))
    for image in images[1:]:
        result = tracker.track(image)
        assert np.isfinite(result.boxes).all()
        assert (result.boxes[:, 2:] > 0).all()
        assert ((result.scores >= 0) & (result.scores <= 1)).all()


def test_every_preset_is_listed_with_what_is_known_of_it() -> None:
    listed = {info.name: info for info in list_models()}
    assert listed.keys() == PRESETS.keys()
    for info in listed.values():
        assert info.parameters > 100_000
        assert info.summary
        assert info.source
        assert info.bundled or info.checkpoint or info.name == "siamtrack-s"


def test_unknown_models_name_the_nearest() -> None:
    with pytest.raises(ValueError, match="'siamfcc'.*did you mean 'siamfc'"):
        get_preset("siamfcc")
    with pytest.raises(ValueError, match="'zebra'.*known: siamtrack-s") as caught:
        get_preset("zebra")
    assert "did you mean" not in str(caught.value)
