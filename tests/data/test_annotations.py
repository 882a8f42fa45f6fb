import json
import zipfile

import numpy as np
import pytest

from siamtrack.data.annotations import load_annotations
from siamtrack.data.datasets import otb, vot

from .datasets.trees import numbered, write_images, write_lines


def write_json(path, entries):
    path.write_text(json.dumps(entries))
    return path


def test_pysot_list_of_otb(tmp_path):
    path = write_json(
        tmp_path / "OTB.json",
        {
            "jogging_1": {"gt_rect": [[1, 1, 2, 2], [5, 6, 2, 2]], "img_names": ["a.jpg", "b.jpg"], "attr": ["X"]},
            "biker": {"gt_rect": [[3, 3, 2, 2]], "image_files": ["a.jpg"]},
        },
    )
    (sequence,) = load_annotations("otb2013", path)
    assert sequence.name == "Jogging.1" and sequence.attributes == ("OPR", "OCC", "DEF") and sequence.origin == 1
    assert sequence.boxes_T4.tolist() == [[0, 0, 2, 2], [4, 5, 2, 2]] and len(sequence.images) == 0
    assert {s.name for s in load_annotations("otb100", path)} == {"Jogging.1", "Biker"}


def test_pysot_list_of_vot(tmp_path):
    entry = {
        "gt_rect": [[0, 2, 2, 0, 4, 2, 2, 4], [None] * 8, [1, 1, 2, 2]],
        "occlusion": [0, 0, 1],
        "camera_motion": [],
        "width": 8,
        "height": 6,
    }
    (sequence,) = load_annotations("vot2018", write_json(tmp_path / "VOT.json", {"bag": entry}))
    assert sequence.boxes_T4[0].tolist() == [0, 0, 4, 4] and sequence.polygons_T8.shape == (3, 8)
    assert sequence.tags["occlusion"].tolist() == [False, False, True] and not sequence.tags["camera_motion"].any()
    assert sequence.size == (8, 6) and sequence.absent_T.tolist() == [False, True, False]


def test_what_pysot_calls_absent_is_presence(tmp_path):
    path = write_json(tmp_path / "a.json", {"x": {"gt_rect": [[1, 1, 2, 2]] * 2, "absent": [1, 0]}})
    assert load_annotations("tlp", path)[0].absent_T.tolist() == [False, True]


@pytest.mark.parametrize(
    "entries, message",
    [
        ({"x": {"gt_rect": [[1, 1, 2, 2], [1, 2, 3]]}}, r"a.json: x: gt_rect\[1\] is \[1, 2, 3\], expected 4 or 8"),
        ({"x": {"gt_rect": [[1, 1, 2, 2], [1, 2, "w", 4]]}}, r"gt_rect\[1\]"),
        ({"x": {"gt_rect": []}}, "no gt_rect"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]], "img_names": ["a", "b"]}}, "2 img_names, but 1 box in"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]], "occlusion": [0, 1]}}, "occlusion: 2 labels, but 1 frame$"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]] * 3, "absent": [1, 0]}}, "a.json: x: 2 labels in absent, but 3 boxes"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]] * 2, "absent": [1, 0, 1]}}, "absent: 3 labels, but 2 frames"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]] * 2, "absent": [1, 7]}}, r"a.json: x: absent\[1\] is 7, expected 0 or 1"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]] * 2, "absent": 1}}, "absent is 1, expected a list of 0 and 1"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]] * 2, "occlusion": [0, "1"]}}, r"occlusion\[1\] is 1, expected 0 or 1"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]], "img_names": 5}}, "a.json: x: img_names is 5, expected a list of texts"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]], "image_files": [5]}}, r"image_files is \[5\], expected a list of texts"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]], "attr": [1, 2]}}, r"a.json: x: attr is \[1, 2\], expected a list of texts"),
        ({"x": {"gt_rect": [[1, 1, 2, 2]], "attr": "OCC"}}, "a.json: x: attr is OCC, expected a list of texts"),
        ({"x": {"gt_rect": [[1] * 8]}}, "polygons, which only VOT has"),
        ({"x": [1, 2]}, "expected an object of sequences"),
        ({}, "holds no sequence"),
    ],
)
def test_bad_lists_are_named(tmp_path, entries, message):
    with pytest.raises(ValueError, match=message):
        load_annotations("dtb70", write_json(tmp_path / "a.json", entries))


def test_broken_json_is_named(tmp_path):
    (tmp_path / "a.json").write_text('{"x": ')
    with pytest.raises(ValueError, match="a.json is no JSON file"):
        load_annotations("otb100", tmp_path / "a.json")


def test_a_byte_order_mark_is_no_fault(tmp_path):
    entries = {"x": {"gt_rect": [[1, 1, 2, 2]], "attr": None}}
    (tmp_path / "a.json").write_text(json.dumps(entries), encoding="utf-8-sig")
    (sequence,) = load_annotations("dtb70", tmp_path / "a.json")
    assert sequence.name == "x" and sequence.attributes == ()


def test_an_archive_is_to_be_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "LaSOT.zip", "w") as archive:
        archive.writestr("LaSOT/airplane-1.txt", "1,1,2,2")
    with pytest.raises(ValueError, match=r"LaSOT.zip is a zip archive; unpack it"):
        load_annotations("lasot", tmp_path / "LaSOT.zip")


