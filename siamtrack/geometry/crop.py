"""Cutting squares out of frames: many squares from many frames in one call.

Two bodies of one function: OpenCV on the CPU (several times faster there), a gather in torch elsewhere; a test
ties them. Outside the frame both see the pad colour, as if the frame had been padded first.

Shape legend: B frames, N squares, 3 = channels in the frames' own order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from siamtrack.geometry.grids import constant
from siamtrack.geometry.regions import Region

# Larger windows (50 MB; a target as large as a 1080p frame has one) are sampled in place, not cut out and resized.
# There the two bodies agree within a grey level, elsewhere to the last bit.
_LARGEST_CUT = 4096


@dataclass(frozen=True)
class Frames:
    """B frames on a common canvas.

    Attributes:
        pixels_BHWC: (B, H, W, 3) uint8.
        size_B2: (B, 2) valid width and height of each frame, in the top-left corner of the canvas, pixels.
    """

    pixels_BHWC: Tensor
    size_B2: Tensor

    @classmethod
    def from_image(cls, image: np.ndarray, device: torch.device) -> Frames:
        """One H x W x 3 uint8 image as a batch of one; shares memory with the image on the CPU."""
        pixels = torch.from_numpy(np.require(image, requirements=("C", "W")))[None].to(device)
        return cls(pixels, constant((float(image.shape[1]), float(image.shape[0])), device)[None])

    @classmethod
    def from_images(cls, images: Sequence[np.ndarray], device: torch.device) -> Frames:
        """Several H x W x 3 uint8 images, of any sizes, on a canvas as large as needed."""
        sizes = [(image.shape[1], image.shape[0]) for image in images]
        width, height = (max(side) for side in zip(*sizes, strict=True))
        canvas_BHWC = np.empty((len(images), height, width, 3), np.uint8)  # nobody looks beyond an image
        for canvas_HWC, image in zip(canvas_BHWC, images, strict=True):
            canvas_HWC[: image.shape[0], : image.shape[1]] = image
        return cls(torch.from_numpy(canvas_BHWC).to(device), torch.tensor(sizes, dtype=torch.float32, device=device))

    def mean_color_B3(self) -> Tensor:
        """(B, 3) float32 mean colour of the valid part of each frame, 0-255."""
        means = []
        for pixels_HWC, (width, height) in zip(self.pixels_BHWC, self.size_B2.int().tolist(), strict=True):
            valid = pixels_HWC[:height, :width]
            if valid.device.type == "cpu":
                means.append(torch.tensor(cv2.mean(valid.numpy())[:3]))
            else:
                means.append(valid.float().mean((0, 1)))
        return torch.stack(means).float()


def crop(
    frames: Frames,
    frame_N: Tensor,
    window: Region,
    pad_N3: Tensor,
    out_px: int,
    align_corners: bool = False,
    filled_N: Tensor | None = None,
) -> Tensor:
    """Cut and resize windows (bilinear, half-pixel centres, as `cv2.resize`).

    Args:
        frames: B frames.
        frame_N: (N,) int64, the frame that each window lies in.
        window: N windows of whole-pixel side and corner, see `regions.snap`; they may reach outside the frame.
        pad_N3: (N, 3) pad colour, 0-255; rounded to whole grey levels.
        out_px: side of the result, pixels.
        align_corners: the centres of the result's corner pixels lie on those of the window's, whose corner may lie
            anywhere (as `cv2.warpAffine` in video_analyst).
        filled_N: (N,) side of the part of each result, from its top left corner on, that the window fills, pixels; what
            lies beyond is rubbish. None for the whole.

    Returns:
        (N, 3, out_px, out_px) float32, 0-255, channels-last in memory.
    """
    if frames.pixels_BHWC.device.type == "cpu":
        return _crop_cv2(frames, frame_N, window, pad_N3, out_px, align_corners, filled_N)
    return _crop_gather(frames, frame_N, window, pad_N3, out_px, align_corners, filled_N)


def _crop_cv2(
    frames: Frames,
    frame_N: Tensor,
    window: Region,
    pad_N3: Tensor,
    out_px: int,
    align_corners: bool = False,
    filled_N: Tensor | None = None,
) -> Tensor:
    count = len(frame_N)
    out_NHWC = np.empty((count, out_px, out_px, 3), np.uint8)
    corner_N2 = (window.center_N2 - window.side_N[:, None] / 2).tolist()
    side_N = window.side_N.round().int().tolist()
    filled = [out_px] * count if filled_N is None else filled_N.int().tolist()
    pixels, sizes = frames.pixels_BHWC.numpy(), frames.size_B2.int().tolist()
    for n, (frame, (left, top), side, pad) in enumerate(
        zip(frame_N.tolist(), corner_N2, side_N, pad_N3.round().tolist(), strict=True)
    ):
        width, height = sizes[frame]
        image = pixels[frame, :height, :width]
        out = out_NHWC[n, : filled[n], : filled[n]]
        if align_corners:
            _warp(image, left, top, (side - 1) / (len(out) - 1), pad, out)
        elif side > _LARGEST_CUT:
            step = side / len(out)
            _warp(image, left + step / 2 - 0.5, top + step / 2 - 0.5, step, pad, out)
        else:
            cut = _cut_padded(image, round(left), round(top), side, pad)
            cv2.resize(cut, out.shape[1::-1], dst=out, interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(out_NHWC).permute(0, 3, 1, 2).float()


def _cut_padded(image: np.ndarray, left: int, top: int, side: int, pad: list[float]) -> np.ndarray:
    """The window [left, left+side) x [top, top+side) of an image, `pad` where it reaches outside."""
    height, width = image.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    if (x1 - x0, y1 - y0) == (side, side):
        return image[y0:y1, x0:x1]
    if x1 <= x0 or y1 <= y0:
        return np.full((side, side, 3), pad, np.uint8)
    borders = (y0 - top, top + side - y1, x0 - left, left + side - x1)
    return cv2.copyMakeBorder(image[y0:y1, x0:x1], *borders, cv2.BORDER_CONSTANT, value=pad)


def _warp(image: np.ndarray, x: float, y: float, step: float, pad: list[float], out: np.ndarray) -> None:
    """Samples from (x, y) on, counted from pixel centres, without ever holding the window.

    OpenCV before 5 rounds their positions to 1/32 pixel.
    """
    matrix = np.array([[step, 0, x], [0, step, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(
        image, matrix, out.shape[1::-1], dst=out, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=pad
    )


def _crop_gather(
    frames: Frames,
    frame_N: Tensor,
    window: Region,
    pad_N3: Tensor,
    out_px: int,
    align_corners: bool = False,
    filled_N: Tensor | None = None,
) -> Tensor:
    """Reads just the four neighbours of each sample, whatever the size of the frames."""
    filled_N1 = torch.full_like(window.side_N, out_px)[:, None] if filled_N is None else filled_N[:, None]
    x, y = (_neighbours(window, filled_N1, out_px, align_corners, axis) for axis in (0, 1))
    size_N2, pad_N113 = frames.size_B2[frame_N], pad_N3.round()[:, None, None]
    rows = []  # mixed along x
    for row_NP in y.place_2NP:
        left, right = (_pixels_or_pad(frames, frame_N, x_NP, row_NP, size_N2, pad_N113) for x_NP in x.place_2NP)
        rows.append(left * x.weight_2NP[0, :, None, :, None] + right * x.weight_2NP[1, :, None, :, None])
    weight_2NP11 = y.weight_2NP[..., None, None]
    if align_corners:
        out_NPP3 = (rows[0] * weight_2NP11[0] + rows[1] * weight_2NP11[1]).round()
    else:
        out_NPP3 = _mix_as_resize(rows, weight_2NP11)
    return out_NPP3.permute(0, 3, 1, 2)


class _Neighbours(NamedTuple):
    """The two pixels of the frame that each of P samples lies between on one axis, and what each of them counts."""

    place_2NP: Tensor
    weight_2NP: Tensor


def _neighbours(window: Region, filled_N1: Tensor, out_px: int, align_corners: bool, axis: int) -> _Neighbours:
    side_N1 = window.side_N[:, None]
    corner_N1 = window.center_N2[:, axis, None] - side_N1 / 2
    if align_corners:
        place_NP = torch.arange(out_px, device=side_N1.device) * ((side_N1 - 1) / (filled_N1 - 1)) + corner_N1
        place_2NP, share_NP = _between(place_NP)
        return _Neighbours(place_2NP, torch.stack((1 - share_NP, share_NP)))
    place_2NP, weight_2NP = _resize_neighbours(side_N1, filled_N1, out_px, axis)
    return _Neighbours(place_2NP + corner_N1, weight_2NP)


def _resize_neighbours(side_N1: Tensor, filled_N1: Tensor, out_px: int, axis: int) -> _Neighbours:
    """Those of `cv2.resize` within a window, to the last bit: none outside it, weights in whole 1/2048."""
    index_P = torch.arange(out_px, device=side_N1.device, dtype=torch.float64)
    place_NP = ((index_P + 0.5) * (1 / (filled_N1.double() / side_N1)) - 0.5).float()  # in double precision up to here
    place_2NP, share_NP = _between(place_NP)
    if axis == 0:  # above and below the window OpenCV repeats its rows instead, which rounds otherwise
        share_NP = torch.where((place_2NP[0] < 0) | (place_2NP[1] >= side_N1), 0.0, share_NP)
    return _Neighbours(
        place_2NP.clamp(min=0).minimum(side_N1 - 1), (torch.stack((1 - share_NP, share_NP)) * 2048).round()
    )


def _between(place_NP: Tensor) -> tuple[Tensor, Tensor]:
    """The pixels before and after places counted from pixel centres, and how far towards the second they lie."""
    first_NP = place_NP.floor()
    return torch.stack((first_NP, first_NP + 1)), place_NP - first_NP


def _mix_as_resize(rows: list[Tensor], weight_2NP11: Tensor) -> Tensor:
    """Mix along y in the whole numbers of OpenCV's `VResizeLinear`, at most 2048 * (2048 * 255 / 16).

    Mixed as floats one pixel in eight would be a grey level off.
    """
    first, second = ((weight.int() * (row.int() >> 4)) >> 16 for weight, row in zip(weight_2NP11, rows, strict=True))
    return ((first + second + 2) >> 2).float()


def _pixels_or_pad(
    frames: Frames, frame_N: Tensor, x_NP: Tensor, y_NP: Tensor, size_N2: Tensor, pad_N113: Tensor
) -> Tensor:
    """(N, P, P, 3) float32 the pixels of these columns and rows, outside the frame the pad colour."""
    height, width = frames.pixels_BHWC.shape[1:3]
    inside_x = (x_NP >= 0) & (x_NP < size_N2[:, :1])
    inside_y = (y_NP >= 0) & (y_NP < size_N2[:, 1:])
    column_NP, row_NP = x_NP.clamp(0, width - 1).long(), y_NP.clamp(0, height - 1).long()
    index_NPP = (frame_N[:, None, None] * height + row_NP[:, :, None]) * width + column_NP[:, None, :]
    pixel_NPP3 = frames.pixels_BHWC.reshape(-1, 3)[index_NPP].float()
    inside_NPP1 = (inside_y[:, :, None] & inside_x[:, None, :])[..., None]
    return torch.where(inside_NPP1, pixel_NPP3, pad_N113)
