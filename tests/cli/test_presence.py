"""`siamtrack presence` as a person calls it."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from siamtrack.cli.main import app

from ..evaluation.conftest import otb_root  # noqa: F401


def siamtrack(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_numbers_picture_and_table(otb_root, tmp_path):  # noqa: F811
    arguments = ["presence", "otb100", "--root", otb_root, "-o", tmp_path / "out", "--sequences", "Car1,Man"]
    run = siamtrack(*arguments)
    assert run.exit_code == 0, run.output
    numbers = json.loads((tmp_path / "out/presence.json").read_text())
    assert numbers["total"]["absent"] == 3 * 2 * (2 + 1) and list(numbers["sequences"]) == ["Car1", "Man"]
    assert (tmp_path / "out/presence.png").read_bytes().startswith(b"\x89PNG")
    rows = [line.split() for line in run.stdout.splitlines()]
    (total,) = [row for row in rows if row[:1] == ["total"]]
    assert float(total[4]) == round(numbers["total"]["auc"], 3) and total[-1] == "18"


def test_what_cannot_be_spliced_is_told(otb_root, tmp_path):  # noqa: F811
    run = siamtrack("presence", "otb100", "--root", otb_root, "-o", tmp_path, "--sequences", "Man")
    assert run.exit_code == 1 and "expected at least two sequences" in run.output
    run = siamtrack("presence", "otb100", "--root", otb_root, "-o", tmp_path, "--sequences", "Man,Walking")
    assert run.exit_code == 1 and "6 frames is too short" in run.output
    assert siamtrack("presence", "otb1000", "--root", otb_root).exit_code == 2
