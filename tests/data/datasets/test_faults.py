import pytest

from siamtrack.data.datasets.faults import collect_faults, loading
from siamtrack.data.datasets.registry import DATASETS

from .trees import numbered, write_images, write_lines

_BOXES = ["10,20,3,4", "11,21,3,4"]
_VATIC = [f'0 10 20 13 24 {frame} 0 0 0 "x"' for frame in (1, 2)]
_TLP = ["1,10,20,3,4,0", "2,10,20,3,4,0"]

# Two sequences, where their boxes and images are, and lines of two frames.
_SETS = {
    "otb100": ("Biker", "Bolt", "{}/groundtruth_rect.txt", "{}/img", _BOXES),
    "vot2018": ("ants1", "bag", "{}/groundtruth.txt", "{}/color", _BOXES),
    "got10k-val": ("GOT-10k_Val_000001", "GOT-10k_Val_000002", "val/{}/groundtruth.txt", "val/{}", _BOXES),
    "lasot": ("airplane-1", "airplane-9", "{}/groundtruth.txt", "{}/img", _BOXES),
    "uav123": ("bike1", "bike2", "anno/UAV123/{}.txt", "data_seq/UAV123/{}", _BOXES),
    "nfs30": ("Gymnastics", "airboard_1", "{0}/30/{0}.txt", "{0}/30/{0}", _VATIC),
    "tc128": ("Torus", "Woman", "{0}/{0}_gt.txt", "{}/img", _BOXES),
    "dtb70": ("Gull1", "Gull2", "{}/groundtruth_rect.txt", "{}/img", _BOXES),
    "trackingnet-train": ("a_0", "b_0", "TRAIN_3/anno/{}.txt", "TRAIN_3/frames/{}", _BOXES),
    "tlp": ("Alladin", "Bharatanatyam", "{}/groundtruth_rect.txt", "{}/img", _TLP),
    "folder": ("cat", "dog", "{}/groundtruth.txt", "{}/img", _BOXES),
}


@pytest.mark.parametrize("name", _SETS)
def test_one_broken_sequence_leaves_the_others(name, tmp_path):
    dataset, (broken, good, boxes, images, lines) = DATASETS[name], _SETS[name]
    for sequence in (broken, good):
        write_lines(tmp_path / boxes.format(sequence), lines)
        write_images(tmp_path / images.format(sequence), numbered(1, 2))
    sequences, faults = dataset.load_sound(tmp_path)
    assert sorted(s.name for s in sequences) == sorted((broken, good)) and faults == []

    write_lines(tmp_path / boxes.format(broken), [lines[0], lines[1].replace("20", "x").replace("21", "x")])
    sequences, faults = dataset.load_sound(tmp_path)
    assert [s.name for s in sequences] == [good]
    ((named, error),) = faults
    assert named == broken and "line 2" in str(error)
    with pytest.raises(ValueError, match="line 2"):
        dataset.load(tmp_path)

    write_lines(tmp_path / boxes.format(good), ["x"])
    sequences, faults = dataset.load_sound(tmp_path)
    assert sequences == [] and sorted(named for named, _ in faults) == sorted((broken, good))


def test_a_benchmark_is_not_blamed_for_sequences_of_another(tmp_path):
    for folder in ("Biker", "Mine"):
        write_lines(tmp_path / folder / "groundtruth_rect.txt", ["1,1,3,4" if folder == "Biker" else "x"])
        write_images(tmp_path / folder / "img", numbered(1, 1))
    sequences, faults = DATASETS["otb100"].load_sound(tmp_path)
    assert [s.name for s in sequences] == ["Biker"] and faults == []
    assert [s.name for s in DATASETS["otb100"].load(tmp_path)] == ["Biker"]


def test_an_empty_root_is_still_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no VOT sequence"):
        DATASETS["vot2018"].load_sound(tmp_path)


def test_only_bad_data_is_collected_and_only_within():
    with collect_faults() as faults:
        with loading("x"):
            raise OSError("gone")
        with pytest.raises(ZeroDivisionError), loading("y"):
            _ = 1 / 0
    assert [(name, str(error)) for name, error in faults] == [("x", "gone")]
    with pytest.raises(OSError, match="later"), loading("z"):
        raise OSError("later")
    assert len(faults) == 1
