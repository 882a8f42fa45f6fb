"""Network and criterion as one module, which is what is spread over processes.

Shape legend: N pairs, M = 2 N rows.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from siamtrack.data.pairs import PairBatch
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import HeadOutput
from siamtrack.nets.verifier import EmbeddedPairs, VerifierNet
from siamtrack.training.criteria import Criterion, Losses
from siamtrack.zoo.verifiers import Network

AMP_DTYPES = {"none": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class PairLoss(nn.Module):
    """Losses of a batch.

    Args:
        criterion: binds the network's maps to its loss.
        amp: a key of `AMP_DTYPES`.
        swap_negatives: see `TrainConfig`.
    """

    def __init__(self, net: Network, criterion: Criterion, amp: str, swap_negatives: bool) -> None:
        super().__init__()
        self.net, self.criterion = net, criterion
        self.amp, self.swap_negatives = amp, swap_negatives

    def forward(self, batch: PairBatch) -> Losses:
        """A batch on the network's device -> scalars."""
        with autocast(batch.search_N3HW.device, self.amp):
            if self.swap_negatives:
                assert isinstance(self.net, SiameseNet)  # `TrainConfig` refuses verifiers
                raw: HeadOutput | EmbeddedPairs = search_with_neighbours(self.net, batch)
            else:
                raw = see_pairs(self.net, batch)
        return self.criterion(self.net, raw, with_neighbours(batch) if self.swap_negatives else batch)


def see_pairs(net: Network, batch: PairBatch) -> HeadOutput | EmbeddedPairs:
    """What a network says of pairs; a verifier is told both boxes, a tracker is to find the second."""
    template, search = (batch.template_N3HW.float(), batch.template_box_N4), batch.search_N3HW.float()
    raw: HeadOutput | EmbeddedPairs
    raw = net(*template, search, batch.box_N4) if isinstance(net, VerifierNet) else net(*template, search)
    return raw


def autocast(device: torch.device, amp: str) -> torch.autocast:
    """The precision that a network is trained in."""
    return torch.autocast(device.type, AMP_DTYPES[amp], enabled=amp != "none")


def search_with_neighbours(net: SiameseNet, batch: PairBatch) -> HeadOutput:
    """Each search crop meets its own template, then that of its neighbour in the batch: M rows.

    The trunk, which is nearly all of the work, is paid once for both.
    """
    features = net.embed(batch.search_N3HW.float())
    kernels = net.kernels(batch.template_N3HW.float(), batch.template_box_N4)
    neighbour_N = _neighbour(batch)
    return net.head.search(
        tuple(torch.cat((kernel, kernel[neighbour_N])) for kernel in kernels),
        tuple(torch.cat((level, level)) for level in features),
    )


def with_neighbours(batch: PairBatch) -> PairBatch:
    """The batch that belongs to the maps of `search_with_neighbours`: the second half is negative."""
    template, search, positive = batch.template_N3HW, batch.search_N3HW, batch.positive_N
    neighbour_N = _neighbour(batch)
    return replace(
        batch,
        template_N3HW=torch.cat((template, template[neighbour_N])),
        template_box_N4=torch.cat((batch.template_box_N4, batch.template_box_N4[neighbour_N])),
        search_N3HW=torch.cat((search, search)),
        box_N4=torch.cat((batch.box_N4, batch.box_N4)),
        positive_N=torch.cat((positive, torch.zeros_like(positive))),
        mask_N1HW=None if batch.mask_N1HW is None else torch.cat((batch.mask_N1HW, batch.mask_N1HW)),
        sequence_N=None,
    )


def _neighbour(batch: PairBatch) -> torch.Tensor:
    return torch.arange(len(batch.box_N4), device=batch.box_N4.device) ^ 1
