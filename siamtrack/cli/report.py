"""`siamtrack report`: score result files, whoever wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siamtrack.atomic import write_text
from siamtrack.cli.choice import choose_sequences, known_dataset
from siamtrack.cli.errors import fail
from siamtrack.cli.evaluate import check_protocol
from siamtrack.cli.tables import headline, wide_console
from siamtrack.data.annotations import load_annotations
from siamtrack.evaluation.render import json_text, write_report
from siamtrack.evaluation.scoring import make_report


def report(
    dataset: Annotated[str, typer.Option(help="See `siamtrack dataset list`.")],
    annotations: Annotated[
        Path, typer.Option(help="The data set's root, a folder of annotation files, or pysot's JSON.")
    ],
    results: Annotated[list[Path], typer.Option(help="Folder of a tracker, or of trackers; repeatable.")],
    convention: Annotated[str, typer.Option(help="Whose rules, see above.")] = "siamtrack",
    protocol: Annotated[str | None, typer.Option(help="\\[default: the data set's own]")] = None,
    sequences: Annotated[str | None, typer.Option(help="Only these, separated by commas.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write pages and plots into this folder.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all numbers and curves here.")] = None,
) -> None:
    """Score result files of any trackers: tables, curves, attributes, as JSON, Markdown and one HTML page.

    Reads what pysot, got10k, pytracking, vot-toolkit, TrackingNet and `siamtrack evaluate` write.

    Conventions: siamtrack (our own, one for all), pysot, got10k, pytracking, trackingnet; for VOT siamtrack,
    pysot, vot-toolkit. `siamtrack compare` shows what they change.

    Exit status: 0 done; 1 something could not be read, or results of a tracker do not fit (the others are scored);
    2 wrong arguments.
    """
    known = known_dataset(dataset)
    try:
        videos = choose_sequences(load_annotations(dataset, annotations), sequences)
        scored = make_report(dataset, check_protocol(protocol or known.protocol), videos, results, convention)
        if json_file is not None:
            write_text(json_file, json_text(scored))
        written = write_report(scored, output) if output is not None else []
    except (ValueError, OSError) as error:
        fail(error)
    console = wide_console()
    console.print(headline(scored))
    for remark in scored.remarks:
        console.print(f"note: {remark}", soft_wrap=True, markup=False)
    for path in written:
        console.print(str(path), soft_wrap=True, markup=False)
    raise typer.Exit(1 if scored.refused else 0)
