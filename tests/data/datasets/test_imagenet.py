import pytest

from siamtrack.data.datasets.faults import collect_faults
from siamtrack.data.datasets.imagenet import load_det_train, load_vid_train, load_vid_val

from .trees import image_names, write_images, write_lines

VIDEO = "ILSVRC2015_VID_train_0000/ILSVRC2015_train_00000000"


def xml_object(box, track=None, name="n02084071", occluded=0, generated=0):
    corners = "".join(
        f"<{key}>{value}</{key}>" for key, value in zip(("xmax", "xmin", "ymax", "ymin"), box, strict=True)
    )
    track = "" if track is None else f"<trackid>{track}</trackid>"
    flags = f"<occluded>{occluded}</occluded><generated>{generated}</generated>"
    return f"<object>{track}<name>{name}</name><bndbox>{corners}</bndbox>{flags}</object>"


def write_xml(path, *objects):
    size = "<size><width>8</width><height>6</height></size>"
    write_lines(path, [f"<annotation><folder>f</folder>{size}{''.join(objects)}</annotation>"])


def write_video(root, video=VIDEO, split="train", frames=4):
    """A dog in all frames, whose track is 1, and a cat (track 0) in frames 0 and 2."""
    for frame in range(frames):
        dog = xml_object((5 + frame, 1 + frame, 4, 2), 1, occluded=int(frame == 1), generated=int(frame == 3))
        cat = [xml_object((7, 6, 5, 4), 0, "n02121808")] if frame in (0, 2) else []
        write_xml(root / f"Annotations/VID/{split}/{video}/{frame:06d}.xml", *cat, dog)
    write_images(root / f"Data/VID/{split}/{video}", [f"{frame:06d}.JPEG" for frame in range(frames)])


def test_every_track_of_a_video_is_a_sequence(tmp_path):
    write_video(tmp_path)
    cat, dog = load_vid_train(tmp_path)
    assert (cat.name, dog.name) == (f"{VIDEO}.0", f"{VIDEO}.1")
    assert (cat.category, dog.category) == ("n02121808", "n02084071")
    assert dog.boxes_T4.tolist() == [[1 + n, 2, 4, 2] for n in range(4)] and dog.annotated_T.all()
    assert dog.size == (8, 6) and dog.image_size() == (8, 6)
    assert dog.tags["occluded"].tolist() == [False, True, False, False]
    assert dog.tags["generated"].tolist() == [False, False, False, True]
    assert image_names(cat) == ["000000.JPEG", "000002.JPEG"] and (cat.images.read(1) == 2).all()
    assert [others.tolist() for others in dog.others] == [[[6, 4, 1, 1]], [], [[6, 4, 1, 1]], []]
    assert [others.tolist() for others in cat.others] == [[[1, 2, 4, 2]], [[3, 2, 4, 2]]]
    assert dog.others[1].shape == (0, 4)


@pytest.mark.parametrize("video", ["a/ILSVRC2015_train_00000000", "ILSVRC2015_val_00000000"])
def test_folders_may_be_nested_otherwise(tmp_path, video):
    write_video(tmp_path, video, "val")
    assert [s.name for s in load_vid_val(tmp_path)] == [f"{video}.0", f"{video}.1"]
    with pytest.raises(FileNotFoundError, match="holds no ImageNet VID sequence"):
        load_vid_train(tmp_path)


def test_what_has_no_image_is_left_out(tmp_path):
    write_video(tmp_path)
    write_video(tmp_path, "other")
    (tmp_path / f"Data/VID/train/{VIDEO}/000000.JPEG").unlink()
    for path in (tmp_path / "Data/VID/train/other").iterdir():
        path.unlink()
    cat, dog = sorted(load_vid_train(tmp_path), key=lambda s: s.name)
    assert image_names(cat) == ["000002.JPEG"] and len(dog) == len(dog.others) == len(dog.tags["occluded"]) == 3


def test_boxes_without_area_stay_but_are_no_others(tmp_path):
    folder = tmp_path / "Annotations/VID/train/v"
    write_xml(folder / "0.xml", xml_object((3, 3, 5, 2), 0), xml_object((90, -20, 9, -4), 1))
    write_images(tmp_path / "Data/VID/train/v", ["0.JPEG"])
    flat, large = load_vid_train(tmp_path)
    assert flat.annotated_T.tolist() == [False] and len(flat) == 1
    assert large.annotated_T.all() and large.boxes_T4.tolist() == [[-20, -4, 110, 13]]
    assert large.others[0].shape == (0, 4) and flat.others[0].shape == (1, 4)


@pytest.mark.parametrize(
    "content, message",
    [
        ("<annotation><object>", "000001.xml is no XML file"),
        (f"<annotation>{xml_object((1, 2, 3, 4))}</annotation>", "000001.xml: object 1 has no trackid"),
        (f"<annotation>{xml_object((1, 2, 'x', 4), 0)}</annotation>", r"000001.xml: bndbox \['2', '4', '1', 'x'\]"),
        ("<annotation><object><trackid>0</trackid></object></annotation>", "000001.xml: bndbox"),
    ],
)
def test_a_broken_video_leaves_the_others(tmp_path, content, message):
    write_video(tmp_path)
    write_video(tmp_path, "broken")
    (tmp_path / "Annotations/VID/train/broken/000001.xml").write_text(content)
    with pytest.raises(ValueError, match=message):
        load_vid_train(tmp_path)
    with collect_faults() as faults:
        assert [s.name for s in load_vid_train(tmp_path)] == [f"{VIDEO}.0", f"{VIDEO}.1"]
    ((name, error),) = faults
    assert name == "broken" and message.split(":")[0].split(" ")[0] in str(error)


def test_a_frame_without_objects_is_in_no_sequence(tmp_path):
    write_video(tmp_path)
    write_xml(tmp_path / f"Annotations/VID/train/{VIDEO}/000001.xml")
    assert sorted(len(s) for s in load_vid_train(tmp_path)) == [2, 3]


def test_objects_of_images_are_stills(tmp_path):
    write_xml(tmp_path / "Annotations/DET/train/ILSVRC2013_train/n1/n1_7.xml", xml_object((3, 1, 4, 2), name="n1"))
    two = xml_object((3, 1, 4, 2)), xml_object((7, 5, 5, 1), name="n2")
    write_xml(tmp_path / "Annotations/DET/train/ILSVRC2014_train_0000/i.xml", *two)
    write_xml(tmp_path / "Annotations/DET/train/ILSVRC2014_train_0000/no_image.xml", *two)
    write_images(tmp_path / "Data/DET/train/ILSVRC2013_train/n1", ["n1_7.JPEG"])
    write_images(tmp_path / "Data/DET/train/ILSVRC2014_train_0000", ["h.JPEG", "i.JPEG"])
    alone, first, second = load_det_train(tmp_path)
    assert [s.name for s in (alone, first, second)] == ["n1_7.0", "i.0", "i.1"]
    assert (alone.category, second.category, second.size) == ("n1", "n2", (8, 6))
    assert second.boxes_T4.tolist() == [[5, 1, 2, 4]] and second.others[0].tolist() == [[1, 2, 2, 2]]
    assert (second.images.read(0) == 1).all() and second.images is first.images

    (tmp_path / "Annotations/DET/train/ILSVRC2013_train/n1/n1_7.xml").write_text("?")
    with collect_faults() as faults:
        assert len(load_det_train(tmp_path)) == 2
    assert [name for name, _ in faults] == ["ILSVRC2013_train/n1/n1_7"]
