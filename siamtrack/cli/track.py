"""`siamtrack track`: follow objects in a video and write what came of it."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from siamtrack.api import FirstBox, follow
from siamtrack.cli.boxes import parse_box, read_boxes, select_boxes
from siamtrack.cli.sinks import DisplayError, Outputs, Sinks
from siamtrack.tracking.tracker import Tracker, TrackResult
from siamtrack.video import Frame, FrameSource, VideoError, open_source
from siamtrack.zoo.load import load

_FPS_OF_IMAGES = 30.0  # folders of images state no rate


@dataclass
class Run:
    """What the summary says of a run."""

    frames: int = 0
    seconds: float = 0.0
    last: TrackResult | None = None


def track(
    source: Annotated[str, typer.Argument(help="Video file, stream URL, image folder, glob pattern or camera number.")],
    box: Annotated[
        list[str] | None,
        typer.Option(help="First box X,Y,W,H in pixels (FRAME,X,Y,W,H to begin later); repeatable."),
    ] = None,
    boxes: Annotated[Path | None, typer.Option(help="Text file of first boxes, one a line, as for --box.")] = None,
    select: Annotated[bool, typer.Option("--select", help="Draw the boxes in a window on the first frame.")] = False,
    start_frame: Annotated[int, typer.Option(min=0, help="Begin with this frame.")] = 0,
    end_frame: Annotated[int | None, typer.Option(min=1, help="Stop before this frame.")] = None,
    model: Annotated[str, typer.Option(help="See `siamtrack models`.")] = "siamtrack-s",
    weights: Annotated[Path | None, typer.Option(help="Checkpoint, ours or the published one of the model.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Annotated video. [default where nothing is named: SOURCE_tracked.mp4]"),
    ] = None,
    jsonl: Annotated[Path | None, typer.Option(help="A JSON object a target and frame.")] = None,
    csv: Annotated[Path | None, typer.Option(help="A table with a header.")] = None,
    mot: Annotated[Path | None, typer.Option(help="MOTChallenge: frames and pixels counted from 1.")] = None,
    got10k: Annotated[Path | None, typer.Option(help="x,y,w,h a frame, for one target.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Picture of paths, scores and sizes (.png, .pdf, .svg).")] = None,
    show: Annotated[bool, typer.Option("--show", help="Show it live in a window; q or ESC stops.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no summary.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Last line of the output: a summary as JSON.")] = False,
) -> None:
    """Follow one or several objects through a video.

    Frames are counted from 0. Boxes are x, y, width, height in pixels from the top-left corner of the frame.

    Exit status: 0 done; 1 something could not be read or written; 2 wrong arguments; 130 interrupted. What was tracked
    before an error or an interrupt is written all the same.
    """
    first = [parse_box(text, "--box") for text in box or []] + (read_boxes(boxes) if boxes else [])
    if not first and not select:
        raise typer.BadParameter("which object? give --box X,Y,W,H or --boxes FILE or --select")
    if got10k is not None and len(first) > 1:
        raise typer.BadParameter(f"--got10k holds one target a file, {len(first)} boxes were given")
    outputs = Outputs(output, jsonl, csv, mot, got10k, plot, show)
    if not outputs.paths() and not show:
        outputs = Outputs(video=Path(f"{Path(source).stem or source}_tracked.mp4"))
    console, run, status = Console(stderr=True, quiet=quiet), Run(), 0
    try:
        tracker = load(model, device, weights)
        with open_source(source, start=start_frame, end=end_frame) as frames:
            _run(run, tracker, frames, first, select, outputs, console)
    except KeyboardInterrupt:
        status = 130
    except (VideoError, DisplayError, ValueError, TypeError, OSError) as error:
        Console(stderr=True).print(f"[bold red]error:[/] {error}", highlight=False, soft_wrap=True)
        status = 1
    _summarise(run, outputs, console)
    if as_json:
        print(json.dumps(_summary(run, outputs, source, model, status)))
    raise typer.Exit(status)


def _run(
    run: Run,
    tracker: Tracker,
    source: FrameSource,
    first: list[FirstBox],
    select: bool,
    outputs: Outputs,
    console: Console,
) -> None:
    frames: Iterable[Frame] = source
    if select:
        opening = next(source)
        first = first + select_boxes(opening.image)
        frames = itertools.chain([opening], source)
    begun = time.perf_counter()
    with Sinks(outputs, source.fps or _FPS_OF_IMAGES) as sinks, _progress(console) as progress:
        task = progress.add_task("tracking", total=source.frame_count, fps=0.0, targets=0)
        for frame, result in follow(tracker, frames, first):
            run.frames, run.last, run.seconds = run.frames + 1, result, time.perf_counter() - begun
            progress.update(task, advance=1, fps=run.frames / run.seconds, targets=len(result.ids))
            if not sinks.write(frame, result):
                break


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[fps]:.0f} frames/s  {task.fields[targets]} targets  eta"),
        TimeRemainingColumn(),
        console=console,
    )


def _summarise(run: Run, outputs: Outputs, console: Console) -> None:
    if run.last is None:
        return
    rate = run.frames / max(run.seconds, 1e-9)
    console.print(f"{run.frames} frames, {len(run.last.ids)} targets, {rate:.0f} frames/s", highlight=False)
    for target in _targets(run.last):
        box = ", ".join(f"{v:.1f}" for v in target["box"])
        console.print(f"  #{target['id']} {target['state']} at {box}  score {target['score']:.2f}", highlight=False)
    for kind, path in outputs.paths().items():
        console.print(f"  {kind:<6} {path}", highlight=False, soft_wrap=True)


def _summary(run: Run, outputs: Outputs, source: str, model: str, status: int) -> dict[str, object]:
    return {
        "source": source,
        "model": model,
        "status": status,
        "frames": run.frames,
        "seconds": round(run.seconds, 3),
        "fps": round(run.frames / run.seconds, 2) if run.seconds else None,
        "outputs": outputs.paths() if run.frames else {},
        "targets": _targets(run.last) if run.last is not None else [],
    }


def _targets(result: TrackResult) -> list[dict[str, Any]]:
    return [
        {
            "id": target,
            "box": [round(float(v), 2) for v in box],
            "score": round(float(score), 4),
            "state": state,
        }
        for target, box, score, state in zip(result.ids, result.boxes, result.scores, result.states, strict=True)
    ]
