"""The look of a tracker's line, the same in plots, files and page.

Colours: Okabe and Ito, "Color Universal Design" (2008), told apart by every common kind of colour blindness; their
yellow is left out as it vanishes on white. The second column is lightened for a dark background.
"""

from __future__ import annotations

from dataclasses import dataclass

INK = "#1c2126"  # text and axes
RULE = "#d8dce1"  # grid lines

LINES = (
    ("#0072b2", "#4ba3e3"),
    ("#d55e00", "#f58a3c"),
    ("#009e73", "#2fc79b"),
    ("#cc79a7", "#e8a0c8"),
    ("#000000", "#f4f4f4"),
    ("#e69f00", "#f6c452"),
    ("#56b4e9", "#a3dbff"),
)

# On and off lengths in line widths; none is solid. Their number shares no factor with that of the colours, so that 28
# trackers look different and neighbours differ in both.
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.8), (1.2, 1.4), (7, 1.6, 1.2, 1.6))


@dataclass(frozen=True)
class LineStyle:
    """How the n-th tracker is drawn.

    Attributes:
        slot: of `LINES`.
        dashes: one of `DASHES`.
    """

    slot: int
    dashes: tuple[float, ...]

    @property
    def colour(self) -> str:
        """Hex, for a light background."""
        return LINES[self.slot][0]


def line_style(n: int) -> LineStyle:
    """Style of the n-th tracker of the report, from 0."""
    return LineStyle(n % len(LINES), DASHES[n % len(DASHES)])
