import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from siamtrack.cli.dataset import _ranges
from siamtrack.cli.main import app
from siamtrack.data.datasets import otb
from siamtrack.data.datasets.registry import DATASETS

from ..video.media import brightness, damage_packet, steady, write_video

FRAMES = 4


@pytest.fixture
def root(tmp_path):
    """Two OTB sequences without a fault."""
    rng = np.random.default_rng(0)
    for name in ("Bolt", "Girl"):
        folder = tmp_path / "otb" / name
        (folder / "img").mkdir(parents=True)
        (folder / "groundtruth_rect.txt").write_text("3,4,10,8\n" * FRAMES)
        for i in range(FRAMES):
            image = rng.integers(0, 256, (30, 40, 3), np.uint8)
            cv2.imwrite(str(folder / f"img/{i + 1:04d}.jpg"), image)
    return tmp_path / "otb"


def run(*arguments):
    return CliRunner().invoke(app, ["dataset", *map(str, arguments)])


def test_list_names_every_data_set():
    listed = json.loads(run("list", "--json").stdout)
    assert [entry["name"] for entry in listed] == list(DATASETS)
    otb100 = next(entry for entry in listed if entry["name"] == "otb100")
    assert (otb100["protocol"], otb100["sequences"], otb100["origin"]) == ("one-pass", 100, 1.0)
    table = run("list")
    assert table.exit_code == 0 and all(name in table.stdout for name in DATASETS)


def test_check_of_a_faultless_set_says_so(root):
    done = run("check", root, "--dataset", "otb100")
    assert done.exit_code == 0
    assert done.stdout == "2 sequences, 8 frames: 0 errors, 0 warnings, 0 notes\n"


def test_check_shows_what_is_wrong_and_fails(root):
    image = root / "Girl/img/0003.jpg"
    image.write_bytes(image.read_bytes()[:-50])
    done = run("check", root, "--dataset", "otb100")
    assert done.exit_code == 1
    assert "Girl" in done.stdout and "error" in done.stdout and "Bolt" not in done.stdout
    assert done.stdout.endswith("2 sequences, 8 frames: 1 error, 0 warnings, 0 notes\n")


def test_check_as_json(root):
    (root / "Bolt/groundtruth_rect.txt").write_text("3,4,10,8\n-2,4,10,8\n-2,4,10,8\n3,4,0,0\n")
    done = run("check", root, "--dataset", "otb100", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["sequences"], found["frames"], found["error"], found["warning"], found["note"]) == (2, 8, 0, 1, 1)
    flat, partly = found["findings"]
    assert flat["sequence"] == partly["sequence"] == "Bolt"
    assert (flat["severity"], flat["frames"], partly["severity"], partly["frames"]) == ("warning", [3], "note", [1, 2])


@pytest.mark.parametrize("as_json", [False, True])
def test_what_cannot_be_loaded_is_a_finding(root, as_json):
    (root / "Bolt/groundtruth_rect.txt").write_text("3,4,10,8\n3,four,10,8\n" * 2)
    done = run("check", root, "--dataset", "otb100", *["--json"] * as_json)
    assert done.exit_code == 1
    if as_json:
        found = json.loads(done.stdout)
        (finding,) = found["findings"]
        assert "groundtruth_rect.txt line 2" in finding["message"] and finding["severity"] == "error"
        assert finding["sequence"] == "Bolt" and (found["sequences"], found["frames"]) == (1, 4)
    else:
        assert "Bolt" in done.stdout and "line 2" in " ".join(done.stdout.split())
        assert done.stdout.endswith("1 sequence, 4 frames: 1 error, 0 warnings, 0 notes\n")


def test_check_goes_on_after_a_sequence_whose_lengths_differ(root):
    (root / "Bolt/img/0004.jpg").unlink()
    image = root / "Girl/img/0003.jpg"
    image.write_bytes(image.read_bytes()[:-50])
    done = run("check", root, "--dataset", "otb100", "--json")
    assert done.exit_code == 1
    lengths, corrupt = json.loads(done.stdout)["findings"]
    assert lengths["sequence"] == "Bolt" and "3 images, but 4 boxes" in lengths["message"]
    assert corrupt["sequence"] == "Girl" and corrupt["frames"] == [2]


def test_check_of_an_empty_folder_is_a_finding_of_the_whole(tmp_path):
    done = run("check", tmp_path)
    assert done.exit_code == 1 and "(all)" in done.stdout and "0 sequences, 0 frames: 1 error" in done.stdout


def test_unknown_data_sets_and_layouts_are_wrong_arguments(root, tmp_path):
    assert run("check", root, "--dataset", "otb10").exit_code == 2
    assert run("convert", root, tmp_path / "out", "--dataset", "otb100", "--to", "coco").exit_code == 2
    assert run("convert", root, tmp_path / "out", "--dataset", "otb100").exit_code == 2


