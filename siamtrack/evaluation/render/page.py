"""A report as one HTML page that needs nothing else: no network, no other file, and no JavaScript but for comfort."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from siamtrack.evaluation.render.figures import RADAR, plots
from siamtrack.evaluation.render.html_tables import headline, heat_table, scale
from siamtrack.evaluation.render.palette import LINES
from siamtrack.evaluation.render.pictures import inline_svg
from siamtrack.evaluation.render.ranking import Breakdown, breakdowns, legend
from siamtrack.evaluation.report import Report
from siamtrack.version import __version__

# The page may not fetch anything, whatever a name in it says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def html(report: Report) -> str:
    """The page, the same bytes for the same report."""
    title = escape(f"{report.dataset}: {report.protocol}, {report.convention}")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{_line_colours()}{_resource("page.css")}</style>
</head>
<body>
{_facts(report)}
<main>
{_ranking(report)}
{_list("Notes", report.remarks)}
{_plots(report)}
{_by_attribute(report)}
{_by_sequence(report)}
{_list("Rules", report.rules)}
</main>
<footer>Made by siamtrack {escape(__version__)}.</footer>
<script>
{_resource("page.js")}</script>
</body>
</html>
"""


def _resource(name: str) -> str:
    return (files("siamtrack.evaluation.render") / name).read_text(encoding="utf-8")


def _line_colours() -> str:
    """The palette as CSS variables and classes."""
    light, dark = ("".join(f"--line-{slot}:{pair[i]};" for slot, pair in enumerate(LINES)) for i in (0, 1))
    classes = "".join(f".l{slot}{{stroke:var(--line-{slot})}}" for slot in range(len(LINES)))
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{classes}\n"


def _facts(report: Report) -> str:
    facts = {
        "Protocol": report.protocol,
        "Convention": report.convention,
        "Trackers": f"{len(report.trackers):,}",
        "Sequences": report.extent.partition(" sequence")[0],
        "Frames": f"{report.frames:,}",
    }
    terms = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f"<header><h1>{escape(report.dataset)}</h1>\n<dl>{terms}</dl></header>"


def _ranking(report: Report) -> str:
    caption = " ".join([*legend(report, "Best in <b>bold</b>, second <u>underlined</u>."), "Bars begin at zero."])
    return f'<section id="ranking"><h2>Ranking</h2>\n{headline(report)}\n<p class="caption">{caption}</p></section>'


def _list(title: str, lines: list[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<section id="{title.lower()}"><h2>{title}</h2>\n<ul>{items}</ul></section>' if lines else ""


def _plots(report: Report) -> str:
    titles = {plot.key: plot.title for plot in report.plots} | {RADAR: "Radar of attributes"}
    figures = "\n".join(
        f"<figure>{inline_svg(figure, key, titles[key])}</figure>" for key, figure in plots(report).items()
    )
    return f'<section id="plots"><h2>Plots</h2>\n<div class="plots">{figures}</div></section>' if figures else ""


def _by_attribute(report: Report) -> str:
    tables = breakdowns(report, "attributes")
    return _tables("attributes", "By attribute", "Attribute", tables, report) if tables else ""


def _by_sequence(report: Report) -> str:
    tables = breakdowns(report, "sequences")
    if not tables:
        return ""
    search = (
        '<p class="filter" hidden><label>Show sequences named '
        '<input type="search" placeholder="any" autocomplete="off" spellcheck="false"></label></p>'
    )
    return _tables("sequences", "By sequence", "Sequence", tables, report, search)


def _tables(identity: str, title: str, row: str, tables: list[Breakdown], report: Report, above: str = "") -> str:
    """A table a measure; all but the first are folded away."""
    folded = "\n".join(
        f"<details{' open' if place == 0 else ''}><summary>{escape(table.measure.title)}</summary>\n"
        f'{heat_table(table, report, row)}\n<p class="caption">{scale(table)}</p></details>'
        for place, table in enumerate(tables)
    )
    return f'<section id="{identity}"><h2>{title}</h2>\n{above}{folded}</section>'
