"""`siamtrack compare`: why do two numbers differ?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from siamtrack.atomic import write_text
from siamtrack.cli.choice import choose_sequences, known_dataset
from siamtrack.cli.errors import fail
from siamtrack.cli.tables import number, wide_console
from siamtrack.data.annotations import load_annotations
from siamtrack.data.sequence import Sequence as Video
from siamtrack.data.wording import amount
from siamtrack.evaluation.compare import Divergence, Variant, divergences, variants
from siamtrack.evaluation.files import find_trackers, first_row_notes, read_boxes
from siamtrack.evaluation.render import without_nan

_SHOWN = {"success_auc": "success", "precision": "precision", "norm_precision": "norm. prec."}
_SEQUENCES = 15  # shown; --json has all


def compare(
    first: Annotated[Path, typer.Argument(help="Folder of a tracker's results.")],
    second: Annotated[Path | None, typer.Argument(help="Another one.")] = None,
    *,
    dataset: Annotated[str, typer.Option(help="See `siamtrack dataset list`; one-pass data sets.")],
    annotations: Annotated[Path, typer.Option(help="As for `siamtrack report`.")],
    convention: Annotated[str, typer.Option(help="Whose rules to start from.")] = "siamtrack",
    sequences: Annotated[str | None, typer.Option(help="Only these, separated by commas.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything here.")] = None,
) -> None:
    """Score a result set by everybody's rules, and show where two result sets part.

    Exit status: 0 done; 1 something could not be read or does not fit; 2 wrong arguments.
    """
    known_dataset(dataset)
    console = wide_console()
    try:
        videos = choose_sequences(load_annotations(dataset, annotations), sequences)
        folders = [_single(folder, videos) for folder in (first, second) if folder is not None]
        boxes = [read_boxes(folder, videos) for folder in folders]
        by_rules = [variants(dataset, convention, videos, one) for one in boxes]
        parted = divergences(dataset, convention, videos, *boxes) if len(boxes) == 2 else []
        if json_file is not None:
            _write_json(json_file, folders, by_rules, parted)
    except (ValueError, OSError) as error:
        fail(error)
    for folder, one in zip(folders, by_rules, strict=True):
        console.print(_rules_table(escape(str(folder)), one))
    for note in first_row_notes({str(f): one for f, one in zip(folders, boxes, strict=True)}, videos):
        console.print(f"note: {note}", markup=False, soft_wrap=True)
    if parted:
        console.print(_sequences_table(parted))
        console.print(_explanation(parted), soft_wrap=True)


def _single(folder: Path, videos: Sequence[Video]) -> Path:
    """The folder's only tracker.

    Raises:
        ValueError: there are several.
    """
    trackers = find_trackers([folder], videos)
    if len(trackers) > 1:
        raise ValueError(f"{folder} holds {len(trackers)} trackers ({', '.join(trackers)}); name one of them")
    return next(iter(trackers.values()))


def _rules_table(title: str, found: Sequence[Variant]) -> Table:
    table = Table(box=None, title=title, title_justify="left")
    table.add_column("rules")
    for shown in _SHOWN.values():
        table.add_column(shown, justify="right", no_wrap=True)
        table.add_column("", justify="right", style="dim", no_wrap=True)
    base = found[0].measures
    for variant in found:
        cells = []
        for key in _SHOWN:
            delta = variant.measures[key] - base[key]
            cells += [number(variant.measures[key], 4), "" if variant is found[0] else f"{delta:+.4f}"]
        table.add_row(variant.name, *cells)
    return table


def _sequences_table(parted: Sequence[Divergence]) -> Table:
    title = "sequences that explain most of the difference; from which frame on boxes differ, and hardly overlap"
    table = Table("sequence", box=None, title=title, title_justify="left")
    for title in (
        "success A",
        "success B",
        "effect",
        "differ from",
        "IoU < 0.5 from",
    ):
        table.add_column(title, justify="right")
    for one in parted[:_SEQUENCES]:
        frames = ["never" if frame is None else str(frame) for frame in (one.differs, one.parts)]
        table.add_row(one.sequence, number(one.first, 4), number(one.second, 4), f"{one.effect:+.4f}", *frames)
    return table


def _explanation(parted: Sequence[Divergence]) -> str:
    total = sum(one.effect for one in parted)
    moved = sum(abs(one.effect) for one in parted)
    same = sum(one.differs is None for one in parted)
    text = f"B - A = {total:+.4f}; {same} of {len(parted)} sequences have the same boxes"
    if moved > 0:
        shares = [sum(abs(one.effect) for one in parted[:count]) / moved for count in range(1, len(parted) + 1)]
        half = next(count for count, share in enumerate(shares, 1) if share >= 0.5)
        text += (
            f"; half of all that differs, up or down, lies in {amount(half, 'sequence')} (frames are counted from 0)"
        )
    return text


def _write_json(
    path: Path, folders: Sequence[Path], by_rules: Sequence[Sequence[Variant]], parted: Sequence[Divergence]
) -> None:
    found = {
        "rules": {str(folder): [asdict(one) for one in found] for folder, found in zip(folders, by_rules, strict=True)},
        "sequences": [asdict(one) for one in parted],
    }
    write_text(path, json.dumps(without_nan(found), indent=1, allow_nan=False) + "\n")
