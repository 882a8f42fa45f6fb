"""JSON and Markdown."""

from __future__ import annotations

import json

import numpy as np

from siamtrack.evaluation.render import as_json, json_text, markdown
from siamtrack.evaluation.render.markdown import escape

from .reports import NASTY, lonely_report, small_report


def test_json_holds_every_number_in_full() -> None:
    report = small_report()
    read = json.loads(json_text(report))
    assert read == as_json(report)
    assert {key: read[key] for key in ("dataset", "protocol", "convention", "sequences", "frames")} == {
        "dataset": "vot & <co>",
        "protocol": "reset",
        "convention": "siamtrack",
        "sequences": 3,
        "frames": 1234,
    }
    assert (read["rules"], read["notes"]) == (report.rules, report.notes)
    for tracker, written in zip(report.trackers, read["trackers"], strict=True):
        assert (written["name"], written["success_auc"]) == (tracker.name, tracker.measures["success_auc"])
        np.testing.assert_array_equal(written["curves"]["success"]["y"], tracker.curves["success"].y_K)
        assert written["attributes"]["occlusion"]["success_auc"] == tracker.attributes["occlusion"]["success_auc"]


def test_json_says_null_where_there_is_no_number() -> None:
    hidden = as_json(small_report())["trackers"][2]
    assert hidden["failures"] is None
    assert hidden["sequences"]["bag"] == {"success_auc": None, "failures": None}


def test_json_takes_numpy_numbers() -> None:
    report = small_report()
    report.trackers[0].measures["success_auc"] = np.float32(0.5)
    assert json.loads(json_text(report))["trackers"][0]["success_auc"] == 0.5


def test_markdown_marks_the_best_of_either_direction() -> None:
    rows = {line.split(" | ")[0].strip("| "): line for line in markdown(small_report()).splitlines() if "|" in line}
    assert [cell.strip() for cell in rows["plain"].split(" | ")[1:]] == ["**0.700**", "*4.0* |"]
    assert "**2.0**" in rows[escape(NASTY)] and "*0.650*" in rows[escape(NASTY)]
    assert "\N{EN DASH}" in rows["\\_hidden"]


def test_markdown_tables_have_one_width() -> None:
    for table in markdown(small_report()).split("\n\n"):
        lines = table.splitlines()
        if lines[0].startswith("|"):
            assert len({len(line) for line in lines}) == 1
            assert len({line.replace("\\|", "").count("|") for line in lines}) == 1


def test_markdown_shows_names_as_they_are() -> None:
    assert escape("siamrpn_r50") == "siamrpn_r50"
    assert escape(NASTY) == "\\<b>a\\|b\\</b>\\&amp; \\$x_1\\$"
    assert escape("_a_ *b* `c`\n\\d") == "\\_a\\_ \\*b\\* \\`c\\` \\\\d"


def test_markdown_leaves_out_what_is_not_there() -> None:
    text = markdown(lonely_report())
    assert "**" not in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Success (AUC) by sequence"]


def test_the_same_report_gives_the_same_text() -> None:
    assert json_text(small_report()) == json_text(small_report())
    assert markdown(small_report()) == markdown(small_report())
