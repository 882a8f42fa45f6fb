"""NfS, TC-128, TrackingNet, TLP: data sets with one quirk each. DTB70 has none beyond what test_registry looks at."""

import pytest

from siamtrack.data.datasets import nfs, tc128, tlp, trackingnet

from .trees import image_names, numbered, write_images, write_lines


def vatic(count):
    return [f'0 {i} 2 {i + 30} 42 {i + 1} {int(i == 1)} 0 0 "air board"' for i in range(count)]


@pytest.mark.parametrize("lines, images, first_two", [(3, 3, [0, 1]), (2, 3, [0, 1]), (3, 2, [0, 1]), (24, 3, [0, 8])])
def test_nfs_corners_become_boxes(tmp_path, lines, images, first_two):
    """As published: as many lines as images, one more or less, or eight times as many."""
    write_lines(tmp_path / "airboard/30/airboard.txt", vatic(lines))
    write_images(tmp_path / "airboard/30/airboard", numbered(1, images, 5))
    (sequence,) = nfs.load_30(tmp_path)
    assert len(sequence) == len(sequence.images) == (2 if lines + images == 5 else 3)
    assert sequence.boxes_T4[:2].tolist() == [[first_two[0], 2, 30, 40], [first_two[1], 2, 30, 40]]
    assert sequence.absent_T[:2].tolist() == [False, first_two[1] == 1]


def test_nfs_at_both_rates_and_bad_lines(tmp_path):
    write_lines(tmp_path / "airboard/240/airboard.txt", [*vatic(2), "0 1 2 3"])
    write_images(tmp_path / "airboard/240/airboard", numbered(1, 5, 5))
    with pytest.raises(FileNotFoundError, match="SEQUENCE/30/SEQUENCE.txt"):
        nfs.load_30(tmp_path)
    with pytest.raises(ValueError, match=r"airboard.txt line 3: '0 1 2 3', expected 9 numbers"):
        nfs.load_240(tmp_path)
    write_lines(tmp_path / "airboard/240/airboard.txt", vatic(2))
    with pytest.raises(ValueError, match="5 images, but 2 boxes"):
        nfs.load_240(tmp_path)


@pytest.mark.parametrize("frames", [["6,8"], ["6", "8"]])
def test_tc128_uses_a_range_of_the_images(tmp_path, frames):
    write_images(tmp_path / "Yo_yos_ce1/img", numbered(1, 10))
    write_lines(tmp_path / "Yo_yos_ce1/Yo-yos_ce1_gt.txt", ["5,6,7,8"] * 3)
    write_lines(tmp_path / "Yo_yos_ce1/Yo-yos_ce1_frames.txt", frames)
    (sequence,) = tc128.load(tmp_path)
    assert sequence.name == "Yo_yos_ce1" and image_names(sequence) == numbered(6, 8)
    write_lines(tmp_path / "Yo_yos_ce1/Yo-yos_ce1_frames.txt", ["6"])
    with pytest.raises(ValueError, match=r"_frames.txt line 1: '6', expected 2 numbers"):
        tc128.load(tmp_path)


def test_trackingnet_images_count_from_0_without_leading_zeros(tmp_path):
    for chunk, boxes in (("TEST", 1), ("TRAIN_0", 11), ("TRAIN_11", 11)):
        write_lines(tmp_path / chunk / f"anno/{chunk}_0.txt", ["5,6,7,8"] * boxes)
        write_lines(tmp_path / chunk / "anno/no_frames_0.txt", ["5,6,7,8"])
        write_images(tmp_path / chunk / f"frames/{chunk}_0", [f"{i}.jpg" for i in range(11)])
    (test,) = trackingnet.load_test(tmp_path)
    assert test.withheld and len(test) == 11
    assert image_names(test)[-2:] == ["9.jpg", "10.jpg"]
    assert [s.name for s in trackingnet.load_train(tmp_path)] == ["TRAIN_0_0", "TRAIN_11_0"]


def test_tlp_lines_say_whether_the_target_is_lost(tmp_path):
    write_images(tmp_path / "Bike/img", numbered(1, 2, 5))
    write_lines(tmp_path / "Bike/groundtruth_rect.txt", ["1,5,6,7,8,0", "2,5,6,7,8,1"])
    (sequence,) = tlp.load(tmp_path)
    assert sequence.absent_T.tolist() == [False, True] and sequence.boxes_T4[0].tolist() == [5, 6, 7, 8]
    write_lines(tmp_path / "Bike/groundtruth_rect.txt", ["1,5,6,7,8,0", "3,5,6,7,8,1"])
    with pytest.raises(ValueError, match=r"groundtruth_rect.txt line 2: frame 3, expected frame 2"):
        tlp.load(tmp_path)
