"""The head of siamtrack-s: pixel-wise and depth-wise correlation, two separable towers, a score and four distances.

After LightTrack (pixel-wise correlation, separable towers) and NanoTrack v3 (both correlations side by side), slimmer.
Unlike them it is told the target's box in the template: what belongs to the target, a head or the whole deer, and where
exactly, is not to be seen in the crop alone.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from siamtrack.geometry.grids import covered_cells
from siamtrack.nets.blocks import ChannelGate, conv_bn, separable
from siamtrack.nets.heads.base import Head
from siamtrack.nets.heads.points import distance_boxes
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels
from siamtrack.nets.xcorr import xcorr_depthwise, xcorr_pixelwise

# exp(4) strides = 874 px: far beyond any crop, and finite whatever the network says.
_MAX_LOG_DISTANCE = 4.0
_TEMPLATE_CELLS = 8  # 128 px at stride 16


class LightHead(Head):
    """Template 8x8 and search 16x16 features at stride 16 -> one score and four distances a cell.

    Args:
        inputs: channels of the backbone's features.
        width: channels inside the head.
        stride: of the maps, crop pixels.
    """

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        planes = 2 * _TEMPLATE_CELLS**2
        self.neck = conv_bn(inputs, width, 1, act=None)
        self.gate = ChannelGate(planes, planes // 4)
        self.pixelwise = conv_bn(planes, width, 1)
        self.depthwise = conv_bn(width, width, 1)
        self.mix = conv_bn(3 * width + 4, width, 1)
        self.cls_tower = nn.Sequential(separable(width, 5), separable(width, 3), separable(width, 3))
        self.loc_tower = nn.Sequential(separable(width, 5), separable(width, 3), separable(width, 3))
        self.cls = nn.Conv2d(width, 1, 1)
        self.loc = nn.Conv2d(width, 4, 1)
        # Start near "no target anywhere": 255 of 256 cells are negative (RetinaNet, section 4.1, prior 0.05).
        nn.init.constant_(self.cls.bias, -3.0)  # type: ignore[arg-type]

    def kernels(self, features: Features, box_N4: Tensor) -> Kernels:
        """The whole template map for the pixel-wise branch, its 5x5 centre for the depth-wise one, the target's box.

        The box comes as the share of each template cell that it covers, and as four numbers near zero.
        """
        # Averaging neighbours turns 8x8 into 7x7, so that an odd kernel sits exactly on the centre.
        z_NChw = self.neck(features[0])
        center_NC55 = functional.avg_pool2d(z_NChw, 2, stride=1)[..., 1:6, 1:6]
        center_NC55 = center_NC55 / 5  # the root of its 25 pixels, as the pixel-wise products are divided by sqrt(C)
        inside_NP = covered_cells(box_N4, _TEMPLATE_CELLS, self.stride).flatten(1)
        # A square target at the centre is half the crop wide, and gives zeros.
        usual = _TEMPLATE_CELLS * self.stride / 2
        place_N4 = torch.cat((box_N4[:, :2] / self.stride, (box_N4[:, 2:] / usual).log()), 1)
        return z_NChw, center_NC55, inside_NP[..., None, None], place_N4[..., None, None]

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        whole, center, inside, place = kernels
        x = self.neck(features[0])
        planes = xcorr_pixelwise(whole, x) * x.shape[1] ** -0.5  # in one range whatever the width
        by_pixel = self.pixelwise(self.gate(torch.cat((planes, planes * inside.to(x.dtype)), 1)))
        by_channel = self.depthwise(xcorr_depthwise(center, x, padding=2))
        place_N4HW = place.to(x.dtype).expand(-1, -1, *x.shape[2:])
        mixed = self.mix(torch.cat((by_pixel, by_channel, x, place_N4HW), 1))
        return HeadOutput(self.cls(self.cls_tower(mixed)), self.loc(self.loc_tower(mixed)))

    def decode(self, raw: HeadOutput) -> Candidates:
        """Sigmoid score; box from the distances exp(.) * stride between a cell's centre and the four sides."""
        assert raw.loc_NCHW is not None
        distance = raw.loc_NCHW.float().clamp(-_MAX_LOG_DISTANCE, _MAX_LOG_DISTANCE).exp() * self.stride
        return Candidates(raw.cls_NCHW.float().sigmoid(), distance_boxes(distance, self.stride))
