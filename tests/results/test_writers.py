import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from siamtrack.results.plot import plot_tracks
from siamtrack.results.writers import CSV_HEADER, ResultWriter, csv_lines, got10k_lines, jsonl_lines, mot_lines
from siamtrack.tracking.tracker import TrackResult


def result(frame=7, timestamp=0.25, states=("tracking", "lost")):
    boxes = np.array([[10.5, 20.25, 30, 40], [0, 0, 5, 6]], np.float32)[: len(states)]
    scores = np.array([0.75, 0.125], np.float32)[: len(states)]
    return TrackResult(frame, timestamp, tuple(range(1, len(states) + 1)), boxes, scores, states)


def test_jsonl_is_one_object_a_target():
    first, second = map(json.loads, jsonl_lines(result()))
    assert first == {
        "frame": 7,
        "timestamp": 0.25,
        "id": 1,
        "box": [10.5, 20.25, 30.0, 40.0],
        "score": 0.75,
        "state": "tracking",
    }
    assert (second["id"], second["state"]) == (2, "lost")


def test_jsonl_has_the_corners_of_rotated_boxes_where_there_are_any():
    polygons = np.arange(16, dtype=np.float32).reshape(2, 4, 2) + 0.25
    first, second = map(json.loads, jsonl_lines(replace(result(), polygons=polygons)))
    assert first["polygon"] == [[0.25, 1.25], [2.25, 3.25], [4.25, 5.25], [6.25, 7.25]]
    assert second["polygon"][0] == [8.25, 9.25] and second["box"] == [0, 0, 5, 6]


def test_csv_rows_match_the_header_and_may_lack_a_timestamp():
    rows = list(csv.DictReader([CSV_HEADER, *csv_lines(result(timestamp=None))]))
    assert rows[0]["x"] == "10.500" and rows[0]["timestamp"] == "" and rows[1]["state"] == "lost"


def test_mot_counts_from_one_and_leaves_lost_targets_out():
    assert mot_lines(result()) == ["8,1,11.500,21.250,30.000,40.000,0.7500,-1,-1,-1"]


def test_got10k_has_the_box_alone_and_refuses_several_targets():
    assert got10k_lines(result(states=("tracking",))) == ["10.500,20.250,30.000,40.000"]
    with pytest.raises(ValueError, match="one target"):
        got10k_lines(result())


def test_file_appears_when_it_is_complete_and_grows_before(tmp_path):
    path = tmp_path / "new" / "tracks.jsonl"
    with ResultWriter(path, jsonl_lines) as writer:
        writer.write(result(frame=0))
        part = path.with_name("tracks.jsonl.part")
        assert not path.exists() and len(part.read_text().splitlines()) == 2
        writer.write(result(frame=1))
    assert not part.exists() and len(path.read_text().splitlines()) == 4


def test_an_error_keeps_what_was_written(tmp_path):
    path = tmp_path / "tracks.csv"
    with pytest.raises(KeyError), ResultWriter(path, csv_lines, CSV_HEADER) as writer:
        writer.write(result())
        raise KeyError
    assert path.read_text().splitlines()[0] == CSV_HEADER and len(path.read_text().splitlines()) == 3


@pytest.mark.parametrize("suffix, magic", [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_plot_is_written_in_the_format_of_its_suffix(tmp_path, suffix, magic):
    path = tmp_path / f"plot{suffix}"
    image = np.full((60, 80, 3), 127, np.uint8)
    plot_tracks([result(frame=i, timestamp=None) for i in range(5)], image, path)
    assert path.read_bytes().startswith(magic)


def test_plot_of_nothing_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no frame"):
        plot_tracks([], np.zeros((8, 8, 3), np.uint8), tmp_path / "plot.png")
