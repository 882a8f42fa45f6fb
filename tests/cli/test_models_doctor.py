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


def test_models_as_a_table(monkeypatch):
    """It is whole on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(app, ["models"])
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert all(any(line.split()[:1] == [name] for line in lines) for name in PRESETS)


def test_a_model_in_detail():
    shown = CliRunner().invoke(app, ["models", "siamfc", "siamtrack-s"])
    assert shown.exit_code == 0
    text = " ".join(shown.stdout.split())
    for words in (
        "Bertinetto et al. 2016; siamfc-pytorch",
        "2.34 M",
        "OTB-2015 success 0.578 (siamfc-pytorch, README.md)",
        "siamfc_alexnet_e50.pth (linked from its README)",
        "weights bundled",
        "OTB-8 success",
    ):
        assert words in text
    assert "siamrpn" not in text


def test_an_unknown_model_names_the_nearest():
    shown = CliRunner().invoke(app, ["models", "siamfcc"])
    assert shown.exit_code == 2
    assert "siamfc" in shown.stderr


def test_doctor_says_what_is_there_and_what_extras_would_add():
    shown = CliRunner().invoke(app, ["doctor"])
    assert shown.exit_code == 0
    for word in ("python", "torch", "devices", "threads", "H.264", "robotics"):
        assert word in shown.stdout
