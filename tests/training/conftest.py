from pathlib import Path

import pytest

from .tiny import draw_pack


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn training pack; treat as read-only."""
    return draw_pack(tmp_path_factory.mktemp("training") / "pack")
