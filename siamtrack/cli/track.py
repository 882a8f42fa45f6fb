"""`siamtrack track`: follow objects in a video and write what came of it."""

from __future__ import annotations

import itertools
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from siamtrack.api import FirstBox, follow
from siamtrack.cli.arguments import check_names, check_outputs, check_range, default_video, require_display
from siamtrack.cli.boxes import parse_box, read_boxes, select_boxes
from siamtrack.cli.sinks import Outputs, Sinks
from siamtrack.tracking.tracker import TrackResult
from siamtrack.video import Frame, FrameSource, VideoError, open_source
from siamtrack.zoo.load import load

_FPS_UNKNOWN = 30.0  # of the annotated video, where neither the source's rate nor its timestamps are known


@dataclass(frozen=True)
class Job:
    """What was asked for, checked."""

    source: str
    first: list[FirstBox]
    select: bool
    frames: tuple[int, int | None]
    model: str
    weights: Path | None
    device: str
    redetect: bool
    outputs: Outputs


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
    redetect: Annotated[
        bool, typer.Option("--redetect", help="Look for lost targets in the whole frame, every few frames.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Annotated video. \\[default where nothing is named: SOURCE_tracked.mp4]"),
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

    Exit status: 0 done; 1 something could not be read, followed or written; 2 wrong arguments; 130 interrupted.
    What was tracked before an error or an interrupt is written all the same.
    """
    first = [parse_box(text, "--box") for text in box or []] + (read_boxes(boxes) if boxes else [])
    if not first and not select:
        raise typer.BadParameter("which object? give --box X,Y,W,H or --boxes FILE or --select")
    outputs = Outputs(output, jsonl, csv, mot, got10k, plot, show)
    if not outputs.paths() and not show:
        outputs = Outputs(video=default_video(source))
    check_names(model, device)
    check_range(start_frame, end_frame, first)
    check_outputs(outputs, len(first), [path for path in (Path(source), boxes, weights) if path is not None])
    if show:
        require_display("--show", "use -o OUT.mp4")
    if select:
        require_display("--select", "give --box X,Y,W,H, read off in any image viewer")
    job = Job(source, first, select, (start_frame, end_frame), model, weights, device, redetect, outputs)
    raise typer.Exit(_finish(job, quiet, as_json))


def _finish(job: Job, quiet: bool, as_json: bool) -> int:
    """Run, report, and say how it ended; what was tracked is complete on disk when this returns."""
    console, run, status, error_text = Console(stderr=True, quiet=quiet), Run(), 0, None
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's stop is an interrupt too
    try:
        _run(run, job, console)
    except KeyboardInterrupt:
        status, error_text = 130, "interrupted"
    except (VideoError, ValueError, TypeError, OSError) as error:
        status, error_text = 1, str(error)
        Console(stderr=True).print(
            "error:", error_text, style="bold red", markup=False, highlight=False, soft_wrap=True
        )
    _summarise(run, job.outputs, console)
    if as_json:
        print(json.dumps(_summary(run, job, status, error_text)))
    return status


def _run(run: Run, job: Job, console: Console) -> None:
    tracker = load(job.model, job.device, job.weights, job.redetect)
    with open_source(job.source, start=job.frames[0], end=job.frames[1]) as source, _progress(console) as progress:
        task = progress.add_task("tracking", total=source.frame_count, fps=0.0, targets=0)
        frames, first = _counted(source, progress, task), job.first
        if job.select:
            opening = next(frames)
            first, frames = first + select_boxes(opening.image), itertools.chain([opening], frames)
        begun = time.perf_counter()
        with Sinks(job.outputs, source.fps or _FPS_UNKNOWN) as sinks:
            for frame, result in follow(tracker, frames, first):
                run.frames, run.last, run.seconds = run.frames + 1, result, time.perf_counter() - begun
                progress.update(task, fps=run.frames / run.seconds, targets=len(result.ids))
                if not sinks.write(frame, result):
                    break


def _counted(source: FrameSource, progress: Progress, task: TaskID) -> Iterator[Frame]:
    """The frames; each one moves the bar when the next is asked for, those before the first target too."""
    for frame in source:
        yield frame
        progress.advance(task)


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
    lines = [f"{run.frames} frames, {len(run.last.ids)} targets, {rate:.0f} frames/s"]
    for target in _targets(run.last):
        box = ", ".join(f"{v:.1f}" for v in target["box"])
        lines.append(f"  #{target['id']} {target['state']} at {box}  score {target['score']:.2f}")
    lines += [f"  {kind:<6} {path}" for kind, path in _written(outputs).items()]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _summary(run: Run, job: Job, status: int, error: str | None) -> dict[str, object]:
    return {
        "source": job.source,
        "model": job.model,
        "status": status,
        "error": error,
        "frames": run.frames,
        "seconds": round(run.seconds, 3),
        "fps": round(run.frames / run.seconds, 2) if run.seconds else None,
        "outputs": _written(job.outputs) if run.frames else {},
        "targets": _targets(run.last) if run.last is not None else [],
    }


def _written(outputs: Outputs) -> dict[str, str]:
    return {kind: path for kind, path in outputs.paths().items() if Path(path).is_file()}


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
