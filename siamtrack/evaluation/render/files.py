"""A report as a folder of files."""

from __future__ import annotations

import os
from pathlib import Path

from siamtrack.evaluation.render.figures import plots
from siamtrack.evaluation.render.json_form import json_text
from siamtrack.evaluation.render.markdown import markdown
from siamtrack.evaluation.render.page import html
from siamtrack.evaluation.render.pictures import png
from siamtrack.evaluation.report import Report


def write_report(report: Report, folder: str | Path) -> list[Path]:
    """Write report.json, report.md, report.html and a PNG a plot; each file appears whole or not at all.

    Returns:
        The paths, in that order. Missing folders are made, files of these names are replaced.
    """
    texts = {"report.json": json_text(report), "report.md": markdown(report), "report.html": html(report)}
    contents = {name: text.encode() for name, text in texts.items()}
    contents |= {f"{key}.png": png(figure) for key, figure in plots(report).items()}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / name, content) for name, content in contents.items()]


def _write(path: Path, content: bytes) -> Path:
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)
    return path
