"""The index of a training pack."""

import numpy as np
import pytest

from siamtrack.data.datasets.faults import collect_faults
from siamtrack.data.datasets.files import nothing_found
from siamtrack.data.datasets.pack import held_out_videos, load_pack, video_sources
from siamtrack.data.datasets.registry import get_training_set
from siamtrack.data.holdout import split_by_source

from .trees import write_lines

_COLUMNS = "file width height box_xywh class group set other_boxes_xywh"
_ROWS = [
    ("a/0.webp", "80", "60", "10.00,12.50,20.00,16.00", "dog", "vid/dog1", "vid/animal", "1,2,3,4;-5.5,6,7,8"),
    ("a/1.webp", "81", "60", "11.00,12.50,20.00,16.00", "dog", "vid/dog1", "vid/animal", ""),
    ("b/0.webp", "90", "70", "30,30,30,30", "cup", "-", "stills", ""),
    ("b/1.webp", "90", "70", "31,31,30,0", "cup", "-", "stills", "1,2,3,4"),
]


def write_index(root, *rows, columns=_COLUMNS):
    write_lines(root / "index.tsv", ["\t".join(columns.split()), *("\t".join(row) for row in rows)])
    return root


def test_rows_of_a_group_are_one_sequence_and_stills_one_each(tmp_path):
    video, cup, flat = load_pack(write_index(tmp_path, *_ROWS))
    assert (video.name, video.subset, video.category, video.size) == ("vid/dog1", "vid/animal", "dog", None)
    assert video.images.paths == (tmp_path / "a/0.webp", tmp_path / "a/1.webp")
    assert video.boxes_T4.dtype == np.float64
    assert video.boxes_T4.tolist() == [[10, 12.5, 20, 16], [11, 12.5, 20, 16]]
    assert [others.tolist() for others in video.others] == [[[1, 2, 3, 4], [-5.5, 6, 7, 8]], []]
    assert video.others[1].shape == (0, 4)
    assert (cup.name, len(cup), cup.size, cup.subset) == ("b/0.webp", 1, (90, 70), "stills")
    assert flat.boxes_T4.tolist() == [[31, 31, 30, 0]] and flat.annotated_T.tolist() == [False]


@pytest.mark.parametrize("column", [3, 7])
@pytest.mark.parametrize("box", ["1,2,3", "1,2,3,4,5", "1,2,nan,4", "1,2,inf,4", "a,b,c,d", "1,2,3,4;1,2,3", "1,2;3,4"])
def test_bad_rows_are_named_and_leave_the_others(tmp_path, column, box):
    bad = (*_ROWS[1][:column], box, *_ROWS[1][column + 1 :])
    write_index(tmp_path, _ROWS[0], bad, _ROWS[2])
    with pytest.raises(ValueError, match=r"index.tsv: a/1.webp has (other_boxes|box)_xywh '.*', expected x,y,w,h"):
        load_pack(tmp_path)
    with collect_faults() as faults:
        assert [s.name for s in load_pack(tmp_path)] == ["b/0.webp"]
    assert [name for name, _ in faults] == ["vid/dog1"]


@pytest.mark.parametrize("box", ["", "1,2,3,4;5,6,7,8"])
def test_a_row_has_one_box(tmp_path, box):
    with pytest.raises(ValueError, match="b/0.webp has box_xywh"):
        load_pack(write_index(tmp_path, (*_ROWS[2][:3], box, *_ROWS[2][4:])))


def test_missing_columns_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"index.tsv lacks the columns set, other_boxes_xywh; it has file, width"):
        load_pack(write_index(tmp_path, _ROWS[0][:6], columns=_COLUMNS.rpartition(" set")[0]))
    write_lines(tmp_path / "vid_sources.tsv", ["group\tfilm", "a\tb"])
    with pytest.raises(ValueError, match="vid_sources.tsv lacks the columns source"):
        video_sources(tmp_path)


def test_an_empty_index_holds_nothing(tmp_path):
    expected = str(nothing_found(tmp_path, "training pack", "index.tsv"))
    with pytest.raises(FileNotFoundError) as caught:
        load_pack(write_index(tmp_path))
    assert str(caught.value) == expected


def test_video_sources(tmp_path):
    write_lines(tmp_path / "vid_sources.tsv", ["group\tsource\tterms", "vid/dog1\tfilm.mp4\tCC0"])
    assert video_sources(tmp_path) == {"vid/dog1": "film.mp4"}
    assert get_training_set("pack").sources(tmp_path, []) == {"vid/dog1": "film.mp4"}


def test_the_pack_at_hand(shared):
    root = shared / "data/train"
    if not (root / "index.tsv").is_file():
        pytest.skip(f"no training pack at {root}")
    sequences, sources = load_pack(root), video_sources(root)
    assert len({s.name for s in sequences}) == len(sequences)
    assert sum(len(s) for s in sequences) == 21293 and all(s.annotated_T.all() for s in sequences)
    videos = [s for s in sequences if s.subset.startswith("vid/")]
    assert len(videos) == 577 == len(sources) and {s.name for s in videos} == sources.keys()
    assert sum(len(others) > 0 for s in sequences for others in s.others) == 8480
    for sequence in (videos[0], next(s for s in sequences if s.size is not None)):
        height, width = sequence.images.read(0).shape[:2]
        assert sequence.image_size() == (width, height)
    training, held_out = split_by_source(sequences, sources, 10)
    assert len(training) > 9 * len(held_out) > 0


def test_what_is_held_out_can_be_had_alone(tmp_path):
    write_index(tmp_path, *_ROWS)
    (tmp_path / "vid_sources.tsv").write_text("group\tsource\nvid/dog1\tsomebody\n")
    (video,) = held_out_videos(tmp_path, 100)
    assert video.name == "vid/dog1"
    with pytest.raises(ValueError, match="0 % of its sources are none"):
        held_out_videos(tmp_path, 0)
