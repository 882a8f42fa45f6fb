import json

from typer.testing import CliRunner

from siamtrack.cli.main import app
from siamtrack.zoo.presets import PRESETS


def test_models_lists_every_preset_with_its_cost():
    found = json.loads(CliRunner().invoke(app, ["models", "--json"]).stdout)
    assert [model["name"] for model in found] == list(PRESETS)
    default = found[0]
    assert default["bundled"] and default["scores"]
    assert default["parameters"] <= 3e6 and default["macs"] <= 0.6e9


def test_models_as_a_table():
    shown = CliRunner().invoke(app, ["models"])
    assert shown.exit_code == 0 and "siamtrack-s" in shown.stdout


def test_doctor_says_what_is_there_and_what_extras_would_add():
    shown = CliRunner().invoke(app, ["doctor"])
    assert shown.exit_code == 0
    for word in ("python", "torch", "devices", "threads", "H.264", "robotics"):
        assert word in shown.stdout
