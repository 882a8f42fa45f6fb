"""The Siamese network: one backbone for template and search, one head that correlates them.

Shape legend: N rows, 3 H W crops in the order and range of the frames (BGR, 0-255).
"""

from __future__ import annotations

from torch import Tensor, nn

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.colors import Normalise
from siamtrack.nets.heads.base import Head
from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels, NetSpec
from siamtrack.nets.updatenet import UpdateNet


class SiameseNet(nn.Module):
    """A backbone, a head, and what they expect to see.

    The work is split where the target stops changing: `kernels` is paid at start and at template updates, `search` once
    a frame.

    Args:
        backbone: see `siamtrack.nets.backbones`.
        head: see `siamtrack.nets.heads`.
        spec: sizes and colours of the input.
        update: makes new template features in every frame; None where the template stays the first one.
    """

    def __init__(self, backbone: Backbone, head: Head, spec: NetSpec, update: UpdateNet | None = None) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.update = update
        self.spec = spec
        self.normalise = Normalise(spec)

    def embed(self, crop_N3HW: Tensor) -> Features:
        """Backbone features of crops, BGR 0-255."""
        features: Features = self.backbone(self.normalise(crop_N3HW))
        return features

    def kernels(self, template_N3HW: Tensor, box_N4: Tensor) -> Kernels:
        """The template's half of the work.

        Args:
            template_N3HW: template crops, BGR 0-255.
            box_N4: the targets in them, cxcywh, crop pixels relative to their centres.
        """
        return self.head.kernels(self.embed(template_N3HW), box_N4)

    def search(self, kernels: Kernels, crop_N3HW: Tensor) -> HeadOutput:
        """Raw maps of search crops, BGR 0-255, row n against the kernels' row n."""
        return self.head.search(kernels, self.embed(crop_N3HW))

    def decode(self, raw: HeadOutput) -> Candidates:
        """Raw maps -> scores and boxes in crop pixels."""
        return self.head.decode(raw)

    def refine(self, raw: HeadOutput, row_M: Tensor, cell_M2: Tensor) -> Tensor:
        """(M, P, P) mask logits of chosen cells, each over a square of the template crop's side round its cell.

        Args:
            raw: of `search`, with `mask_features`.
            row_M, cell_M2: int64, which row and which cell (x, y) of its maps.
        """
        assert raw.mask_features is not None
        return self.head.refined(raw.mask_features, row_M, cell_M2)[:, 0]

    def forward(self, template_N3HW: Tensor, box_N4: Tensor, search_N3HW: Tensor) -> HeadOutput:
        """Training: both halves at once."""
        return self.search(self.kernels(template_N3HW, box_N4), search_N3HW)
