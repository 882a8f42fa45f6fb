"""Every tracker of the library: a network, the numbers of its tracker, and where its checkpoint comes from.

One file a family; this one puts their tables together.
"""

from __future__ import annotations

from siamtrack.naming import known_names
from siamtrack.zoo.presets.anchor_free import ANCHOR_FREE
from siamtrack.zoo.presets.light import LIGHT
from siamtrack.zoo.presets.preset import Preset
from siamtrack.zoo.presets.siamfc import SIAMFC
from siamtrack.zoo.presets.siammask import SIAMMASK
from siamtrack.zoo.presets.siamrpn import SIAMRPN

__all__ = ["PRESETS", "Preset", "get_preset"]

# The default stands first.
PRESETS: dict[str, Preset] = {**LIGHT, **SIAMFC, **SIAMRPN, **SIAMMASK, **ANCHOR_FREE}


def get_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        ValueError: there is none; names the nearest.
    """
    if name not in PRESETS:
        raise ValueError(f"no model is called {name!r}; {known_names(name, PRESETS)}")
    return PRESETS[name]
