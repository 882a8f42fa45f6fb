"""What was converted, loaded again: the same boxes, whatever the layout."""

import json
from dataclasses import replace

import numpy as np
import pytest

from siamtrack.data.annotations import load_annotations
from siamtrack.data.convert import convert
from siamtrack.data.datasets import got10k, otb, vot
from siamtrack.data.sequence import Sequence

from .test_convert import make_sequence

FRAMES = 7


@pytest.fixture
def sequences(tmp_path):
    """Fractions, a box that leaves the image, an absent target without and one with a box."""
    rng = np.random.default_rng(3)
    boxes_T4 = rng.uniform([2, 2, 5, 5], [20, 15, 15, 12], (FRAMES, 4)).round(3)
    gone_T4 = boxes_T4.copy()
    gone_T4[2, 0], gone_T4[3] = -4, np.nan
    absent_T = np.array([0, 0, 0, 1, 1, 0, 0], bool)
    return [
        make_sequence(tmp_path / "in", "steady", FRAMES, boxes_T4=boxes_T4, category="toy"),
        make_sequence(tmp_path / "in", "gone", FRAMES, boxes_T4=gone_T4, absent_T=absent_T, origin=1.0),
    ]


def assert_same_boxes_and_images(back, sequences):
    assert [s.name for s in back] == [s.name for s in sequences]
    for one, other in zip(back, sequences, strict=True):
        np.testing.assert_allclose(one.boxes_T4, other.boxes_T4, atol=5e-4)
        assert len(one.images) == len(other.images)
        np.testing.assert_array_equal(one.images.read(4), other.images.read(4))


def test_got10k(tmp_path, sequences):
    convert(sequences, tmp_path / "in", tmp_path / "root/val", "got10k")
    back = got10k.load_val(tmp_path / "root")
    assert_same_boxes_and_images(back, sequences)
    steady, gone = back
    assert (steady.category, steady.size) == ("toy", (40, 30))
    assert not steady.absent_T.any() and gone.absent_T.tolist() == sequences[1].absent_T.tolist()


def test_got10k_with_withheld_boxes(tmp_path, sequences):
    sequences[0].boxes_T4[1:] = np.nan
    convert(sequences[:1], tmp_path / "in", tmp_path / "root/test", "got10k")
    (back,) = got10k.load_test(tmp_path / "root")
    assert back.withheld and back.boxes_T4[0].tolist() == sequences[0].boxes_T4[0].tolist()


def test_real_sequences_as_got10k(tmp_path, shared):
    sequences = otb.load(shared / "data/eval/OTB")
    convert(sequences, shared / "data/eval/OTB", tmp_path / "val", "got10k")
    assert_same_boxes_and_images(got10k.load_val(tmp_path), sequences)


def test_vot(tmp_path, sequences):
    anchors_T = np.array([0, 1, 0, 0, 0, -1, 0])
    tags = {"occlusion": np.arange(FRAMES) == 2}
    sequences.append(make_sequence(tmp_path / "in", "own", FRAMES, anchors_T=anchors_T, tags=tags))
    convert(sequences, tmp_path / "in", tmp_path / "ws", "vot")
    back = vot.load(tmp_path / "ws")
    assert_same_boxes_and_images(back, sequences)
    assert [placed(s) for s in back] == [{0: 1, 6: -1}, {0: 1, 6: -1}, {1: 1, 5: -1}]
    assert back[2].tags["occlusion"].tolist() == tags["occlusion"].tolist() and back[2].size == (40, 30)
    # The layout says "absent" by a missing box; what was labelled although there is a box stays a tag.
    assert back[1].tags["absence"].tolist() == sequences[1].absent_T.tolist()


def placed(sequence):
    return {int(frame): int(sequence.anchors_T[frame]) for frame in np.flatnonzero(sequence.anchors_T)}


def test_vot_polygons(tmp_path, sequences):
    polygons_T8 = np.random.default_rng(0).uniform(2, 25, (FRAMES, 8)).round(3)
    polygons_T8[3] = np.nan
    corners_T42 = polygons_T8.reshape(FRAMES, 4, 2)
    boxes_T4 = np.concatenate((corners_T42.min(1), corners_T42.max(1) - corners_T42.min(1)), axis=1)
    turned = Sequence("turned", sequences[0].images, boxes_T4, polygons_T8=polygons_T8)
    convert([turned], tmp_path / "in", tmp_path / "ws", "vot")
    convert([turned], tmp_path / "in", tmp_path / "list.json", "pysot")
    (back,), (listed,) = vot.load(tmp_path / "ws"), load_annotations("vot2018", tmp_path / "list.json")
    assert_same_boxes_and_images([back], [turned])
    for one in (back, listed):
        np.testing.assert_allclose(one.polygons_T8, polygons_T8, atol=5e-4)
        np.testing.assert_allclose(one.boxes_T4, boxes_T4, atol=5e-4)
        assert one.absent_T.tolist() == [False, False, False, True, False, False, False]


def test_pysot(tmp_path, sequences):
    """Read under the name of a data set whose files count from 1, as they did before."""
    ball = replace(sequences[1], attributes=("SV", "OCC"))
    convert([ball], tmp_path / "in", tmp_path / "list.json", "pysot")
    (back,) = load_annotations("dtb70", tmp_path / "list.json")
    np.testing.assert_allclose(back.boxes_T4, ball.boxes_T4, atol=5e-4)
    assert back.absent_T.tolist() == ball.absent_T.tolist()
    assert (back.attributes, back.size) == (("SV", "OCC"), (40, 30))


def test_a_real_vot_sequence_gives_the_published_pysot_entry(tmp_path, shared):
    root = shared / "data/eval/VOT2018"
    convert(vot.load(root), root, tmp_path / "list.json", "pysot")
    published = json.loads((shared / "data/anno/VOT2018.json").read_text())["book"]
    ours = json.loads((tmp_path / "list.json").read_text())["book"]
    assert {key: ours[key] for key in published} == published
