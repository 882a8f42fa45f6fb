import ast
import json

import cv2
import numpy as np
import pytest

from siamtrack.data.convert import LAYOUTS, convert
from siamtrack.data.convert.got10k import cover_levels
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence

W, H = 40, 30


def make_sequence(root, name="ball", frames=6, suffix=".jpg", **fields):
    folder = root / name
    folder.mkdir(parents=True)
    rng = np.random.default_rng(len(name))
    paths = [folder / f"{i:03d}{suffix}" for i in range(frames)]
    for path in paths:
        assert cv2.imwrite(str(path), cv2.GaussianBlur(rng.integers(0, 256, (H, W, 3), np.uint8), (9, 9), 3))
    boxes_T4 = fields.pop("boxes_T4", np.arange(frames)[:, None] * [1, 0.5, 0, 0.25] + [2, 3, 10.125, 8])
    return Sequence(name, ImageFiles(paths), boxes_T4, **fields)


def numbers(path):
    return np.loadtxt(path, delimiter=",", ndmin=2)


def snapshot(folder):
    return {path: (path.lstat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


def test_a_got10k_tree(tmp_path):
    boxes_T4 = np.array(
        [[2, 3, 10, 8], [-5, 3, 10, 8], [np.nan] * 4, [30, 3, 10, 8], [2, 3, 10, 8.00004], [W, 3, 10, 8]]
    )
    absent_T = np.array([0, 0, 0, 0, 1, 0], bool)
    sequence = make_sequence(tmp_path / "in", boxes_T4=boxes_T4, absent_T=absent_T, category="toy", origin=1)
    convert([sequence], tmp_path / "in", tmp_path / "out", "got10k")
    folder = tmp_path / "out/ball"
    assert (tmp_path / "out/list.txt").read_text() == "ball\n"
    assert [p.name for p in sorted(folder.glob("*.jpg"))] == [f"{i:08d}.jpg" for i in range(1, 7)]
    np.testing.assert_allclose(numbers(folder / "groundtruth.txt"), boxes_T4, atol=5e-5)  # 0-based whatever the origin
    assert numbers(folder / "absence.label").ravel().tolist() == [0, 0, 1, 0, 1, 1]
    assert numbers(folder / "cover.label").ravel().tolist() == [8, 4, 0, 8, 0, 0]
    assert numbers(folder / "cut_by_image.label").ravel().tolist() == [0, 1, 0, 1, 0, 0]
    meta = dict(line.split(": ") for line in (folder / "meta_info.ini").read_text().splitlines()[1:])
    assert ast.literal_eval(meta["resolution"]) == (W, H) and meta["object_class"] == "toy"


def test_cover_levels_are_steps_of_15_percent():
    shares = np.array([0.0, 0.1, 0.15, 0.2, 0.5, 0.89, 0.95, 1.0])
    boxes_T4 = np.stack([[100 * (share - 1), 0, 100, 10] for share in shares])
    assert cover_levels(boxes_T4, (200, 100)).tolist() == [0, 1, 1, 2, 4, 6, 7, 8]


def test_withheld_boxes_give_one_line_and_no_labels(tmp_path):
    boxes_T4 = np.full((4, 4), np.nan)
    boxes_T4[0] = 2, 3, 4, 5
    convert([make_sequence(tmp_path / "in", frames=4, boxes_T4=boxes_T4)], tmp_path / "in", tmp_path / "out", "got10k")
    assert numbers(tmp_path / "out/ball/groundtruth.txt").tolist() == [[2, 3, 4, 5]]
    assert not list((tmp_path / "out/ball").glob("*.label"))


def test_vot_sequences(tmp_path):
    tags = {"occlusion": np.array([0, 1, 0, 0, 0, 0], bool)}
    polygons_T8 = np.arange(48, dtype=np.float64).reshape(6, 8) / 8
    polygons_T8[3] = np.nan
    sequence = make_sequence(tmp_path / "in", tags=tags, polygons_T8=polygons_T8)
    convert([sequence], tmp_path / "in", tmp_path / "out", "vot")
    folder = tmp_path / "out/sequences/ball"
    assert (folder.parent / "list.txt").read_text() == "ball\n"
    np.testing.assert_array_equal(numbers(folder / "groundtruth.txt"), polygons_T8)
    assert (folder / "occlusion.tag").read_text().split() == list("010000")
    assert (folder / "anchor.value").read_text().split() == ["1", "0", "0", "0", "0", "-1"]
    assert len(list((folder / "color").glob("0000000?.jpg"))) == 6
    properties = dict(line.split("=") for line in (folder / "sequence").read_text().splitlines())
    assert properties["channels.color"] == "color/%08d.jpg"
    assert (properties["width"], properties["height"]) == ("40", "30")


def test_a_sequence_keeps_its_own_anchors(tmp_path):
    sequence = make_sequence(tmp_path / "in", anchors_T=np.array([0, 1, 0, 0, -1, 0]))
    convert([sequence], tmp_path / "in", tmp_path / "out", "vot")
    anchors = (tmp_path / "out/sequences/ball/anchor.value").read_text().split()
    assert anchors == ["0", "1", "0", "0", "-1", "0"]


def test_a_pysot_list_has_the_files_own_numbers(tmp_path):
    absent_T = np.array([0, 0, 1, 0, 0, 0], bool)
    sequence = make_sequence(tmp_path / "in", origin=1.0, attributes=("IV", "OCC"), absent_T=absent_T)
    convert([sequence], tmp_path / "in", tmp_path / "new/list.json", "pysot")
    entry = json.loads((tmp_path / "new/list.json").read_text())["ball"]
    np.testing.assert_allclose(entry["gt_rect"], sequence.boxes_T4 + [1, 1, 0, 0], atol=5e-5)
    assert entry["init_rect"] == entry["gt_rect"][0] == [3, 4, 10.125, 8]
    assert entry["img_names"][:2] == ["ball/000.jpg", "ball/001.jpg"] and entry["video_dir"] == "ball"
    assert entry["attr"] == ["IV", "OCC"] and (entry["width"], entry["height"]) == (W, H)
    assert entry["absent"] == [1, 1, 0, 1, 1, 1]  # pysot counts the frames that have a 1


def test_pysot_polygons_and_tags(tmp_path):
    polygons_T8 = np.arange(48, dtype=np.float64).reshape(6, 8)
    tags = {"camera_motion": np.array([0, 1, 0, 0, 0, 1], bool)}
    sequence = make_sequence(tmp_path / "in", polygons_T8=polygons_T8, tags=tags)
    convert([sequence], tmp_path / "in", tmp_path / "list.json", "pysot")
    entry = json.loads((tmp_path / "list.json").read_text())["ball"]
    assert entry["gt_rect"] == polygons_T8.tolist() and entry["camera_motion"] == [0, 1, 0, 0, 0, 1]


@pytest.mark.parametrize("copy", [False, True])
def test_jpeg_files_are_linked_or_copied_byte_for_byte(tmp_path, copy):
    sequence = make_sequence(tmp_path / "in")
    before = snapshot(tmp_path / "in")
    convert([sequence], tmp_path / "in", tmp_path / "out", "got10k", copy=copy)
    for index, path in enumerate(sequence.images.paths):
        target = tmp_path / f"out/ball/{index + 1:08d}.jpg"
        assert target.is_symlink() != copy and target.read_bytes() == path.read_bytes()
    assert snapshot(tmp_path / "in") == before


def test_links_hold_wherever_the_command_was_run(tmp_path, monkeypatch):
    sequence = make_sequence(tmp_path / "in")
    monkeypatch.chdir(tmp_path)
    relative = Sequence("ball", ImageFiles(p.relative_to(tmp_path) for p in sequence.images.paths), sequence.boxes_T4)
    convert([relative], tmp_path / "in", tmp_path / "out", "vot")
    monkeypatch.chdir("/")
    assert (tmp_path / "out/sequences/ball/color/00000001.jpg").read_bytes() == sequence.images.paths[0].read_bytes()


def test_other_images_are_encoded_nearly_without_loss(tmp_path):
    sequence = make_sequence(tmp_path / "in", suffix=".png")
    convert([sequence], tmp_path / "in", tmp_path / "out", "got10k")
    image = cv2.imread(str(tmp_path / "out/ball/00000003.jpg"), cv2.IMREAD_COLOR)
    assert np.abs(image.astype(int) - sequence.images.read(2)).mean() < 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_written_over(tmp_path, layout):
    sequence = make_sequence(tmp_path / "in")
    out = tmp_path / ("list.json" if layout == "pysot" else "out")
    if layout == "pysot":
        out.write_text("mine")
    else:
        (out / "mine").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileExistsError, match=out.name):
        convert([sequence], tmp_path / "in", out, layout)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("layout", ["got10k", "vot"])
def test_an_interrupted_conversion_leaves_whole_sequences_and_no_list(tmp_path, layout):
    sequences = [make_sequence(tmp_path / "in", name) for name in ("first", "second")]

    class Interrupt:
        images = 0

        def __call__(self):
            self.images += 1
            if self.images == 8:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(sequences, tmp_path / "in", tmp_path / "out", layout, on_image=Interrupt())
    folder = tmp_path / "out" if layout == "got10k" else tmp_path / "out/sequences"
    assert [path.name for path in folder.iterdir()] == ["first"]
    assert len(list(folder.glob("first/**/*.jpg"))) == 6 and (folder / "first/groundtruth.txt").is_file()


def test_a_corrupt_image_is_named_and_leaves_no_sequence(tmp_path):
    sequence = make_sequence(tmp_path / "in", suffix=".png", size=(W, H))
    sequence.images.paths[3].write_bytes(b"no image")
    with pytest.raises(ValueError, match="003.png"):
        convert([sequence], tmp_path / "in", tmp_path / "out", "got10k")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_sequence_needs_an_image_for_each_box(tmp_path, layout):
    sequence = make_sequence(tmp_path / "in")
    out = tmp_path / ("list.json" if layout == "pysot" else "out")
    with pytest.raises(ValueError, match="ball: 0 images and 6 boxes"):
        convert([Sequence("ball", ImageFiles(), sequence.boxes_T4)], tmp_path / "in", out, layout)
    assert not out.exists()


def test_where_the_result_may_lie(tmp_path):
    sequence = make_sequence(tmp_path / "in")
    with pytest.raises(ValueError, match="in the data set itself"):
        convert([sequence], tmp_path / "in", tmp_path / "in/out", "got10k")
    with pytest.raises(ValueError, match="not under"):
        convert([sequence], tmp_path / "elsewhere", tmp_path / "list.json", "pysot")
    with pytest.raises(ValueError, match=r"\.json file"):
        convert([sequence], tmp_path / "in", tmp_path / "list", "pysot")
    with pytest.raises(ValueError, match=r"\.json file"):
        convert([sequence], tmp_path / "in", tmp_path / "val.json", "got10k")
    with pytest.raises(ValueError, match="known: got10k, vot, pysot"):
        convert([sequence], tmp_path / "in", tmp_path / "out", "coco")
    with pytest.raises(ValueError, match="no sequence"):
        convert([], tmp_path / "in", tmp_path / "out", "vot")
