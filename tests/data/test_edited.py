"""Images changed as they are read."""

from __future__ import annotations

import cv2
import numpy as np

from siamtrack.data.edited import EditedImages
from siamtrack.data.images import ImageFiles


def test_each_image_is_passed_through_with_its_index(tmp_path):
    for index in range(3):
        cv2.imwrite(str(tmp_path / f"{index}.png"), np.full((4, 6, 3), 10 * index, np.uint8))
    files = ImageFiles(sorted(tmp_path.glob("*.png")))
    edited = EditedImages(files, lambda index, image: np.pad(image + index, ((0, 1), (0, 0), (0, 0))), "spliced")
    assert len(edited) == 3 and not edited.in_order
    assert edited.read(2).shape == (5, 6, 3) and edited.read(2)[0, 0, 0] == 22
    assert edited.size == (6, 5)
    assert edited.name(1) == f"{tmp_path / '1.png'} (spliced)"
    edited.close()
    assert edited.read(1)[0, 0, 0] == 11
