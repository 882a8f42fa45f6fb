"""Every verifier of the library, and networks of both kinds by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from siamtrack.naming import known_names
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.verifier import VerifierNet
from siamtrack.zoo import builders
from siamtrack.zoo.presets import PRESETS

Network = SiameseNet | VerifierNet


@dataclass(frozen=True)
class VerifierPreset:
    """A named verifier.

    Attributes:
        summary: one line for people.
        build: makes the network, weights random.
    """

    summary: str
    build: Callable[[], VerifierNet]


VERIFIERS: dict[str, VerifierPreset] = {
    "verifier-s": VerifierPreset("EfficientNet-Lite0 to stride 16, 128 dimensions", builders.verifier_s),
}


def get_verifier(name: str) -> VerifierPreset:
    """The verifier of that name.

    Raises:
        ValueError: there is none; names the nearest.
    """
    if name not in VERIFIERS:
        raise ValueError(f"no verifier is called {name!r}; {known_names(name, VERIFIERS)}")
    return VERIFIERS[name]


def build_network(name: str) -> Network:
    """The network of a tracker or of a verifier, weights random.

    Raises:
        ValueError: there is neither; names the nearest.
    """
    known = PRESETS | VERIFIERS
    if name not in known:
        raise ValueError(f"no model is called {name!r}; {known_names(name, known)}")
    return known[name].build()
