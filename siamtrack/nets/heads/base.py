"""What every head offers."""

from __future__ import annotations

from torch import nn

from siamtrack.nets.types import Candidates, Features, HeadOutput, Kernels


class Head(nn.Module):
    """How template and search features combine, and how raw maps become candidates."""

    def kernels(self, features: Features) -> Kernels:
        """The template's half of the work."""
        raise NotImplementedError

    def search(self, kernels: Kernels, features: Features) -> HeadOutput:
        """Raw maps; row n of the kernels against row n of the search features."""
        raise NotImplementedError

    def decode(self, raw: HeadOutput) -> Candidates:
        """Scores, and boxes in crop pixels."""
        raise NotImplementedError
