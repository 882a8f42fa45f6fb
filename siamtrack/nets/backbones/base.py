"""What every backbone offers."""

from __future__ import annotations

from torch import Tensor, nn

from siamtrack.nets.types import Features


class Backbone(nn.Module):
    """A feature extractor that can be trained stage by stage."""

    def forward(self, x_N3HW: Tensor) -> Features:
        """Features of normalised crops, one tensor a level."""
        raise NotImplementedError

    def stages(self) -> dict[str, nn.Module]:
        """Name -> stage, from the input on; together they hold every parameter. What is frozen in training is named so.

        A stage's name is also the prefix of its keys in the state dict.
        """
        return dict(self.named_children())
