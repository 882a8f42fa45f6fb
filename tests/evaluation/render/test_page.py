"""The HTML page as text, and as files."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from siamtrack.evaluation.render import html, write_report
from siamtrack.evaluation.render.html_tables import breakable
from siamtrack.evaluation.report import Report

from .reports import NASTY, empty_report, large_report, lonely_report, small_report

_VOID = {"meta", "link", "input", "wbr", "br"}


class Reader(HTMLParser):
    """Text by element, and a check that what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.cells: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in _VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


REPORTS = {"small": small_report(), "lonely": lonely_report(), "empty": empty_report(), "large": large_report(30, 5)}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_the_page_is_well_formed_and_fetches_nothing(report: Report) -> None:
    page = html(report)
    reader = Reader(page)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert not re.search(r"https?:|//[a-z]|@import|src=", page)
    assert re.findall(r"url\((?!#)", page) == []
    assert reader.tags.count("script") == 1


def test_names_are_shown_and_not_obeyed() -> None:
    reader = Reader(html(small_report()))
    assert NASTY in reader.cells and "<i>book</i>" in reader.cells and "motion <fast>" in reader.cells
    assert "i" not in reader.tags
    assert "<script>alert" not in html(small_report())


def test_a_name_in_pieces_is_the_name() -> None:
    for name in ("plain", "siamrpn_r50_l234_dwxcorr", "x" * 60, "_a__b_", "---", "Jogging.1"):
        assert breakable(name).replace("<wbr>", "") == name
    assert breakable("siamrpn_r50") == "siamrpn_<wbr>r50"


def test_best_and_second_of_either_direction() -> None:
    ranking = html(small_report()).split("</table>")[0]
    assert "<b>0.700</b>" in ranking and "<u>0.650</u>" in ranking
    assert "<b>2.0</b>" in ranking and "<u>4.0</u>" in ranking
    assert ">\N{EN DASH}</td>" in ranking


def test_the_strongest_shade_is_the_best_number() -> None:
    success, failures = html(small_report()).split('id="sequences"')[1].split("</table>")[:2]
    assert "<td class=h9><b>0.800</b>" in success and "<td class=h0>0.300" in success
    assert "<td class=h9><b>2.0</b>" in failures and "<td class=h0><u>4.0</u>" in failures


def test_sections_without_content_are_left_out() -> None:
    assert Reader(html(lonely_report())).ids == ["ranking", "sequences"]
    assert Reader(html(empty_report())).ids == ["ranking", "notes", "rules"]


def test_a_large_report_stays_small() -> None:
    assert len(html(large_report(10, 100)).encode()) < 500_000


def test_files_are_whole_and_the_same_each_time(tmp_path: Path) -> None:
    first, second = (write_report(small_report(), tmp_path / "deep" / name) for name in "ab")
    names = ["report.json", "report.md", "report.html", "success.png", "attributes.png"]
    assert [path.name for path in first] == names
    assert sorted(path.name for path in first[0].parent.iterdir()) == sorted(names)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert first[3].read_bytes().startswith(b"\x89PNG")


def test_an_old_file_stays_where_the_new_one_cannot_be_written_whole(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("old")
    (tmp_path / "report.json.part").mkdir()
    with pytest.raises(OSError, match="report.json.part"):
        write_report(small_report(), tmp_path)
    assert (tmp_path / "report.json").read_text() == "old"
