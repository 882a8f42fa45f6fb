"""What several criteria need of a batch and of what the network says of it. Shape legend: see `criteria`."""

from __future__ import annotations

import torch
from torch import Tensor

from siamtrack.data.pairs import PairBatch
from siamtrack.losses.anchors import AnchorLabels, AnchorLosses, anchor_labels, anchor_losses
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput
from siamtrack.training.criterion_config import AnchorConfig, AnchorMaskConfig

Generator = torch.Generator | None


def truth(raw: HeadOutput, batch: PairBatch) -> tuple[Tensor, Tensor]:
    """box_N4 and present_N where the maps are."""
    device = raw.cls_NCHW.device
    return batch.box_N4.to(device, torch.float32), batch.positive_N.to(device)


def given(maps: Tensor | None, what: str) -> Tensor:
    """The maps.

    Raises:
        ValueError: the head gives none.
    """
    if maps is None:
        raise ValueError(f"this criterion needs a head that gives {what}, the network's gives none")
    return maps


def boxes(net: SiameseNet, raw: HeadOutput) -> Tensor:
    """(N, A, H, W, 4) decoded boxes."""
    return given(net.decode(raw).box_NAHW4, "boxes")


def places(net: SiameseNet, raw: HeadOutput) -> Tensor:
    """(A, H, W, 4) the head's anchors; of point heads, its points as tiny boxes.

    They are what the head decodes from offsets, or distances, of zero: the places that it was trained at are the
    places that it tracks at, whatever its grid.
    """
    first = HeadOutput(*(None if maps is None else maps[:1] for maps in raw))  # type: ignore[arg-type]
    zero = torch.zeros_like(given(first.loc_NCHW, "boxes"))
    with torch.no_grad():
        return boxes(net, first._replace(loc_NCHW=zero))[0]


def teach_anchors(
    config: AnchorConfig | AnchorMaskConfig,
    generator: Generator,
    net: SiameseNet,
    raw: HeadOutput,
    batch: PairBatch,
) -> tuple[AnchorLabels, AnchorLosses]:
    """What is taught at which anchor, and what it costs."""
    labels = anchor_labels(*truth(raw, batch), places(net, raw), net.spec.stride, generator)
    maps = raw.cls_NCHW.float(), given(raw.loc_NCHW, "boxes").float()
    return labels, anchor_losses(*maps, labels, box_weight=config.box_weight, smooth=config.smooth)
