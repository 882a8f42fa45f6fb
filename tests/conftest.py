"""Fixtures that tests of several packages share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import settings

from siamtrack.nets.siamese import SiameseNet
from siamtrack.runtime.prepare import prepare
from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.presets import get_preset

from .random_nets import random_net

# One thread each: where other work shares the cores, threads that wait for one another cost far more than they save.
torch.set_num_threads(1)
cv2.setNumThreads(1)
settings.register_profile("siamtrack", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("siamtrack")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of development data, which is not part of the repository."""
    default = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("SIAMTRACK_SHARED", default))
    if not (folder / "data").is_dir():
        pytest.skip(f"no development data at {folder} (set SIAMTRACK_SHARED)")
    return folder


@pytest.fixture(scope="session")
def bag_frames(shared: Path) -> list[np.ndarray]:
    """The first 61 frames of VOT2015/bag, 480x360 BGR; treat as read-only."""
    paths = sorted((shared / "data/eval/VOT2015/bag").glob("*.jpg"))[:61]
    if len(paths) < 61:
        pytest.skip(f"{shared} lacks data/eval/VOT2015/bag")
    return [cv2.imread(str(path), cv2.IMREAD_COLOR) for path in paths]


@lru_cache(maxsize=8)
def _prepared_net(name: str, seed: int) -> SiameseNet:
    return prepare(random_net(name, seed), torch.device("cpu"))


@pytest.fixture(scope="session")
def random_tracker() -> Callable[..., Tracker]:
    """(preset name, seed=0) -> a new CPU tracker with random weights; trackers of one name and seed share a network."""

    def build(name: str, seed: int = 0) -> Tracker:
        return Tracker(_prepared_net(name, seed), get_preset(name).config, torch.device("cpu"))

    return build


@pytest.fixture(scope="session")
def vot_toolkit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the programs (`vot`, `python`) of an environment that holds the official vot-toolkit.

    The toolkit is GPL: it is another program, never imported here. SIAMTRACK_VOT_ENV names an environment to reuse.
    """
    ready = os.environ.get("SIAMTRACK_VOT_ENV")
    folder = Path(ready) if ready else tmp_path_factory.mktemp("vot-environment")
    if not ready:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        # Every vot-toolkit fails to import beside attributee 0.1.10.
        wanted = ["vot-toolkit==0.7.4", "attributee<0.1.10"]
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", *wanted], check=True)
    return folder / "bin"
