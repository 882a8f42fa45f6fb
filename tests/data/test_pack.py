"""The index of a training pack."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from siamtrack.data.pack import ImageCache, Track, held_out_videos, load_pack, split_by_source, video_sources

_HEADER = "file width height box_xywh class group set other_boxes_xywh".replace(" ", "\t")
_ROWS = [
    ("a/0.webp", "80", "60", "10.00,12.50,20.00,16.00", "dog", "vid/dog1", "vid/animal", "1,2,3,4"),
    ("a/1.webp", "80", "60", "11.00,12.50,20.00,16.00", "dog", "vid/dog1", "vid/animal", ""),
    ("b/0.webp", "90", "90", "30,30,30,30", "cup", "-", "stills", ""),
    ("b/1.webp", "90", "90", "31,31,30,30", "cup", "-", "stills", ""),
]


def write_index(root: Path, *rows: tuple[str, ...]) -> Path:
    (root / "index.tsv").write_text("\n".join([_HEADER, *("\t".join(row) for row in rows)]) + "\n")
    return root


def test_rows_of_a_group_are_one_track_and_stills_one_each(tmp_path: Path) -> None:
    video, cup, other_cup = load_pack(write_index(tmp_path, *_ROWS))
    assert (video.name, video.set, video.category) == ("vid/dog1", "vid/animal", "dog")
    assert video.files == (tmp_path / "a/0.webp", tmp_path / "a/1.webp")
    assert video.boxes_T4.dtype == np.float32
    assert video.boxes_T4.tolist() == [[10, 12.5, 20, 16], [11, 12.5, 20, 16]]
    assert (cup.name, len(cup.files)) == ("b/0.webp", 1)
    assert other_cup.boxes_T4.tolist() == [[31, 31, 30, 30]]


@pytest.mark.parametrize(
    "box", ["1,2,3", "1,2,3,4,5", "1,2,0,4", "1,2,3,-4", "1,2,nan,4", "nan,2,3,4", "1,2,inf,4", "a,b,c,d", ""]
)
def test_bad_rows_are_named(tmp_path: Path, box: str) -> None:
    bad = (*_ROWS[1][:3], box, *_ROWS[1][4:])
    with pytest.raises(ValueError, match=r"index.tsv.*a/1.webp"):
        load_pack(write_index(tmp_path, _ROWS[0], bad))


def test_a_missing_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="index.tsv"):
        load_pack(tmp_path)


def tracks(count: int) -> list[Track]:
    return [Track(f"track{n}", "set", "thing", (Path(f"{n}.jpg"),), np.ones((1, 4), np.float32)) for n in range(count)]


def test_no_source_is_on_both_sides() -> None:
    everything = tracks(300)
    sources = {track.name: f"film{number // 3}" for number, track in enumerate(everything[:240])}
    training, held_out = split_by_source(everything, sources, 20)
    assert len(training) + len(held_out) == 300
    assert {t.name for t in training}.isdisjoint(t.name for t in held_out)
    assert {sources.get(t.name, t.name) for t in training}.isdisjoint(sources[t.name] for t in held_out)
    assert {t.name for t in everything[240:]} <= {t.name for t in training}
    assert 0.1 < len(held_out) / 240 < 0.3


def test_the_split_is_stable_when_tracks_are_added() -> None:
    sources = {f"track{n}": f"film{n}" for n in range(200)}
    few = split_by_source(tracks(100), {k: v for k, v in sources.items() if int(k[5:]) < 100}, 20)[1]
    many = split_by_source(tracks(200), sources, 20)[1]
    assert {t.name for t in few} == {t.name for t in many if int(t.name[5:]) < 100}
    assert split_by_source(tracks(50), sources, 0)[1] == []
    assert split_by_source(tracks(50), sources, 100)[0] == []


def test_video_sources(tmp_path: Path) -> None:
    (tmp_path / "vid_sources.tsv").write_text("group\tsource\tterms\nvid/dog1\tfilm.mp4\tCC0\n")
    assert video_sources(tmp_path) == {"vid/dog1": "film.mp4"}


def test_images_are_read_once(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "i.png"), image)
    read = ImageCache()
    first = read(tmp_path / "i.png")
    np.testing.assert_array_equal(first, image)
    (tmp_path / "i.png").unlink()
    assert read(tmp_path / "i.png") is first


def test_unreadable_images_are_named(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no image")
    for path in (tmp_path / "text.jpg", tmp_path / "missing.jpg"):
        with pytest.raises(ValueError, match=path.name):
            ImageCache()(path)


def test_held_out_tracks_are_sequences(tmp_path: Path) -> None:
    write_index(tmp_path, *_ROWS)
    (tmp_path / "vid_sources.tsv").write_text("group\tsource\nvid/dog1\tsomebody\n")
    (video,) = held_out_videos(tmp_path, 100)
    assert (video.name, video.category, len(video), len(video.images)) == ("vid/dog1", "dog", 2, 2)
    assert video.boxes_T4.dtype == np.float64 and video.boxes_T4[0].tolist() == [10, 12.5, 20, 16]
    assert video.images.name(1) == str(tmp_path / "a/1.webp")
    with pytest.raises(ValueError, match="0 % of its sources are none"):
        held_out_videos(tmp_path, 0)
