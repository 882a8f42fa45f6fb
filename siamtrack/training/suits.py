"""Which losses suit which heads."""

from __future__ import annotations

from torch import nn

from siamtrack.nets.heads.ban import MultiLevelBAN
from siamtrack.nets.heads.car import CARHead
from siamtrack.nets.heads.fc import AdjustedFullyConvolutional, FullyConvolutional
from siamtrack.nets.heads.fcpp import FCPPHead
from siamtrack.nets.heads.light import LightHead
from siamtrack.nets.heads.lighttrack import LightTrackHead
from siamtrack.nets.heads.mask import MaskRPN
from siamtrack.nets.heads.nano import NanoHead
from siamtrack.nets.heads.rpn import DepthwiseRPN, MultiLevelRPN, UpChannelRPN
from siamtrack.nets.verifier import VerifierNet
from siamtrack.training.criterion_config import CriterionConfig
from siamtrack.zoo.verifiers import Network

# A loss reads maps by their channels: on the maps of another head it would learn what nobody means, and say nothing.
_SUITABLE: dict[type[nn.Module], tuple[str, ...]] = {
    FullyConvolutional: ("logistic", "triplet"),
    AdjustedFullyConvolutional: ("logistic", "triplet"),
    UpChannelRPN: ("anchor",),
    DepthwiseRPN: ("anchor",),
    MultiLevelRPN: ("anchor",),
    MaskRPN: ("anchor_mask", "refined_mask"),
    MultiLevelBAN: ("ban",),
    NanoHead: ("ban",),
    CARHead: ("centerness",),
    FCPPHead: ("focal",),
    LightHead: ("point",),
    LightTrackHead: ("point",),
}


def check_loss(loss: CriterionConfig, net: Network) -> None:
    """Refuse a loss that is not made for what the network says.

    Raises:
        ValueError: names the losses that are.
    """
    suitable = ("batch_hard",) if isinstance(net, VerifierNet) else _SUITABLE[type(net.head)]
    if loss.kind not in suitable:
        raise ValueError(f"loss.kind is {loss.kind}; the network's head is taught with {' or '.join(suitable)}")
