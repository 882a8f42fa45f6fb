import configparser
import os
import shlex
from dataclasses import replace

import cv2
import numpy as np
import pytest
import yaml

from siamtrack.compat.vot_stacks import check_stack, make_stack
from siamtrack.compat.vot_workspace import Entry, write_workspace
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence


@pytest.fixture
def sequence(tmp_path):
    """Four frames with boxes."""
    folder = tmp_path / "images"
    folder.mkdir()
    paths = [folder / f"{index:04d}.jpg" for index in range(4)]
    for path in paths:
        cv2.imwrite(str(path), np.full((24, 32, 3), 90, np.uint8))
    return Sequence("four", ImageFiles(paths), np.array([[1.0, 2, 10, 8]] * 4))


def test_the_files_of_a_workspace(sequence, tmp_path):
    folder = tmp_path / "ws"
    stack = make_stack("supervised", "a title", (3, 9))
    command = ("/odd 100% path/python", "-m", "somewhere")
    write_workspace(folder, [sequence], Entry("siamtrack-s", command), "supervised", stack)

    config = yaml.safe_load((folder / "config.yaml").read_text())
    assert config == {"registry": ["./trackers.ini"], "stack": "./stack.yaml", "sequences": "./sequences"}
    ini = configparser.ConfigParser()  # with interpolation, as the toolkit reads it
    ini.read(folder / "trackers.ini")
    assert tuple(shlex.split(ini["siamtrack-s"]["command"])) == command
    assert ini["siamtrack-s"]["protocol"] == "trax"
    experiment = yaml.safe_load((folder / "stack.yaml").read_text())["experiments"]["baseline"]
    assert experiment["type"] == "supervised" and experiment["skip_initialize"] == 5
    assert {"type": "supervised_eao_score", "name": "eao_score", "low": 3, "high": 9} in experiment["analyses"]
    assert (folder / "sequences/list.txt").read_text() == "four\n"
    assert len(list((folder / "sequences/four/color").iterdir())) == 4


def test_a_folder_that_holds_something_is_left_alone(sequence, tmp_path):
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws/notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="ws is not empty"):
        write_workspace(tmp_path / "ws", [sequence], Entry("a", ("b",)), "unsupervised", {})
    assert [path.name for path in (tmp_path / "ws").iterdir()] == ["notes.txt"]


def test_nothing_is_left_of_a_workspace_that_failed(sequence, tmp_path):
    os.unlink(sequence.images.paths[2])
    with pytest.raises(FileNotFoundError):
        write_workspace(tmp_path / "ws", [sequence], Entry("a", ("b",)), "unsupervised", {})
    assert not (tmp_path / "ws").exists()


def test_names_that_the_toolkit_would_pass_over(sequence, tmp_path):
    with pytest.raises(ValueError, match="takes no tracker called 'a b'"):
        write_workspace(tmp_path / "ws", [sequence], Entry("a b", ("c",)), "unsupervised", {})


def test_runs_that_could_not_start_are_refused(sequence):
    boxes_T4 = sequence.boxes_T4.copy()
    boxes_T4[2] = np.nan
    gap = replace(sequence, boxes_T4=boxes_T4)
    check_stack("supervised", [sequence])
    check_stack("longterm", [gap])
    check_stack("multistart", [gap])  # anchors will be placed beside the gap
    with pytest.raises(ValueError, match="four has no box in frame 2, where a supervised run may start"):
        check_stack("supervised", [gap])
    with pytest.raises(ValueError, match="frame 2, where a multistart run"):
        check_stack("multistart", [replace(gap, anchors_T=np.array([1, 0, -1, 0]))])
