import json
from pathlib import Path

import pytest

from siamtrack.data.datasets import uav123

from .trees import image_names, numbered, write_images, write_lines


def test_parts_of_a_video(tmp_path):
    write_images(tmp_path / "data_seq/UAV123/bird1", numbered(770, 780, 6))
    write_lines(tmp_path / "anno/UAV123/bird1_2.txt", ["5,6,7,8", "NaN,NaN,NaN,NaN", "6,6,7,8"])
    write_lines(tmp_path / "anno/UAV123/att/bird1_2.txt", ["1,0,0,0,0,0,0,1,0,0,0,1"])
    write_lines(tmp_path / "anno/UAV123/bike1.txt", ["5,6,7,8"])  # its video is not there
    (sequence,) = uav123.load_123(tmp_path)
    assert sequence.name == "bird1_2" and sequence.attributes == ("SV", "BC", "SOB")
    assert image_names(sequence) == numbered(775, 777, 6)
    assert sequence.boxes_T4[0].tolist() == [4, 5, 7, 8]
    assert sequence.absent_T.tolist() == [False, True, False]
    write_lines(tmp_path / "anno/UAV123/bird1_2.txt", ["5,6,7,8"] * 9)
    with pytest.raises(ValueError, match=r"bird1_2.txt: 6 images, but 9 boxes"):
        uav123.load_123(tmp_path)


def test_the_long_version_uses_the_whole_video(tmp_path):
    write_images(tmp_path / "data_seq/UAV123/bird1", numbered(1, 3, 6))
    write_lines(tmp_path / "anno/UAV20L/bird1.txt", ["5,6,7,8"] * 3)
    assert [len(s) for s in uav123.load_20l(tmp_path)] == [3]
    with pytest.raises(FileNotFoundError, match="no UAV123 sequence"):
        uav123.load_123(tmp_path)


def test_flags_are_twelve(tmp_path):
    write_images(tmp_path / "data_seq/UAV123/bike1", numbered(1, 1, 6))
    write_lines(tmp_path / "anno/UAV123/bike1.txt", ["5,6,7,8"])
    write_lines(tmp_path / "anno/UAV123/att/bike1.txt", ["1,0,0"])
    with pytest.raises(ValueError, match=r"bike1.txt: 3 labels, but 12"):
        uav123.load_123(tmp_path)


def test_parts_are_those_of_the_got10k_toolkit():
    toolkit = pytest.importorskip("got10k")
    for version in json.loads((Path(toolkit.__file__).parent / "datasets/uav123.json").read_text()).values():
        for name, facts in version.items():
            assert uav123.part_of(name) == (facts["folder_name"], facts["start_frame"])
