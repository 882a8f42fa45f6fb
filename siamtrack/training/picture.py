"""What the network sees, drawn for people.

Shape legend: N pairs, S side of the search crop, A H W map.
"""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib.image
import numpy as np
from torch import Tensor
from torch.nn import functional

from siamtrack.atomic import write_bytes
from siamtrack.data.pairs import PairBatch

# RGB of the palette of Okabe and Ito (2008), which the color-blind tell apart.
_TRUE, _OTHER, _PREDICTED = (0, 158, 115), (213, 94, 0), (240, 228, 66)
_COLUMNS = 2  # pairs side by side
_THICKNESS = 2


def draw_pairs(batch: PairBatch, box_N4: Tensor | None, score_NAHW: Tensor, most: int = 8) -> np.ndarray:
    """A sheet of pairs: template, search crop with boxes, and the search crop under the score map.

    The box of the template's object is green; of another object, in a negative pair, red; the network's best is yellow.

    Args:
        box_N4: best candidates, cxcywh, crop pixels relative to the crop's centre; None where the network has no boxes.
        score_NAHW: of all candidates; drawn from its least to its greatest value.
        most: pairs that are drawn.

    Returns:
        H x W x 3 uint8 RGB.
    """
    count = min(most, len(batch.box_N4))
    cells = [_draw_pair(batch, row, box_N4, score_NAHW) for row in range(count)]
    cells += [np.zeros_like(cells[0])] * (-count % _COLUMNS)
    return np.vstack([np.hstack(cells[start : start + _COLUMNS]) for start in range(0, len(cells), _COLUMNS)])


def save_picture(path: Path, image: np.ndarray) -> None:
    """Write H x W x 3 uint8 RGB as JPEG, atomically.

    Raises:
        OSError
    """
    content = io.BytesIO()
    matplotlib.image.imsave(content, image, format="jpg")
    write_bytes(path, content.getvalue())


def _draw_pair(batch: PairBatch, row: int, box_N4: Tensor | None, score_NAHW: Tensor) -> np.ndarray:
    """(S, 3 S, 3)."""
    template, search = _rgb(batch.template_N3HW[row]), _rgb(batch.search_N3HW[row])
    side = len(search)
    top = (side - len(template)) // 2
    padded = np.zeros_like(search)
    padded[top : top + len(template), top : top + len(template)] = template[:side, :side]
    heat_HW = score_NAHW[row].amax(0)
    heat_HW = (heat_HW - heat_HW.min()) / (heat_HW.max() - heat_HW.min()).clamp_min(1e-9)
    heat_SS = functional.interpolate(heat_HW[None, None].float(), (side, side))[0, 0].cpu().numpy()
    scored = (search * (0.25 + 0.75 * heat_SS[..., None])).astype(np.uint8)
    boxed = search.copy()
    _draw_box(boxed, batch.box_N4[row], _TRUE if batch.positive_N[row] else _OTHER)
    if box_N4 is not None:
        _draw_box(boxed, box_N4[row], _PREDICTED)
    return np.hstack((padded, boxed, scored))


def _rgb(crop_3HW: Tensor) -> np.ndarray:
    image: np.ndarray = crop_3HW.flip(0).permute(1, 2, 0).cpu().numpy()
    return image


def _draw_box(image: np.ndarray, box_4: Tensor, color: tuple[int, int, int]) -> None:
    """The outline of cxcywh relative to the image's centre; what lies outside is cut off."""
    side = len(image)
    cx, cy, w, h = np.nan_to_num(box_4.float().cpu().numpy())
    corners = np.round((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)) + side // 2
    inward = np.array([1, 1, -1, -1]) * _THICKNESS
    outline = np.zeros(image.shape[:2], bool)
    for value, edges in ((True, corners), (False, corners + inward)):
        x1, y1, x2, y2 = np.clip(edges, 0, side).astype(int)
        outline[y1:y2, x1:x2] = value
    image[outline] = color
