"""On a GPU everything gives what it gives on the CPU."""

from __future__ import annotations

import copy
import csv
import json
import math
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from siamtrack.cli.main import app
from siamtrack.data.images import ImageFiles, VideoImages
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.lanes import BatchedLanes, OwnTracker, SeparateLanes
from siamtrack.evaluation.passes import pass_each
from siamtrack.geometry.crop import Frames, crop
from siamtrack.geometry.regions import Region
from siamtrack.tracking.step import init_state, track_step
from siamtrack.zoo.load import load
from siamtrack.zoo.presets import PRESETS, get_preset

from .random_nets import NETWORKS, random_crops, random_net, tensors
from .training.tiny import draw_pack, tiny_trainer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

CUDA, CPU = torch.device("cuda"), torch.device("cpu")
CLIP = Path(__file__).parents[1] / "examples" / "market_street_1906.mp4"
BOXES = np.array([[305.0, 140, 235, 186], [388, 140, 68, 204], [30, 40, 90, 70]])


@pytest.fixture(autouse=True)
def exact():
    """Products of float32 as float32: PyTorch lets cuDNN round their factors to 10 bits."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cudnn.allow_tf32 = before


@pytest.fixture(scope="module")
def images():
    with closing(VideoImages(CLIP)) as video:
        return [video.read(index) for index in range(12)]


@contextmanager
def no_waiting():
    """Asking the device for a value is an error."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_says_the_same(name):
    net = random_net(name)
    crops = random_crops(net, rows=2)
    there = copy.deepcopy(net).to(CUDA).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        ours, theirs = net(*crops), there(*(value.to(CUDA) for value in crops))
    for expected, value in zip(tensors(ours), tensors(theirs), strict=True):
        difference = (value.cpu() - expected).abs().max() / (expected.max() - expected.min())
        print(f"{name}: {difference:.1e} of the range")
        assert difference < 1e-3


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_steps_without_asking_the_device(name, images):
    """Those that search in crops of several sizes must ask."""
    config = get_preset(name).config
    net = random_net(name).to(CUDA)
    frames = [Frames.from_image(image, CUDA) for image in images[:3]]
    with torch.inference_mode():
        frame_N = torch.zeros(len(BOXES), dtype=torch.int64, device=CUDA)
        state = init_state(net, config, frames[0], frame_N, torch.tensor(BOXES, dtype=torch.float32, device=CUDA))
        state, _ = track_step(net, config, state, frames[1])  # fills caches of constants
        if config.small is not None or config.lost is not None:
            _, output = track_step(net, config, state, frames[2])
        else:
            with no_waiting():
                _, output = track_step(net, config, state, frames[2])
    assert output.box_N4.isfinite().all() and (output.box_N4[:, 2:] > 0).all()


@pytest.mark.parametrize("filled", [None, [90.0, 128.0, 61.0]])
def test_crops_are_those_of_the_cpu(images, filled):
    """To the last bit, in the frame, across its edge and beyond it."""
    window = Region(torch.tensor([[100.0, 90], [-20, 350], [600, -80]]), torch.tensor([77.0, 301, 512]))
    cuts = []
    for device in (CPU, CUDA):
        frame_N, pad_N3 = torch.zeros(3, dtype=torch.int64), torch.tensor([[9.0, 120, 250]] * 3)
        here = Region(window.center_N2.to(device), window.side_N.to(device))
        filled_N = None if filled is None else torch.tensor(filled, device=device)
        frames = Frames.from_image(images[0], device)
        cuts.append(crop(frames, frame_N.to(device), here, pad_N3.to(device), 128, filled_N=filled_N).cpu())
    for row, side in enumerate([128, 128, 128] if filled is None else map(int, filled)):
        assert cuts[0][row, :, :side, :side].equal(cuts[1][row, :, :side, :side])


def test_boxes_are_those_of_the_cpu(images):
    ours, theirs = load("siamtrack-s", "cpu"), load("siamtrack-s", "cuda")
    for tracker in (ours, theirs):
        tracker.start(images[0], BOXES)
    for image in images[1:]:
        expected, found = ours.track(image), theirs.track(image)
        np.testing.assert_allclose(found.boxes, expected.boxes, atol=0.05)
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-3)


def test_redetection_runs(images):
    tracker = load("siamtrack-s", "cuda", redetect=True)
    tracker.start(images[0], BOXES)
    blank = np.full_like(images[0], 90)
    results = [tracker.track(image) for image in (*images[1:4], *[blank] * 8, *images[4:])]
    assert all(np.isfinite(result.boxes).all() for result in results)


def test_lanes_of_one_batch_are_lanes_apart(images, tmp_path):
    """Sequences of several lengths begin and end while others go on."""
    paths = [tmp_path / f"{index:02d}.png" for index in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        cv2.imwrite(str(path), image)
    videos = [
        Sequence(f"clip{first}", ImageFiles(paths[first:last]), np.tile(box, (last - first, 1)))
        for box, (first, last) in zip(BOXES, ((0, 4), (1, 9), (5, 12)), strict=True)
    ]
    with closing(BatchedLanes(load("siamtrack-s", "cuda"), 2)) as lanes:
        together = pass_each(videos, lanes)
    with closing(SeparateLanes(partial(OwnTracker, load("siamtrack-s", "cpu")), 1, 1)) as lanes:
        apart = pass_each(videos, lanes)
    for name, passed in apart.items():
        np.testing.assert_allclose(together[name].boxes_T4, passed.boxes_T4, atol=0.05)


def test_track_command(tmp_path):
    rows = {}
    for device in ("cpu", "cuda"):
        out = tmp_path / f"{device}.csv"
        command = ["track", str(CLIP), "--box", "305,140,235,186", "--end-frame", "40", "--device", device]
        result = CliRunner().invoke(app, [*command, "--csv", str(out)])
        assert result.exit_code == 0, result.output
        with out.open() as file:
            rows[device] = [[float(row[key]) for key in ("x", "y", "w", "h")] for row in csv.DictReader(file)]
    np.testing.assert_allclose(rows["cuda"], rows["cpu"], atol=0.1)


def losses(trainer):
    trainer.run()
    lines = (trainer.out / "log.jsonl").read_text().splitlines()
    return [line["total"] for line in map(json.loads, lines) if "total" in line]


def test_training_is_that_of_the_cpu(tmp_path):
    pack = draw_pack(tmp_path / "pack")
    expected = losses(tiny_trainer(pack, tmp_path / "cpu"))
    found = losses(tiny_trainer(pack, tmp_path / "cuda", device="cuda", loaders=2))
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize("changes", [{"amp": "bf16"}, {"amp": "fp16"}, {"amp": "bf16", "compile": True}])
def test_training_in_mixed_precision_goes_on_where_it_was(tmp_path, changes):
    pack = draw_pack(tmp_path / "pack")
    assert all(map(math.isfinite, losses(tiny_trainer(pack, tmp_path / "run", device="cuda", **changes))))
    longer = losses(tiny_trainer(pack, tmp_path / "run", device="cuda", steps=8, **changes))
    assert len(longer) == 8 and all(map(math.isfinite, longer))
