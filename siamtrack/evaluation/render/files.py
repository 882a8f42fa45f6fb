"""A report as a folder of files."""

from __future__ import annotations

from pathlib import Path

from siamtrack.atomic import write_bytes
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
    return [write_bytes(Path(folder, name), content) for name, content in contents.items()]
