"""The command on the bundled clip with the bundled weights."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from siamtrack.cli.main import app
from siamtrack.video import open_source

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "examples/market_street_1906.mp4"
CAR = "263,138,245,175"


def run(*arguments):
    return CliRunner().invoke(app, ["track", *map(str, arguments)])


def test_every_output_of_a_short_run(tmp_path):
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("frame,x,y,w,h\n# the car, and again from frame 6\n0,263,138,245,175\n\n6 263 138 245 175\n")
    names = {"-o": "out.mp4", "--jsonl": "out.jsonl", "--csv": "out.csv", "--mot": "out.txt", "--plot": "out.png"}
    options = [part for flag, name in names.items() for part in (flag, tmp_path / "made" / name)]
    ran = run(CLIP, "--boxes", boxes, "--end-frame", 10, "--json", *options)
    assert ran.exit_code == 0, ran.output
    summary = json.loads(ran.stdout.splitlines()[-1])
    assert summary["frames"] == 10 and summary["status"] == 0
    assert [target["id"] for target in summary["targets"]] == [1, 2]
    rows = [json.loads(line) for line in (tmp_path / "made/out.jsonl").read_text().splitlines()]
    assert [row["frame"] for row in rows if row["id"] == 2] == [6, 7, 8, 9]
    assert rows[0]["box"] == [263, 138, 245, 175] and rows[0]["score"] == 1
    assert len((tmp_path / "made/out.csv").read_text().splitlines()) == 1 + 10 + 4
    assert (tmp_path / "made/out.png").read_bytes().startswith(b"\x89PNG")
    with open_source(tmp_path / "made/out.mp4") as frames:
        assert sum(1 for _ in frames) == 10
    assert not list(tmp_path.rglob("*.part"))


def test_the_car_is_followed(tmp_path):
    ran = run(CLIP, "--box", CAR, "--end-frame", 90, "--json", "--csv", tmp_path / "out.csv")
    (target,) = json.loads(ran.stdout.splitlines()[-1])["targets"]
    # In frame 89 the car, looked at by eye, spans about x 144-290, y 134-268.
    x, y, w, h = target["box"]
    assert abs(x + w / 2 - 217) < 20 and abs(y + h / 2 - 201) < 20
    assert 100 < w < 190 and 90 < h < 180
    assert target["state"] == "tracking"


def test_start_frame_counts_in_the_source(tmp_path):
    ran = run(CLIP, "--box", "388,140,68,204", "--start-frame", 100, "--end-frame", 103, "--jsonl", tmp_path / "o")
    assert ran.exit_code == 0
    assert [json.loads(line)["frame"] for line in (tmp_path / "o").read_text().splitlines()] == [100, 101, 102]


def test_image_folder(shared, tmp_path):
    ran = run(
        shared / "data/eval/VOT2015/bag", "--box", "312,146,106,96", "--end-frame", 5, "--got10k", tmp_path / "bag.txt"
    )
    assert ran.exit_code == 0, ran.output
    assert len((tmp_path / "bag.txt").read_text().splitlines()) == 5


def test_without_an_output_the_annotated_video_lands_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(CLIP, "--box", CAR, "--end-frame", 2).exit_code == 0
    assert (tmp_path / "market_street_1906_tracked.mp4").is_file()


@pytest.mark.parametrize(
    "arguments, status, says",
    [
        (["none.mp4", "--box", CAR], 1, "none.mp4"),
        ([CLIP], 2, "which object?"),
        ([CLIP, "--box", "1,2,3"], 2, "'1,2,3' is not a box"),
        ([CLIP, "--box", "1,2,x,4"], 2, "not a box"),
        ([CLIP, "--box", "600,10,20,20"], 1, "outside the 540x360 frame"),
        ([CLIP, "--box", "10,10,0,20"], 1, "no area"),
        ([CLIP, "--box", CAR, "--model", "siamtrak-s"], 1, "did you mean 'siamtrack-s'"),
        ([CLIP, "--box", CAR, "--model", "siamfc"], 1, "no weights are bundled for siamfc"),
        ([CLIP, "--box", CAR, "--weights", "none.pth"], 1, "none.pth"),
        ([CLIP, "--box", CAR, "--device", "tpu"], 1, "tpu"),
        ([CLIP, "--boxes", "none.csv"], 2, "none.csv"),
        ([CLIP, "--box", CAR, "--start-frame", "5000"], 1, "330"),
        ([CLIP, "--box", CAR, "--box", CAR, "--got10k", "x.txt"], 2, "one target"),
    ],
)
def test_bad_input_is_named(arguments, status, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run(*arguments)
    assert ran.exit_code == status, ran.output
    assert says in " ".join(ran.output.replace("│", " ").split())


def test_a_box_for_a_frame_that_never_comes_keeps_the_other_results(tmp_path):
    out = tmp_path / "out.jsonl"
    ran = run(CLIP, "--box", CAR, "--box", f"900,{CAR}", "--end-frame", 4, "--jsonl", out, "--json")
    assert ran.exit_code == 1 and "frame 900" in ran.output
    assert len(out.read_text().splitlines()) == 4


def test_tool_in_a_checkout_is_the_same_command():
    script = ROOT / "tools/track.py"
    helped = subprocess.run([sys.executable, str(script), "--help"], capture_output=True, text=True, check=True)
    assert "Follow one or several objects through a video." in helped.stdout
