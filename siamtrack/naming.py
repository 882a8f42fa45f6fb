"""Names that a person gave wrong."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def known_names(name: str, known: Collection[str]) -> str:
    """The end of an error message about an unknown name: the nearest known one, if one is near, and all of them."""
    near = difflib.get_close_matches(name, list(known), 1) or difflib.get_close_matches(name.lower(), list(known), 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}known: {', '.join(known)}"
