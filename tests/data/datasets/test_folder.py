import shutil

import numpy as np
import pytest

from siamtrack.data.datasets import folder
from siamtrack.data.images import VideoImages
from siamtrack.results.writers import CSV_HEADER, ResultWriter, csv_lines, got10k_lines, jsonl_lines, mot_lines
from siamtrack.tracking.tracker import TrackResult

from ...video.media import brightness, steady, write_video
from .trees import image_names, numbered, write_images, write_lines


def test_a_folder_of_images_each(tmp_path):
    for name, below in (("cat", ""), ("dog", "img")):
        write_images(tmp_path / name / below, ["f1.jpg", "f10.jpg", "f2.png"])
        write_lines(tmp_path / name / "groundtruth.txt", ["0,1,2,3"] * 3)
    (tmp_path / "notes").mkdir()
    cat, dog = folder.load(tmp_path)
    assert (cat.name, dog.name) == ("cat", "dog")
    assert image_names(cat) == image_names(dog) == ["f1.jpg", "f2.png", "f10.jpg"]
    assert cat.boxes_T4[0].tolist() == [0, 1, 2, 3] and cat.origin == 0


def test_the_root_itself(tmp_path):
    write_images(tmp_path / "my", numbered(1, 2))
    write_lines(tmp_path / "my/boxes.csv", ["0;1;2;3", "nan;nan;nan;nan"])
    (sequence,) = folder.load(tmp_path / "my")
    assert sequence.name == "my" and sequence.annotated_T.tolist() == [True, False]


def test_polygons(tmp_path):
    write_images(tmp_path, numbered(1, 2))
    write_lines(tmp_path / "groundtruth_rect.txt", ["0 2 2 0 4 2 2 4"])
    (sequence,) = folder.load(tmp_path)
    assert sequence.boxes_T4[0].tolist() == [0, 0, 4, 4] and sequence.polygons_T8.shape == (2, 8)


def test_fewer_boxes_than_frames_leave_the_rest_open_and_more_are_an_error(tmp_path):
    write_images(tmp_path, numbered(1, 3))
    write_lines(tmp_path / "groundtruth.txt", ["0,1,2,3"])
    (sequence,) = folder.load(tmp_path)
    assert sequence.withheld and len(sequence) == 3
    write_lines(tmp_path / "groundtruth.txt", ["0,1,2,3"] * 4)
    with pytest.raises(ValueError, match=r"groundtruth.txt: boxes for 4 frames, but only 3 images"):
        folder.load(tmp_path)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("video") / "car.mp4", steady(5))


@pytest.mark.parametrize("video_name, boxes", [("car.mp4", "car.txt"), ("car/any.mp4", "car/boxes.txt")])
def test_videos(tmp_path, video, video_name, boxes):
    (tmp_path / "car").mkdir()
    shutil.copy(video, tmp_path / video_name)
    write_lines(tmp_path / boxes, ["0,1,2,3"] * 5)
    (sequence,) = folder.load(tmp_path)
    assert sequence.name == "car" and isinstance(sequence.images, VideoImages) and len(sequence.images) == 5
    assert brightness(sequence.images.read(3)) == pytest.approx(12, abs=2)


def test_two_videos_in_a_folder_are_refused(tmp_path, video):
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(video, tmp_path / name)
    write_lines(tmp_path / "groundtruth.txt", ["0,1,2,3"])
    with pytest.raises(ValueError, match="has 2 videos, expected one"):
        folder.load(tmp_path)


def track(ids, frames=3):
    """Boxes (i, frame, 5, 6) of target i; the last frame is lost."""
    for frame in range(frames):
        boxes = np.array([[i, frame, 5, 6] for i in ids], np.float32)
        state = "lost" if frame == frames - 1 else "tracking"
        yield TrackResult(frame, None, tuple(ids), boxes, np.ones(len(ids)), (state,) * len(ids))


@pytest.mark.parametrize(
    "name, lines, header",
    [("boxes.csv", csv_lines, CSV_HEADER), ("boxes.jsonl", jsonl_lines, ""), ("gt.txt", mot_lines, "")],
)
@pytest.mark.parametrize("ids", [(1,), (2, 10)])
def test_what_siamtrack_writes(tmp_path, name, lines, header, ids):
    write_images(tmp_path / "car", numbered(1, 3))
    with ResultWriter(tmp_path / "car" / name, lines, header) as writer:
        for result in track(ids):
            writer.write(result)
    sequences = folder.load(tmp_path)
    assert [s.name for s in sequences] == (["car"] if len(ids) == 1 else ["car.10", "car.2"])
    for target, sequence in zip(sorted(ids, key=str), sequences, strict=True):
        assert sequence.boxes_T4[:2].tolist() == [[target, 0, 5, 6], [target, 1, 5, 6]]
        assert sequence.annotated_T.tolist() == [True, True, False]
        assert lines is mot_lines or sequence.absent_T.tolist() == [False, False, True]
        if len(ids) == 1:
            assert sequence.others is None
        else:
            other = sum(ids) - target
            assert [o.tolist() for o in sequence.others] == [[[other, 0, 5, 6]], [[other, 1, 5, 6]], []]


def test_got10k_files(tmp_path):
    write_images(tmp_path, numbered(1, 3))
    with ResultWriter(tmp_path / "boxes.txt", got10k_lines) as writer:
        for result in track((1,)):
            writer.write(result)
    assert folder.load(tmp_path)[0].boxes_T4.tolist() == [[1, 0, 5, 6], [1, 1, 5, 6], [1, 2, 5, 6]]


@pytest.mark.parametrize(
    "lines, message",
    [
        (["0,1,2,3", "0,1,2"], "line 2: '0,1,2', expected 4 or 8 numbers"),
        ([CSV_HEADER, "0,,1,5,5,5,oops,1,tracking"], "line 2: .*expected frame,timestamp,id"),
        ([CSV_HEADER, "0,,1,5,5,5,5,1,tracking", "0,,1,5,5,5,5,1,tracking"], "line 3: a second box of target '1'"),
        (['{"frame": 0, "box": [1, 2, 3]}'], "line 1: no box x,y,w,h of target ''"),
        (['{"frame": 0}'], "line 1: .*expected a JSON object"),
        (["1,1,5,5,5,5,1,-1,-1,-1", "2,1,5,5"], "line 2: .*expected frame,id,left"),
        (["0,1,5,5,5,5,1,-1,-1,-1"], "line 1: no box .* in frame -1"),
        ([], "is empty, expected a region"),
        ([CSV_HEADER], "has no boxes"),
    ],
)
def test_bad_box_files_are_named(tmp_path, lines, message):
    write_images(tmp_path, numbered(1, 3))
    write_lines(tmp_path / "boxes.csv", lines)
    with pytest.raises(ValueError, match=f"boxes.csv {message}"):
        folder.load(tmp_path)
