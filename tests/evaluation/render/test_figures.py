"""Plots: who is in the legend and where, and that lines can be told apart."""

from __future__ import annotations

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from siamtrack.evaluation.render import plots
from siamtrack.evaluation.render.figures import RADAR, shorten
from siamtrack.evaluation.render.palette import DASHES, LINES, line_style
from siamtrack.evaluation.render.pictures import inline_svg, png
from siamtrack.evaluation.report import Report

from .reports import NASTY, empty_report, large_report, lonely_report, small_report


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def ordered_by_failures() -> Report:
    report = small_report()
    return replace(report, plots=[replace(report.plots[0], measure="failures")])


def test_a_plot_an_entry_and_a_radar() -> None:
    assert list(plots(small_report())) == ["success", RADAR]
    assert list(plots(large_report(2, 1))) == ["success", "precision", "norm_precision", RADAR]
    assert plots(lonely_report()) == plots(empty_report()) == {}


def test_no_radar_of_two_attributes() -> None:
    report = small_report()
    for tracker in report.trackers:
        del tracker.attributes["occlusion"]
    assert list(plots(report)) == ["success"]


def test_the_legend_is_ordered_by_the_measure_of_the_plot() -> None:
    success = ["plain [0.700]", f"{NASTY} [0.650]", "_hidden [0.600]"]
    assert legend(plots(small_report())["success"]) == success
    failures = [f"{NASTY} [2.0]", "plain [4.0]", "_hidden [\N{EN DASH}]"]
    assert legend(plots(ordered_by_failures())["success"]) == failures


def test_a_tracker_keeps_its_line_whatever_the_order() -> None:
    def handles(report: Report) -> dict[str, tuple[object, ...]]:
        figure = plots(report)["success"]
        lines = figure.legends[0].get_lines()
        names = [text.split(" [")[0] for text in legend(figure)]
        return {name: (line.get_color(), line.get_linestyle()) for name, line in zip(names, lines, strict=True)}

    assert handles(small_report()) == handles(ordered_by_failures())


def test_curves_are_drawn_as_they_are() -> None:
    report = small_report()
    lines = plots(report)["success"].axes[0].get_lines()
    for tracker, line in zip(report.trackers, lines, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.stack([*vars(tracker.curves["success"]).values()], 1))


def test_28_trackers_look_different_and_neighbours_differ_in_both() -> None:
    styles = [line_style(n) for n in range(len(LINES) * len(DASHES))]
    assert len(set(styles)) == 28
    for one, next_one in zip(styles, styles[1:], strict=False):
        assert one.colour != next_one.colour and one.dashes != next_one.dashes


def test_long_names_keep_both_ends() -> None:
    assert shorten("siamrpn", 7) == "siamrpn"
    assert shorten("siamrpn_r50_epoch_12", 9) == "siam\N{HORIZONTAL ELLIPSIS}h_12"


@pytest.mark.parametrize("trackers", [1, 12, 13, 40])
def test_the_legend_fits_and_leaves_the_axes_their_size(trackers: int) -> None:
    few, many = (plots(large_report(n, 1))["success"] for n in (2, trackers))
    heights = [figure.axes[0].get_position().height * figure.get_figheight() for figure in (few, many)]
    np.testing.assert_allclose(heights[0], heights[1])
    many.draw_without_rendering()
    box = many.legends[0].get_window_extent()
    axes = many.axes[0].get_tightbbox()
    assert axes is not None and box.y1 <= axes.y0 and box.x0 >= 0 and box.x1 <= many.bbox.width


def test_drawing_changes_nothing_outside_and_heeds_nothing_outside() -> None:
    plain = png(plots(small_report())["success"])
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 20}):
        before = dict(matplotlib.rcParams)
        assert png(plots(small_report())["success"]) == plain
        assert dict(matplotlib.rcParams) == before


def test_svg_takes_the_colours_of_the_page() -> None:
    svg = inline_svg(plots(small_report())["success"], "success", "a <plot>")
    assert 'aria-label="a &lt;plot&gt;"' in svg
    assert "var(--ink)" in svg and "var(--line-1)" in svg and "#0072b2" not in svg
    assert "http" not in svg and "font-family" not in svg and "<style" not in svg
    assert "&lt;b&gt;a|b&lt;/b&gt;&amp;amp; $x_1$ [0.650]" in svg
