"""A run's log as a picture."""

from __future__ import annotations

import json

import pytest

from siamtrack.evaluation.render.pictures import png
from siamtrack.training.curves import curves_figure, read_curves

LINES = [
    {"step": 1, "event": "skipped: a.jpg"},
    {"step": 2, "total": 3.0, "box": 1.0, "mean_iou": 0.4, "lr": 0.1, "rate": 40.0, "wait": 0.0},
    {"step": 4, "total": 2.0, "box": 0.5, "mean_iou": 0.6, "lr": 0.05, "rate": 40.0, "wait": 0.0},
    {"step": 4, "track_auc": 0.7},
]


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_what_is_drawn(tmp_path):
    curves = read_curves(write(tmp_path / "log.jsonl", LINES))
    assert curves["total"].tolist() == [[2, 3], [4, 2]] and curves["track_auc"].tolist() == [[4, 0.7]]
    figure = curves_figure(curves)
    drawn = {axes.get_ylabel(): [line.get_label() for line in axes.get_lines()] for axes in figure.axes}
    assert drawn == {"loss": ["total", "box"], "score": ["mean_iou", "track_auc"], "learning rate": ["lr"]}
    assert figure.axes[0].get_lines()[1].get_ydata().tolist() == [1, 0.5]
    assert png(figure).startswith(b"\x89PNG")


def test_a_run_without_scores_has_no_panel_for_them(tmp_path):
    curves = read_curves(write(tmp_path / "log.jsonl", [{"step": 1, "total": 1.0, "lr": 0.1}]))
    assert [axes.get_ylabel() for axes in curves_figure(curves).axes] == ["loss", "learning rate"]


def test_a_log_without_numbers_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"log.jsonl holds no numbers yet"):
        read_curves(write(tmp_path / "log.jsonl", LINES[:1]))
