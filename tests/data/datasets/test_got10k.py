import pytest

from siamtrack.data.datasets import got10k

from .trees import numbered, write_images, write_lines

META = ["[METAINFO]", "url: https://example.org/a", "object_class: dog", "resolution: (1920, 1080)"]


def make_sequence(folder, boxes, frames=3):
    write_images(folder, numbered(1, frames, 8))
    write_lines(folder / "groundtruth.txt", [f"{x}.0000,2.0000,3.0000,4.0000" for x in range(boxes)])
    write_lines(folder / "meta_info.ini", META)


def test_validation_set(tmp_path):
    folder = tmp_path / "val/GOT-10k_Val_000001"
    make_sequence(folder, 3)
    write_lines(folder / "cover.label", [8, 0, 7])
    write_lines(folder / "absence.label", [0, 0, 1])
    write_lines(tmp_path / "val/list.txt", ["GOT-10k_Val_000001", "GOT-10k_Val_000002"])
    (sequence,) = got10k.load_val(tmp_path)
    assert (sequence.category, sequence.size) == ("dog", (1920, 1080))
    assert sequence.absent_T.tolist() == [False, True, False]  # by cover, as the toolkit does
    assert sequence.boxes_T4[2].tolist() == [2, 2, 3, 4] and not sequence.withheld
    assert [s.name for s in got10k.load_val(tmp_path / "val")] == ["GOT-10k_Val_000001"]
    write_lines(folder / "cover.label", [8, 0])
    with pytest.raises(ValueError, match=r"cover.label: 2 labels, but 3 frames"):
        got10k.load_val(tmp_path)


def test_of_the_test_set_only_the_first_box_is_known(tmp_path):
    make_sequence(tmp_path / "test/GOT-10k_Test_000001", 1)
    (sequence,) = got10k.load_test(tmp_path)
    assert sequence.withheld and len(sequence) == 3 and sequence.absent_T is None
    assert sequence.boxes_T4[0].tolist() == [0, 2, 3, 4]


def test_of_the_training_set_one_box_is_too_few(tmp_path):
    make_sequence(tmp_path / "train/GOT-10k_Train_000001", 1)
    with pytest.raises(ValueError, match="3 images, but 1 box$"):
        got10k.load_train(tmp_path)
