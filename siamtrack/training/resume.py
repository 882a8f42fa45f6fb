"""What may differ between a run and its continuation."""

from __future__ import annotations

from typing import Any

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
    "loaders",
}


def changed_keys(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Dotted keys of two configurations that differ and must not."""
    old, new = _flat(then), _flat(now)
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key) and key not in _MAY_CHANGE)


def _flat(section: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in section.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat
