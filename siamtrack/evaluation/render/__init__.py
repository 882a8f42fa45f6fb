"""A report turned into JSON, Markdown, plots and one self-contained HTML page."""

from siamtrack.evaluation.render.figures import plots
from siamtrack.evaluation.render.files import write_report
from siamtrack.evaluation.render.json_form import as_json, json_text, without_nan
from siamtrack.evaluation.render.markdown import markdown
from siamtrack.evaluation.render.page import html

__all__ = ["as_json", "html", "json_text", "markdown", "plots", "without_nan", "write_report"]
