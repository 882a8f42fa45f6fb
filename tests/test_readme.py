"""The README's code runs: its Python blocks as they stand, its `siamtrack` commands in an empty folder."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from siamtrack.cli.main import app

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.S)
COMMANDS = [
    line.removeprefix("siamtrack ")
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S)
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("siamtrack ")
]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)


def test_there_is_code_to_run():
    assert PYTHON and COMMANDS


@pytest.mark.parametrize("code", PYTHON)
def test_python_block(code, checkout):
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command, checkout):
    ran = CliRunner().invoke(app, shlex.split(command, comments=True))
    assert ran.exit_code == 0, ran.output


def test_files_and_folders_that_it_names_exist():
    for path in re.findall(r"\]\(((?!http)[^)#]+)\)", TEXT):
        assert (ROOT / path).exists(), path
