"""What every head offers."""

from __future__ import annotations

from torch import Tensor, nn

from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels


class Head(nn.Module):
    """How template and search features combine, and how raw maps become candidates."""

    def kernels(self, features: Features, box_N4: Tensor) -> Kernels:
        """The template's half of the work.

        Args:
            box_N4: the target in the template crop, cxcywh, crop pixels relative to its centre. Published heads do
                without.
        """
        raise NotImplementedError

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        """Raw maps; row n of the kernels against row n of the search features."""
        raise NotImplementedError

    def decode(self, raw: HeadOutput) -> Candidates:
        """Scores, and boxes in crop pixels."""
        raise NotImplementedError

    def refined(self, mask_features: Features, row_M: Tensor, cell_M2: Tensor) -> Tensor:
        """(M, 1, P, P) mask logits of chosen cells; only of heads whose `search` gives `mask_features`."""
        raise NotImplementedError
