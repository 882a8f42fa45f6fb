"""The command on the bundled clip with the bundled weights."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import siamtrack
from siamtrack.cli.main import app
from siamtrack.video import open_source

from ..random_nets import random_net

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "examples/market_street_1906.mp4"
CAR = "305,140,235,186"


def run(*arguments):
    return CliRunner().invoke(app, ["track", *map(str, arguments)])


def test_every_output_of_a_short_run(tmp_path):
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("frame,x,y,w,h\n# the car, and again from frame 6\n0,305,140,235,186\n\n6 305 140 235 186\n")
    names = {"-o": "out.mp4", "--jsonl": "out.jsonl", "--csv": "out.csv", "--mot": "out.txt", "--plot": "out.png"}
    options = [part for flag, name in names.items() for part in (flag, tmp_path / "made" / name)]
    ran = run(CLIP, "--boxes", boxes, "--end-frame", 10, "--json", *options)
    assert ran.exit_code == 0, ran.output
    summary = json.loads(ran.stdout.splitlines()[-1])
    assert summary["frames"] == 10 and summary["status"] == 0
    assert [target["id"] for target in summary["targets"]] == [1, 2]
    rows = [json.loads(line) for line in (tmp_path / "made/out.jsonl").read_text().splitlines()]
    assert [row["frame"] for row in rows if row["id"] == 2] == [6, 7, 8, 9]
    assert rows[0]["box"] == [305, 140, 235, 186] and rows[0]["score"] == 1
    assert len((tmp_path / "made/out.csv").read_text().splitlines()) == 1 + 10 + 4
    assert (tmp_path / "made/out.png").read_bytes().startswith(b"\x89PNG")
    with open_source(tmp_path / "made/out.mp4") as frames:
        assert sum(1 for _ in frames) == 10
    assert not list(tmp_path.rglob("*.part"))


def test_the_car_is_followed(tmp_path):
    ran = run(CLIP, "--box", CAR, "--end-frame", 110, "--json", "--csv", tmp_path / "out.csv")
    (target,) = json.loads(ran.stdout.splitlines()[-1])["targets"]
    # In frame 109 the car, looked at by eye, spans about x 144-290, y 134-268.
    x, y, w, h = target["box"]
    assert abs(x + w / 2 - 217) < 20 and abs(y + h / 2 - 201) < 20
    assert 100 < w < 190 and 90 < h < 180
    assert target["state"] == "tracking"


def test_masks_come_as_rotated_boxes_and_in_the_video(tmp_path):
    """With random weights: what is written is what the tracker says."""
    weights = tmp_path / "random.pth"
    torch.save(random_net("siammask_r50_l3").state_dict(), weights)
    names = {"-o": tmp_path / "out.mp4", "--jsonl": tmp_path / "out.jsonl", "--plot": tmp_path / "out.png"}
    options = ["--model", "siammask_r50_l3", "--weights", weights, "--end-frame", 3]
    ran = run(CLIP, "--box", CAR, *options, *[part for pair in names.items() for part in pair])
    assert ran.exit_code == 0, ran.output
    first, *others = [json.loads(line) for line in names["--jsonl"].read_text().splitlines()]
    assert first["polygon"] == [[305, 140], [540, 140], [540, 326], [305, 326]]
    tracker = siamtrack.load("siammask_r50_l3", "cpu", weights)
    with open_source(CLIP, end=3) as frames:
        tracker.start(next(frames).image, [305, 140, 235, 186])
        for row, frame in zip(others, frames, strict=True):
            np.testing.assert_allclose(row["polygon"], tracker.track(frame.image).polygons[0], atol=1e-3)
    with open_source(names["-o"]) as frames:
        assert sum(1 for _ in frames) == 3


def test_start_frame_counts_in_the_source(tmp_path):
    ran = run(CLIP, "--box", "388,140,68,204", "--start-frame", 120, "--end-frame", 123, "--jsonl", tmp_path / "o")
    assert ran.exit_code == 0
    assert [json.loads(line)["frame"] for line in (tmp_path / "o").read_text().splitlines()] == [120, 121, 122]


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
        ([CLIP, "--box", CAR, "--model", "siamtrak-s"], 2, "did you mean 'siamtrack-s'"),
        ([CLIP, "--box", CAR, "--model", "siamfc"], 1, "no weights are bundled for siamfc"),
        ([CLIP, "--box", CAR, "--weights", "none.pth"], 1, "none.pth"),
        ([CLIP, "--box", CAR, "--device", "tpu"], 2, "tpu"),
        ([CLIP, "--boxes", "none.csv"], 2, "none.csv"),
        ([CLIP, "--box", CAR, "--start-frame", "5000"], 1, "262"),
        ([CLIP, "--box", CAR, "--box", CAR, "--got10k", "x.txt"], 2, "one target"),
        ([CLIP, "--box", CAR, "--start-frame", "9", "--end-frame", "9"], 2, "must lie behind"),
        ([CLIP, "--box", f"4,{CAR}", "--start-frame", "9"], 2, "frame 4, before --start-frame 9"),
        ([CLIP, "--box", CAR, "-o", "x.avi"], 2, "ending in .mp4"),
        ([CLIP, "--box", CAR, "--plot", "x.xyz"], 2, ".png, .pdf, .svg"),
        ([CLIP, "--box", CAR, "--csv", "."], 2, "is a folder"),
        ([CLIP, "--box", CAR, "--csv", "x", "--jsonl", "./x"], 2, "named twice"),
        ([CLIP, "--box", CAR, "-o", CLIP], 2, "named twice"),
        (["nope[/red].mp4", "--box", CAR], 1, "nope[/red].mp4"),
    ],
)
def test_bad_input_is_named(arguments, status, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run(*arguments)
    assert ran.exit_code == status, ran.output
    assert says in " ".join(ran.output.replace("│", " ").split())


def test_a_run_that_tracks_nothing_leaves_earlier_results_alone(tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("precious\n")
    assert run(CLIP, "--box", "9999,9,5,5", "--jsonl", out).exit_code == 1
    assert out.read_text() == "precious\n"
    assert list(tmp_path.iterdir()) == [out]


def test_a_bad_later_box_loses_no_result(tmp_path):
    out = tmp_path / "out.jsonl"
    ran = run(CLIP, "--box", CAR, "--box", "3,9999,9,5,5", "--jsonl", out, "--json")
    assert ran.exit_code == 1
    assert [json.loads(line)["frame"] for line in out.read_text().splitlines()] == [0, 1, 2, 3]
    summary = json.loads(ran.stdout.splitlines()[-1])
    assert "outside the 540x360 frame" in summary["error"] and summary["outputs"] == {"jsonl": str(out)}


def test_a_first_line_of_boxes_is_a_header_only_if_it_is_all_words(tmp_path):
    boxes = tmp_path / "boxes.csv"
    boxes.write_text(f"x{CAR}\n{CAR}\n")
    ran = run(CLIP, "--boxes", boxes, "--end-frame", 2)
    assert ran.exit_code == 2 and f"'x{CAR}' is not a box" in " ".join(ran.output.replace("│", " ").split())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have a display at all times")
@pytest.mark.parametrize("option", ["--select", "--show"])
def test_windows_without_a_display_are_refused_with_a_way_out(option, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    ran = run(CLIP, "--box", CAR, option)
    assert ran.exit_code == 2 and option in ran.output and ("-o OUT.mp4" in ran.output or "--box" in ran.output)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_what_it_had(tmp_path, sent):
    names = {"-o": tmp_path / "out.mp4", "--jsonl": tmp_path / "out.jsonl"}
    command = [sys.executable, str(ROOT / "tools/track.py"), str(CLIP), "--box", CAR, "--json"]
    process = subprocess.Popen(
        [*command, *(str(p) for pair in names.items() for p in pair)],
        stdout=subprocess.PIPE,
        # A shell's background job ignores SIGINT and hands that down; a person at a terminal does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    part, deadline = tmp_path / "out.jsonl.part", time.monotonic() + 60
    while not (part.exists() and part.read_text().count("\n") >= 5) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(sent)
    summary = json.loads(process.communicate(timeout=60)[0].splitlines()[-1])
    assert process.returncode == 130 and summary["status"] == 130
    assert len(names["--jsonl"].read_text().splitlines()) == summary["frames"] >= 5
    with open_source(names["-o"]) as frames:
        # The signal may come between the two outputs of one frame.
        assert summary["frames"] - sum(1 for _ in frames) in (0, 1)


def test_a_box_for_a_frame_that_never_comes_keeps_the_other_results(tmp_path):
    out = tmp_path / "out.jsonl"
    ran = run(CLIP, "--box", CAR, "--box", f"900,{CAR}", "--end-frame", 4, "--jsonl", out, "--json")
    assert ran.exit_code == 1 and "frame 900" in ran.output
    assert len(out.read_text().splitlines()) == 4


def test_tool_in_a_checkout_is_the_same_command():
    script = ROOT / "tools/track.py"
    helped = subprocess.run([sys.executable, str(script), "--help"], capture_output=True, text=True, check=True)
    assert "Follow one or several objects through a video." in helped.stdout


def test_with_redetection_a_target_that_is_not_lost_is_followed_as_without(tmp_path):
    ran = run(CLIP, "--box", CAR, "--redetect", "--end-frame", 4, "--csv", tmp_path / "with.csv")
    assert ran.exit_code == 0, ran.output
    assert run(CLIP, "--box", CAR, "--end-frame", 4, "--csv", tmp_path / "without.csv").exit_code == 0
    assert (tmp_path / "with.csv").read_text() == (tmp_path / "without.csv").read_text()
