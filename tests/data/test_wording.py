from siamtrack.data.wording import amount


def test_one_is_no_plural():
    assert [amount(number, "frame") for number in (0, 1, 2)] == ["0 frames", "1 frame", "2 frames"]
    assert [amount(number, "box", "boxes") for number in (1, 2)] == ["1 box", "2 boxes"]
