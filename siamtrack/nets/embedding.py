"""Networks that compare two inputs as wholes: one embedding each and a distance, or a decision about both.

Any encoder goes in: a module that makes (N, D) of a batch. `Embedder` makes one of a backbone. The distances and losses
are in `siamtrack.losses.metric`.

Shape legend: N rows, D dimensions of an embedding, C H W as usual, X any shape.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from siamtrack.nets.backbones.base import Backbone
from siamtrack.nets.types import Features


class Twin(nn.Module):
    """One encoder for both inputs, which may differ in size (Bromley et al. 1993; Chopra, Hadsell and LeCun 2005).

    Args:
        encoder: its output, of whatever kind, is returned for each input.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        return self.encoder(first), self.encoder(second)


class PseudoSiamese(nn.Module):
    """An encoder for each input, of whatever structure, for inputs of different kinds.

    Zagoruyko and Komodakis, "Learning to Compare Image Patches via Convolutional Neural Networks", CVPR 2015,
    section 3.1.

    Args:
        first, second: must give embeddings of the same number of dimensions.
    """

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.first = first
        self.second = second

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        return self.first(first), self.second(second)


class TwoChannel(nn.Module):
    """Both images as channels of one: they are compared from the first layer on (Zagoruyko and Komodakis, section 3.1).

    More exact than embeddings, but nothing of one image can be kept for the next, and the order of the two counts.

    Args:
        net: (N, 2C, H, W) -> (N, 1).
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, first_NCHW: Tensor, second_NCHW: Tensor) -> Tensor:
        """(N,) logits that both show the same.

        Raises:
            ValueError: the images differ in shape.
        """
        if first_NCHW.shape != second_NCHW.shape:
            shapes = f"{tuple(first_NCHW.shape)} and {tuple(second_NCHW.shape)}"
            raise ValueError(f"two-channel networks need images of one shape, not {shapes}")
        logit_N1: Tensor = self.net(torch.cat((first_NCHW, second_NCHW), 1))
        return logit_N1.squeeze(1)


class DecisionNet(nn.Module):
    """|h1 - h2|, fully connected to one logit: a learnt weight for each dimension.

    Koch, Zemel and Salakhutdinov, "Siamese Neural Networks for One-shot Image Recognition", 2015, section 3.1, where
    the sigmoid of it is the probability that both are of one class. The order of the inputs of a `Twin` does not count.

    Args:
        pair: a `Twin` or a `PseudoSiamese`.
        dims: D, of its embeddings.
    """

    def __init__(self, pair: nn.Module, dims: int) -> None:
        super().__init__()
        self.pair = pair
        self.decide = nn.Linear(dims, 1)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """(N,) logits that both are the same, for `binary_cross_entropy_with_logits`."""
        first_ND, second_ND = self.pair(first, second)
        logit_N1: Tensor = self.decide((first_ND - second_ND).abs())
        return logit_N1.squeeze(1)


class SimSiamOutput(NamedTuple):
    """(N, D) each, the arguments of `siamtrack.losses.simsiam.simsiam_loss` in their order.

    Attributes:
        predicted_a_ND, predicted_b_ND: p, of the predictor.
        projected_a_ND, projected_b_ND: z, of the projector.
    """

    predicted_a_ND: Tensor
    predicted_b_ND: Tensor
    projected_a_ND: Tensor
    projected_b_ND: Tensor


class SimSiam(nn.Module):
    """Projector and predictor round an encoder, for learning from two views without labels.

    Chen and He, "Exploring Simple Siamese Representation Learning", CVPR 2021, section 3. The numbers of layers, where
    batch norm and ReLU stand, and that the projector's last norm has no weights, are the released code's
    (`simsiam/builder.py`). Afterwards `encoder` alone is used.

    Args:
        encoder: (N, ...) -> (N, inputs).
        inputs: its dimensions; also the width of the projector's hidden layers.
        outputs: D; 2048 in the paper.
        hidden: of the predictor, a bottleneck; 512 in the paper.
    """

    def __init__(self, encoder: nn.Module, inputs: int, outputs: int = 2048, hidden: int = 512) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = nn.Sequential(
            *_linear_norm_relu(inputs, inputs),
            *_linear_norm_relu(inputs, inputs),
            nn.Linear(inputs, outputs, bias=False),
            nn.BatchNorm1d(outputs, affine=False),
        )
        self.predictor = nn.Sequential(*_linear_norm_relu(outputs, hidden), nn.Linear(hidden, outputs))

    def forward(self, first: Tensor, second: Tensor) -> SimSiamOutput:
        first_ND, second_ND = self.projector(self.encoder(first)), self.projector(self.encoder(second))
        return SimSiamOutput(self.predictor(first_ND), self.predictor(second_ND), first_ND, second_ND)


class Embedder(nn.Module):
    """The last level of a backbone, averaged over the map and fully connected to an embedding.

    Args:
        backbone: of `siamtrack.nets.backbones`, or any other.
        channels: of its last level.
        dims: D.
        unit: embeddings have length 1 (FaceNet, section 3.1).
    """

    def __init__(self, backbone: Backbone, channels: int, dims: int, unit: bool = False) -> None:
        super().__init__()
        self.backbone = backbone
        self.embed = nn.Linear(channels, dims)
        self.unit = unit

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """(N, D) of normalised images."""
        features: Features = self.backbone(x_NCHW)
        embedding_ND: Tensor = self.embed(features[-1].mean((2, 3)))
        return functional.normalize(embedding_ND, dim=1) if self.unit else embedding_ND


class SmallVgg(Backbone):
    """(N, C, H, W) -> one level at stride 4: three stages of two 3x3 convolutions, max-pooling between them.

    The scheme of Simonyan and Zisserman 2015, section 2.1: small kernels, twice the channels where the map is halved;
    with batch norm, and few and narrow stages, for crops of some 32 to 105 pixels.

    Args:
        inputs: C; 6 under `TwoChannel`.
        width: channels of the first stage.
    """

    def __init__(self, inputs: int = 3, width: int = 32) -> None:
        super().__init__()
        self.channels = 4 * width
        self.stage1 = _stage(inputs, width)
        self.stage2 = _stage(width, 2 * width)
        self.stage3 = _stage(2 * width, 4 * width)

    def forward(self, x_NCHW: Tensor) -> Features:
        x_NCHW = functional.max_pool2d(self.stage1(x_NCHW), 2)
        x_NCHW = functional.max_pool2d(self.stage2(x_NCHW), 2)
        return (self.stage3(x_NCHW),)


def small_vgg(dims: int, inputs: int = 3, width: int = 32, unit: bool = False) -> Embedder:
    """The preset encoder; see `SmallVgg` and `Embedder`."""
    backbone = SmallVgg(inputs, width)
    return Embedder(backbone, backbone.channels, dims, unit)


def small_decision_net(dims: int = 128, width: int = 32) -> DecisionNet:
    """The preset of a decision about two images: a `Twin` of the preset encoder under `DecisionNet`."""
    return DecisionNet(Twin(small_vgg(dims, width=width)), dims)


def _stage(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True)]
    return nn.Sequential(*layers)


def _linear_norm_relu(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU(True)]
