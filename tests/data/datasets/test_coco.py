import json
import tracemalloc

import numpy as np
import pytest

from siamtrack.data.datasets.coco import load_train, load_val
from siamtrack.data.datasets.faults import collect_faults

from .trees import image_names, write_images, write_lines

SQUARE = [[1, 1, 4, 1, 4, 3, 1, 3]]
RUNS = {"counts": [8, 2, 4, 2, 32], "size": [6, 8]}  # columns 1 and 2, rows 2 and 3


def instance(number, image=9, **changed):
    return {
        "id": number,
        "image_id": image,
        "category_id": 18,
        "bbox": [1, 1, 3, 2],
        "segmentation": SQUARE,
        "iscrowd": 0,
        **changed,
    }


def write_coco(root, *instances, split="train2017"):
    images = [{"id": n, "file_name": f"{n:012d}.jpg", "width": 8, "height": 6} for n in (9, 25, 30)]
    listed = {"images": images, "categories": [{"id": 18, "name": "dog"}], "annotations": list(instances)}
    write_lines(root / f"annotations/instances_{split}.json", [json.dumps(listed)])
    write_images(root / split, ["000000000009.jpg", "000000000025.jpg"])
    return root


def test_every_instance_is_a_still(tmp_path):
    crowd = instance(4, iscrowd=1, segmentation=RUNS)
    other = instance(7, bbox=[4.5, 2.25, 3, 3])
    write_coco(tmp_path, instance(5), crowd, instance(6, 25), other, instance(8, 30))
    first, second, alone = load_train(tmp_path)
    assert [s.name for s in (first, second, alone)] == ["000000000009.5", "000000000009.7", "000000000025.6"]
    assert {(len(s), s.category, s.size) for s in (first, second, alone)} == {(1, "dog", (8, 6))}
    assert second.boxes_T4.tolist() == [[4.5, 2.25, 3, 3]]
    assert first.others[0].tolist() == [[4.5, 2.25, 3, 3]] and second.others[0].tolist() == [[1, 1, 3, 2]]
    assert alone.others[0].shape == (0, 4) and alone.others[0].dtype == np.float64
    assert image_names(alone) == ["000000000025.jpg"] and (alone.images.read(0) == 1).all()


def test_the_validation_set_is_another_list(tmp_path):
    write_coco(tmp_path, instance(5), split="val2017")
    assert len(load_val(tmp_path)) == 1
    with pytest.raises(FileNotFoundError, match="instances_train2017.json"):
        load_train(tmp_path)


@pytest.mark.parametrize("segmentation, rows, columns", [(SQUARE, (1, 3), (1, 4)), (RUNS, (2, 4), (1, 3))])
def test_masks(tmp_path, segmentation, rows, columns):
    (sequence,) = load_train(write_coco(tmp_path, instance(5, segmentation=segmentation)))
    expected = np.zeros((6, 8), bool)
    expected[slice(*rows), slice(*columns)] = True
    np.testing.assert_array_equal(sequence.masks.read(0), expected)
    assert sequence.masks.read(0).shape == sequence.images.read(0).shape[:2]


def test_run_lengths_as_text(tmp_path):
    # 8, 2, 4; then 2 - 2 and 32 - 4 = 28: 28 has the sign bit of five, so it takes two characters.
    text = {"counts": "8240" + chr(28 + 32 + 48) + "0", "size": [6, 8]}
    as_text, as_numbers = load_train(
        write_coco(tmp_path, instance(5, segmentation=text), instance(6, segmentation=RUNS))
    )
    np.testing.assert_array_equal(as_text.masks.read(0), as_numbers.masks.read(0))


def test_instances_without_mask_or_area_stay(tmp_path):
    flat, sound = load_train(write_coco(tmp_path, instance(5, bbox=[3, 3, 0, 2], segmentation=[]), instance(6)))
    assert flat.masks is None and flat.annotated_T.tolist() == [False]
    assert sound.others[0].shape == (0, 4) and len(flat.others[0]) == 1


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"bbox": [1, 2, 3]}, r"annotation 6: bbox is \[1, 2, 3\], expected x,y,width,height"),
        ({"bbox": None}, "annotation 6: bbox is None"),
        ({"category_id": 99}, "annotation 6: no category has the id 99"),
        ({"segmentation": [[1, 2, 3]]}, "annotation 6: segmentation is no mask"),
        (
            {"segmentation": {"counts": [1, 2], "size": [6, 8]}},
            "annotation 6: segmentation is no mask: runs of 3 pixels",
        ),
        (
            {"segmentation": {"counts": [48], "size": [8, 6]}},
            r"annotation 6: segmentation is no mask: size \[8, 6\], expected height and width of the image, 6, 8",
        ),
        ({"segmentation": {"counts": "?"}}, "annotation 6: segmentation is no mask: 'size'"),
    ],
)
def test_a_broken_instance_is_named_and_leaves_other_images(tmp_path, changed, message):
    write_coco(tmp_path, instance(5, 25), instance(6, **changed))
    with pytest.raises(ValueError, match=message):
        load_train(tmp_path)
    with collect_faults() as faults:
        assert [s.name for s in load_train(tmp_path)] == ["000000000025.5"]
    assert [name for name, _ in faults] == ["000000000009.jpg"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "is no JSON file"),
        ("[]", "is no list of COCO instances"),
        ('{"images": [{"id": 1}], "categories": [], "annotations": []}', "is no list of COCO instances.*file_name"),
        ('{"images": [], "categories": [], "annotations": [{"id": 1}]}', "is no list of COCO instances.*image_id"),
        ('{"images": [], "categories": [], "annotations": [{"image_id": 1}]}', "is no list of COCO instances.*'id'"),
    ],
)
def test_a_broken_list_is_an_error_of_the_whole(tmp_path, text, message):
    write_coco(tmp_path)
    (tmp_path / "annotations/instances_train2017.json").write_text(text)
    with collect_faults() as faults, pytest.raises(ValueError, match=message):
        load_train(tmp_path)
    assert faults == []


def test_an_instance_is_cheap(tmp_path):
    write_coco(tmp_path, *(instance(n, 9 + 16 * (n % 2), segmentation=[list(range(58))]) for n in range(14)))
    load_train(tmp_path)
    tracemalloc.start()
    sequences = [sequence for _ in range(20) for sequence in load_train(tmp_path)]
    each = tracemalloc.get_traced_memory()[0] / len(sequences)
    tracemalloc.stop()
    assert len(sequences) == 280 and each < 1600
