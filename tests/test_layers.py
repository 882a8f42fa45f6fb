"""The dependency direction, read from the imports.

geometry <- nets <- tracking <- runtime <- zoo <- evaluation <- training <- cli
geometry <- losses, video <- data; compat beside evaluation
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import siamtrack

_ROOT = Path(siamtrack.__file__).parent

# package -> the packages of siamtrack that it may import besides itself
_MAY_IMPORT: dict[str, set[str]] = {
    "geometry": set(),
    "nets": {"geometry"},
    "tracking": {"geometry", "nets"},
    "runtime": {"geometry", "nets", "tracking"},
    "zoo": {"geometry", "nets", "tracking", "runtime"},
    "data": {"geometry", "video"},
    "losses": {"geometry"},
    "video": {"geometry"},
    "results": {"geometry", "tracking", "video"},
    "evaluation": {"geometry", "tracking", "zoo", "data", "video", "results"},
    "training": {"geometry", "nets", "tracking", "zoo", "data", "losses", "evaluation"},
    "compat": {"geometry", "tracking", "zoo", "data"},
}
_MAY_IMPORT_ANYTHING = {"__init__", "api", "cli"}
# Small things that any layer may use.
_FACTS = {"naming", "atomic", "version"}

_CV2_ALLOWED_IN = ("data/", "video/", "results/", "cli/", "compat/opencv.py", "geometry/masks.py", "geometry/crop.py")

_MODULES = sorted(_ROOT.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Full names of what a module imports, wherever in the module, relative imports resolved."""
    package = ("siamtrack", *path.relative_to(_ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def layer(path: Path) -> str:
    return path.relative_to(_ROOT).parts[0].removesuffix(".py")


def name(path: Path) -> str:
    return path.relative_to(_ROOT).as_posix()


@pytest.mark.parametrize("path", _MODULES, ids=name)
def test_imports_point_towards_geometry(path: Path) -> None:
    here = layer(path)
    if here in _MAY_IMPORT_ANYTHING | _FACTS:
        return
    allowed = _MAY_IMPORT[here] | {here} | _FACTS
    ours = {full.split(".")[1] for full in imported(path) if full.startswith("siamtrack.")}
    assert ours <= allowed, f"{name(path)} imports {sorted(ours - allowed)}"


@pytest.mark.parametrize("path", _MODULES, ids=name)
def test_cv2_stays_where_pixels_are(path: Path) -> None:
    if any(full.split(".")[0] == "cv2" for full in imported(path)):
        assert name(path).startswith(_CV2_ALLOWED_IN)


def test_every_package_has_its_place_in_the_table() -> None:
    packages = {layer(path) for path in _MODULES}
    assert packages <= _MAY_IMPORT.keys() | _MAY_IMPORT_ANYTHING | _FACTS


def test_the_table_has_no_circle() -> None:
    ready: set[str] = set()
    while ready != _MAY_IMPORT.keys():
        more = {package for package, below in _MAY_IMPORT.items() if below <= ready} - ready
        assert more, f"circle among {sorted(_MAY_IMPORT.keys() - ready)}"
        ready |= more


@pytest.mark.parametrize("module", ["siamtrack", "torch"])
def test_the_reader_of_imports_finds_them(module: str) -> None:
    found = set(imported(_ROOT / "tracking/step.py"))
    assert any(full.split(".")[0] == module for full in found)