def test_two_spellings_of_one_sequence_are_refused(tmp_path):
    path = write_json(tmp_path / "OTB.json", {name: {"gt_rect": [[1, 1, 2, 2]]} for name in ("Deer", "Bolt", "deer")})
    with pytest.raises(ValueError, match="OTB.json: 'Deer' and 'deer' are both Deer"):
        load_annotations("otb100", path)


def test_flat_folder_of_lasot(tmp_path):
    for name in ("airplane-1", "airplane-2", "zebra-10"):
        write_lines(tmp_path / f"{name}.txt", ["1,1,3,4", "0,0,0,0"])
        write_lines(tmp_path / f"absent/{name}.txt", [0, 1])
    airplane, zebra = load_annotations("lasot", tmp_path)
    assert (airplane.name, airplane.category, zebra.name) == ("airplane-1", "airplane", "zebra-10")
    assert airplane.boxes_T4[0].tolist() == [0, 0, 3, 4] and airplane.absent_T.tolist() == [False, True]
    assert [s.name for s in load_annotations("lasot-train", tmp_path)] == ["airplane-2"]
    write_lines(tmp_path / "testing_set.txt", ["zebra-10"])
    assert [s.name for s in load_annotations("lasot", tmp_path)] == ["zebra-10"]


def test_flat_folder_of_uav123(tmp_path):
    write_lines(tmp_path / "bike1.txt", ["1,1,3,4", "NaN,NaN,NaN,NaN"])
    write_lines(tmp_path / "att/bike1.txt", ["1,1,0,1,0,0,0,0,1,1,1,1"])
    (sequence,) = load_annotations("uav123", tmp_path)
    assert sequence.attributes == ("SV", "ARC", "FM", "IV", "VC", "CM", "SOB")
    assert sequence.absent_T.tolist() == [False, True] and sequence.boxes_T4[0].tolist() == [0, 0, 3, 4]


def test_the_data_set_itself(tmp_path):
    write_images(tmp_path / "Biker/img", numbered(1, 1))
    write_lines(tmp_path / "Biker/groundtruth_rect.txt", ["1,1,3,4"])
    (sequence,) = load_annotations("otb50", tmp_path)
    assert sequence.boxes_T4.tolist() == [[0, 0, 3, 4]] and len(sequence.images) == 1 and sequence.attributes


def test_another_data_set_is_noticed(tmp_path):
    for number in range(21):
        write_lines(tmp_path / f"s{number}.txt", ["1,1,3,4"])
    with pytest.raises(ValueError, match="holds 21 sequences, but uav20l has 20"):
        load_annotations("uav20l", tmp_path)
    with pytest.raises(ValueError, match=r"none of its 21 sequences \(s0 ...\) is of otb100"):
        load_annotations("otb100", tmp_path)
    with pytest.raises(FileNotFoundError, match="holds no OTB sequence"):
        load_annotations("otb100", tmp_path / "nowhere")


def test_otb_as_published(shared):
    """59,040 frames are usually quoted: with the first five of Tiger1."""
    sequences = load_annotations("otb100", shared / "data/anno/OTB2015.json")
    assert sorted(s.name for s in sequences) == sorted(otb.names(100))
    assert sum(map(len, sequences)) == 59035
    by_name = {s.name: s for s in sequences}
    for real in otb.load_100(shared / "data/eval/OTB"):
        np.testing.assert_array_equal(real.boxes_T4, by_name[real.name].boxes_T4)
        assert real.attributes == by_name[real.name].attributes


def test_vot2018_as_published(shared):
    sequences = load_annotations("vot2018", shared / "data/anno/VOT2018.json")
    assert len(sequences) == 60 and sum(map(len, sequences)) == 21356
    by_name = {s.name: s for s in sequences}
    assert [s.name for s in sequences if s.polygons_T8 is None] == ["conduction1"]
    assert all(len(s.tags) == 5 and s.size is not None and s.absent_T is None for s in sequences)
    (book,) = vot.load(shared / "data/eval/VOT2018")
    np.testing.assert_array_equal(book.polygons_T8, by_name["book"].polygons_T8)
    assert {tag: v.tolist() for tag, v in book.tags.items()} == {t: v.tolist() for t, v in by_name["book"].tags.items()}


def test_uav123_and_lasot_as_published(shared, tmp_path):
    uav = load_annotations("uav123", shared / "data/anno/UAV123")
    assert (len(uav), sum(map(len, uav))) == (123, 112578) and uav[0].attributes[0] == "SV"
    zipfile.ZipFile(shared / "data/anno/LaSOT.zip").extractall(tmp_path)
    lasot = load_annotations("lasot", tmp_path / "LaSOT")
    assert (len(lasot), sum(map(len, lasot)), len({s.category for s in lasot})) == (280, 685360, 70)
    assert sum(int(s.absent_T.sum()) for s in lasot) == 18346
    for sequences, touching in ((uav, 18), (lasot, 151)):  # the files count from 1
        smallest = [s.boxes_T4[~s.absent_T, :2].min() for s in sequences]
        assert min(smallest) == 0 and sum(value == 0 for value in smallest) == touching
