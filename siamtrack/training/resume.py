"""What may differ between a run and its continuation."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from siamtrack.training.config import TrainConfig

_MAY_CHANGE = {
    "steps",
    "epochs",
    "schedule.warmup_steps",
    "schedule.cooldown_share",
    "compile",
    "log_every",
    "validate_every",
    "validate_pairs",
    "validate_tracks",
    "checkpoint_every",
    "keep_at",
    "loaders",
    "data.validation",
    "data.cache_gb",
}


def changed_keys(then: dict[str, Any], now: TrainConfig) -> list[str]:
    """Dotted keys of two configurations that differ and must not.

    Args:
        then: as it was dumped, maybe by an older version: options that it did not know had their defaults.
    """
    if "pairs" in then:  # once the template's aspect was jittered as its scale
        scale = then["pairs"].get("template_log_scale", 0.0)
        then = then | {"pairs": {"template_log_aspect": scale} | then["pairs"]}
    with suppress(ValueError):  # it has options that are no more, which are among the differences
        then = TrainConfig.model_validate(then).model_dump()
    old, new = _flat(then), _flat(now.model_dump())
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key) and key not in _MAY_CHANGE)


def _flat(section: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in section.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat
