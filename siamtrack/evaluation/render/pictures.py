"""Figures as bytes: PNG files, and SVG that lives inside an HTML page and takes its colours and fonts from there."""

from __future__ import annotations

import io
import re
from html import escape

import matplotlib
from matplotlib.figure import Figure

from siamtrack.evaluation.render.palette import INK, LINES, RULE

_DPI = 160

# Hex colour of a figure -> CSS variable of the page, which knows whether it is light or dark.
_VARIABLES = {INK: "--ink", RULE: "--rule", **{light: f"--line-{slot}" for slot, (light, _) in enumerate(LINES)}}


def png(figure: Figure) -> bytes:
    """The figure on white."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def inline_svg(figure: Figure, key: str, label: str) -> str:
    """The figure as an `<svg>` element with text as text; it fills the width it is given.

    Args:
        key: sets its ids apart from those of other figures in the page.
        label: what is read out where it cannot be seen.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": key}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', text))
    # matplotlib's opening: prolog, licence metadata, and a style sheet that would reach all of the page.
    body = text[text.index("</style>\n </defs>") + len("</style>\n </defs>") :]
    view_box = re.search(r'viewBox="[^"]*"', text)
    assert view_box is not None
    # Inside tags only: what people called their trackers stays as it is.
    body = re.sub(r"<[^>]*>", lambda tag: _clean(tag.group(), used), body)
    return f'<svg {view_box.group()} role="img" aria-label="{escape(label)}">{body.strip()}'


def _clean(tag: str, used: set[str]) -> str:
    """A tag without ids that nothing refers to, without fonts, with the page's colours."""
    tag = re.sub(r' id="([^"]*)"', lambda found: found.group() if found.group(1) in used else "", tag)
    tag = re.sub(r"font-family: [^;]*; ", "", tag)
    tag = re.sub(r"#[0-9a-f]{6}\b", lambda colour: _variable(colour.group()), tag)
    return re.sub(r"\s+", " ", tag)


def _variable(colour: str) -> str:
    return f"var({_VARIABLES[colour]})" if colour in _VARIABLES else colour
