"""Recordings, and our trackers with their weights."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from siamtrack.zoo.load import load

from .recordings import Golden


@pytest.fixture(scope="session")
def recording(shared: Path, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Name -> what is known of a recording, its arrays, and a file of its weights in their published layout."""

    def read(name: str) -> tuple[dict[str, Any], dict[str, np.ndarray], Path]:
        spec = shared / "parity" / f"{name}.json"
        if not spec.is_file():
            pytest.skip(f"no {spec}")
        meta = json.loads(spec.read_text())
        if "weights" in meta:
            path = shared / "data/weights" / meta["weights"]
        else:
            path = tmp_path_factory.mktemp("published") / f"{name}.pth"
            state = seeded_weights(shared).seeded_state_dict(spec)
            torch.save({key: torch.from_numpy(value) for key, value in state.items()}, path)
        with np.load(spec.with_suffix(".npz")) as arrays:
            return meta, dict(arrays), path

    return read


@pytest.fixture(scope="module")
def golden(recording):  # type: ignore[no-untyped-def]
    """(name of the recording, our model) -> Golden; a file's tests share it."""

    @cache
    def read(name: str, model: str) -> Golden:
        meta, arrays, path = recording(name)
        return Golden(meta, arrays, load(model, "cpu", path))

    return read


def seeded_weights(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("seeded_weights", shared / "parity/seeded_weights.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
