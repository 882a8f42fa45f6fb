import numpy as np
import torch

from siamtrack.data.pairs import PairBatch
from siamtrack.training.picture import draw_pairs

_GREEN, _RED, _YELLOW = (0, 158, 115), (213, 94, 0), (240, 228, 66)


def sheet(box_N4=None):
    batch = PairBatch(
        torch.full((3, 3, 32, 32), 90, dtype=torch.uint8),
        torch.tensor([[0.0, 0, 10, 5]]).repeat(3, 1),
        torch.full((3, 3, 64, 64), 200, dtype=torch.uint8),
        torch.tensor([[0.0, 0, 20, 10]]).repeat(3, 1),
        torch.tensor([True, False, True]),
    )
    score_NAHW = torch.zeros(3, 1, 4, 4)
    score_NAHW[:, 0, 0, 3] = 0.5
    return draw_pairs(batch, box_N4, score_NAHW)


def where(image, color):
    return np.argwhere((image == color).all(2))


def test_boxes_stand_where_they_are_and_say_what_they_are():
    image = sheet()
    assert image.shape == (2 * 64, 2 * 3 * 64, 3)
    first, second = image[:64, :192], image[:64, 192:]
    found = where(first, _GREEN)
    assert found.min(0).tolist() == [27, 64 + 22] and found.max(0).tolist() == [36, 64 + 41]
    assert len(found) == 20 * 10 - 16 * 6
    assert len(where(second, _RED)) == len(found) and not len(where(second, _GREEN))
    assert not image[64:, 192:].any()  # the fourth place stays empty


def test_template_is_centred_and_the_score_lights_its_cell():
    first = sheet()[:64, :192]
    assert (first[16:48, 16:48] == 90).all() and first[:16, :64].max() == 0
    assert (first[:16, 176:] == 200).all() and (first[16:, 128:] == 50).all()


def test_what_the_network_says_is_yellow_even_beyond_the_border():
    boxes_N4 = torch.tensor([[-32.0, -32, 20, 20], [0, 0, float("nan"), 5], [500, 0, 3, 3]])
    image = sheet(boxes_N4)
    assert len(where(image[:64, :192], _YELLOW)) == 10 * 10 - 8 * 8  # of its four sides, two
