"""Reading a run's YAML file, with changes from the command line; a wrong key is answered with the nearest good one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from siamtrack.naming import known_names
from siamtrack.training.config import TrainConfig


class ConfigError(ValueError):
    """Something in a configuration is not as it must be; the message names the key, and for a key that there is not the
    nearest that there is."""


def read_config(path: str | Path, changes: Sequence[str] = ()) -> TrainConfig:
    """Read a YAML file.

    Args:
        changes: `key=value`, dotted keys reach into sections and, by number, into lists, values as in YAML:
            `steps=100`, `schedule.lr=1e-3`, `unfreeze.0.lr_factor=0.1`.

    Raises:
        ConfigError: see there; names the file.
        OSError: the file cannot be read.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds {content!r}, expected keys and values")
    for change in changes:
        _change(content, change)
    try:
        return TrainConfig.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{path}: {'; '.join(_explain(each) for each in error.errors())}") from None


def _change(content: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    if not equals or not key:
        raise ConfigError(f"{change!r}: expected key=value, as in schedule.lr=0.001")
    *sections, last = key.split(".")
    inside: Any = content
    for section in sections:
        place = _place(change, section, inside)
        inside = inside.setdefault(place, {}) if isinstance(inside, dict) else inside[place]
        if not isinstance(inside, dict | list):
            raise ConfigError(f"{change!r}: {section} is {inside!r} and has no keys in it")
    inside[_place(change, last, inside)] = _parse(change, text)


def _place(change: str, key: str, inside: dict[str, Any] | list[Any]) -> str | int:
    """Where a key is: in a list, items are counted from 0."""
    if isinstance(inside, dict):
        return key
    if not key.isdecimal() or int(key) >= len(inside):
        raise ConfigError(f"{change!r}: {key} is none of the {len(inside)} items, which are counted from 0")
    return int(key)


def _parse(change: str, text: str) -> Any:
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{change!r}: the value is no YAML: {error}") from error
    if isinstance(value, str):
        try:
            return float(value)  # to YAML 1.1, 1e-3 is a text
        except ValueError:
            return value
    return value


def _explain(error: ErrorDetails) -> str:
    path, message = error["loc"], error["msg"].removeprefix("Value error, ")
    key = ".".join(map(str, path))
    if error["type"] == "extra_forbidden":
        known = _known_keys(TrainConfig, path[:-1])
        return f"there is no key {key!r}; {known_names(str(path[-1]), known)}"
    if error["type"] == "missing":
        return f"{key!r} is missing"
    if error["type"] == "union_tag_not_found":
        return f"{key + '.kind'!r} is missing"
    where = (
        f"{key} is {error['input']!r}: " if path and not isinstance(error["input"], dict) else f"{key}: " if key else ""
    )
    return f"{where}{message}"


def _known_keys(annotation: Any, path: Sequence[int | str]) -> list[str]:
    """Keys of the section at a path of pydantic's, in which the kind of a union stands as a step of its own."""
    models = list(_models(annotation))
    for step in path:
        chosen = [model for model in models if _kind(model) == step]
        if chosen:
            models = chosen
        elif isinstance(step, str):
            fields = [model.model_fields[step].annotation for model in models if step in model.model_fields]
            # A step that is no field is a key of a dict of sections, such as the name of a training set.
            models = [inner for field in fields for inner in _models(field)] if fields else models
    return [name for model in models for name in model.model_fields]


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models that a value of that annotation may be, or holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _kind(model: type[BaseModel]) -> Any:
    return model.model_fields["kind"].default if "kind" in model.model_fields else None
