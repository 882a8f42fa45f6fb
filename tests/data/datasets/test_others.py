import numpy as np

from siamtrack.data.datasets.others import each_without, with_others
from siamtrack.data.sequence import NO_IMAGES, Sequence

NAN = [np.nan] * 4


def test_each_is_without_itself_and_without_what_has_no_area():
    boxes_M4 = np.array([[0, 0, 2, 2], [1, 1, 0, 5], NAN, [5, 5, 3, 3.0]])
    first, flat, unknown, last = [others.tolist() for others in each_without(boxes_M4)]
    assert first == [[5, 5, 3, 3]] and last == [[0, 0, 2, 2]]
    assert flat == unknown == [[0, 0, 2, 2], [5, 5, 3, 3]]


def test_none_and_one_and_two_alike():
    assert each_without(np.empty((0, 4))) == []
    (alone,) = each_without(np.ones((1, 4)))
    assert alone.shape == (0, 4) and alone.dtype == np.float64
    one, two = each_without(np.ones((2, 4)))  # two boxes of the same place are two objects
    assert one.tolist() == two.tolist() == [[1] * 4]


def test_targets_of_a_video_are_told_of_each_other():
    a = Sequence("a", NO_IMAGES, np.array([[0, 0, 2, 2], [1, 0, 2, 2.0]]))
    b = Sequence("b", NO_IMAGES, np.array([NAN, [7, 7, 2, 2]]))
    assert with_others([a]) == [a] and with_others([]) == []
    told_a, told_b = with_others([a, b])
    assert [others.tolist() for others in told_a.others] == [[], [[7, 7, 2, 2]]]
    assert [others.tolist() for others in told_b.others] == [[[0, 0, 2, 2]], [[1, 0, 2, 2]]]