@pytest.mark.parametrize("layout", ["got10k", "vot", "pysot"])
def test_convert_writes_the_chosen_sequences(root, tmp_path, layout):
    out = tmp_path / ("list.json" if layout == "pysot" else "out")
    done = run("convert", root, out, "--dataset", "otb100", "--to", layout, "--sequences", "Girl")
    assert done.exit_code == 0 and done.stdout.startswith("1 sequence, 4 frames: ")
    expected = otb.load(root)[1].boxes_T4
    if layout == "pysot":
        ((name, entry),) = json.loads(out.read_text()).items()
        assert name == "Girl" and entry["gt_rect"] == [[3, 4, 10, 8]] * FRAMES
        return
    folder = out if layout == "got10k" else out / "sequences"
    assert (folder / "list.txt").read_text() == "Girl\n"
    np.testing.assert_array_equal(np.loadtxt(folder / "Girl/groundtruth.txt", delimiter=","), expected)


def test_convert_says_what_is_wrong(root, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").touch()
    full = run("convert", root, tmp_path / "out", "--dataset", "otb100", "--to", "got10k")
    assert full.exit_code == 1 and "is not empty" in full.stderr
    unknown = run("convert", root, tmp_path / "new", "--dataset", "otb100", "--to", "vot", "--sequences", "Gir,Bolt")
    assert unknown.exit_code == 1 and "no sequence is called 'Gir'; there are: Bolt, Girl" in unknown.stderr
    assert not (tmp_path / "new").exists()


def test_only_what_is_converted_must_be_sound(root, tmp_path):
    (root / "Bolt/groundtruth_rect.txt").write_text("3,four,10,8\n")
    options = ("--dataset", "otb100", "--to", "got10k")
    assert run("convert", root, tmp_path / "out", *options, "--sequences", "Girl").exit_code == 0
    for wanted in (("--sequences", "Girl,Bolt"), ()):
        done = run("convert", root, tmp_path / "new", *options, *wanted)
        assert done.exit_code == 1 and "groundtruth_rect.txt line 1" in " ".join(done.stderr.split())


def test_a_target_of_what_is_broken_is_not_said_to_be_unknown(tmp_path):
    write_video(tmp_path / "car.mp4", steady(3))
    (tmp_path / "car.txt").write_text("5,5,10,10\n" * 4)
    done = run("convert", tmp_path, tmp_path / "new", "--to", "got10k", "--sequences", "car.1")
    assert done.exit_code == 1 and "4 frames" in " ".join(done.stderr.split())


def test_convert_says_that_linked_images_are_not_read():
    shown = " ".join(run("convert", "--help").stdout.split())
    assert "corrupt ones too" in shown and "siamtrack dataset check" in shown


@pytest.fixture
def videos(tmp_path):
    """One video of 20 frames and its boxes, as a person keeps them."""
    folder = tmp_path / "mine"
    folder.mkdir()
    write_video(folder / "car.mp4", steady(20))
    (folder / "car.txt").write_text("5,5,10,10\n" * 20)
    return folder


def test_frames_of_a_video_are_encoded_and_the_reader_told(videos, tmp_path):
    done = run("convert", videos, tmp_path / "out", "--to", "got10k")
    assert done.exit_code == 0 and "encoded as JPEG" in done.stdout and "car" in done.stdout
    images = sorted((tmp_path / "out/car").glob("*.jpg"))
    assert len(images) == 20
    shown = [brightness(cv2.imread(str(path), cv2.IMREAD_COLOR)) for path in images]
    np.testing.assert_allclose(shown, 4 * np.arange(20), atol=2)


def test_pysot_reads_no_videos(videos, tmp_path):
    done = run("convert", videos, tmp_path / "list.json", "--to", "pysot")
    assert done.exit_code == 1 and "car is a video" in done.stderr
    assert not (tmp_path / "list.json").exists()


def test_check_of_a_video(videos):
    done = run("check", videos)
    assert done.exit_code == 0 and "1 sequence, 20 frames: 0 errors" in done.stdout
    damage_packet(videos / "car.mp4", 12)
    done = run("check", videos, "--json")
    assert done.exit_code == 1 and "car.mp4" in json.loads(done.stdout)["findings"][0]["message"]


@pytest.mark.parametrize(
    ("frames", "shown"),
    [((), ""), ((4,), "4"), ((1, 2, 3, 7), "1-3, 7"), (tuple(range(0, 20, 2)), "0, 2, 4, 6, 8, 10, ...")],
)
def test_frames_are_shown_as_ranges(frames, shown):
    assert _ranges(frames) == shown
